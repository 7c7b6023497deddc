import type { Pooling } from './model-info.ts';
import type { VectorElement } from './result-output.ts';

export const ACTIVATIONS = ['softmax', 'sigmoid', 'none'] as const;
/** How a classifier's outputs become scores: `softmax` over all labels, `sigmoid` of each by itself, or as they are. */
export type Activation = (typeof ACTIVATIONS)[number];

export type VectorFinish = {
  readonly kind: 'vector';
  readonly pooling: Pooling;
  /** Scaled to length 1, after the cut. */
  readonly normalize: boolean;
  /** The first so many values are kept (Matryoshka); null: all. */
  readonly dimensions: number | null;
  readonly element: VectorElement;
};

export type LabelsFinish = {
  readonly kind: 'labels';
  readonly activation: Activation;
  /** Labels a row, best first; fewer where the model has fewer. */
  readonly topK: number;
  /** By label index, as the model's config names them; null where it does not. */
  readonly labels: readonly string[] | null;
};

/** What the device makes of a model's output before it is read back. */
export type Finish = VectorFinish | LabelsFinish;

/** Why vectors that are not normalised are not written as int8: one scale, known beforehand, must fit every value. */
export const INT8_NEEDS_NORMALIZED =
  'int8 keeps values from -1 to 1, so it needs vectors that are normalised to length 1';

/** Why a vector of so many values is not written as binary. */
export function notInBytes(dims: number): string {
  const below = dims - (dims % 8);
  const nearest = below === 0 ? `${below + 8} is` : `${below} and ${below + 8} are`;
  return `binary packs 8 values into a byte, and ${dims} is no multiple of 8 (${nearest})`;
}
