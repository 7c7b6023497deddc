export const LONG_CHOICES = ['truncate', 'split', 'pool'] as const;
/**
 * What becomes of a text longer than the model: `truncate`, its end is cut off; `split`, it becomes overlapping windows with a
 * result each; `pool`, the windows' vectors become one.
 */
export type LongChoice = (typeof LONG_CHOICES)[number];

/** Columns of the output that say which window of a text a result is of. */
export const WINDOW_COLUMNS = ['window', 'start_char', 'end_char'] as const;

export type LongTexts = {
  readonly long: LongChoice;
  /** Most tokens that a window has in common with the one before; null: an eighth of what a window takes. */
  readonly overlap: number | null;
};

/** A task's choice, what is left out filled in. A task on other things than texts has none. */
export function longTextsOf(task: object): LongTexts {
  const { long = 'truncate', overlap = null } = task as {
    readonly long?: LongChoice | undefined;
    readonly overlap?: number | undefined;
  };
  return { long, overlap };
}

/** Why the labels of several windows are not pooled. */
export const POOL_NEEDS_VECTORS =
  'pool makes one vector of those of several windows, and this task gives labels: take split';

/** Why an overlap without windows is refused. */
export const OVERLAP_NEEDS_WINDOWS = 'windows overlap only where long texts are split or pooled';
