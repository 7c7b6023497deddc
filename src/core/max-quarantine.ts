import { z } from './zod.ts';

/** A percentage is judged only by so many rows: the first few say little about the rest. */
export const JUDGED_FROM_ROWS = 1000;
/** The share at which a job whose spec does not say stops: with more than half of its rows bad, it is the job that is wrong. */
const AUTO_SHARE = 0.5;

/** `auto`, a number of rows, or a share such as `1%`. */
export const maxQuarantineSchema = z
  .union(
    [
      z.literal('auto'),
      z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
      z.string().regex(/^(?:100(?:\.0+)?|\d{1,2}(?:\.\d+)?)%$/),
    ],
    { error: 'expected "auto", a whole number of rows, or a share such as "1%"' },
  )
  .default('auto');

export type MaxQuarantine = z.infer<typeof maxQuarantineSchema>;

/** How far a job has come, in rows. */
export type QuarantineCounts = {
  readonly read: number;
  /** Of those read: set aside as they were read. */
  readonly rejected: number;
  /** Of those good: set aside later, by the tokenizer or the model. */
  readonly refused: number;
  readonly embedded: number;
};

/**
 * The limit that a job has gone beyond, in words; null while it may go on. A number of rows counts at once. A share counts
 * once 1,000 rows were read (for rows refused later: run), and reading runs ahead of running, so that each is measured by
 * its own. When all is done (`atEnd`) a share that the user gave counts whatever the size; that of `auto` does not.
 */
export function quarantineLimitExceeded(
  limit: MaxQuarantine,
  { read, rejected, refused, embedded }: QuarantineCounts,
  atEnd: boolean,
): string | null {
  if (typeof limit === 'number') return rejected + refused > limit ? `${limit}` : null;
  const auto = limit === 'auto';
  const most = auto ? AUTO_SHARE : Number(limit.slice(0, -1)) / 100;
  const judgedFrom = atEnd && !auto ? 1 : JUDGED_FROM_ROWS;
  const run = refused + embedded;
  const shareRejected = read >= judgedFrom ? rejected / read : 0;
  const shareRefused = run >= judgedFrom ? refused / run : 0;
  const share = shareRejected + (1 - shareRejected) * shareRefused;
  return share > most ? `${most * 100}%` : null;
}
