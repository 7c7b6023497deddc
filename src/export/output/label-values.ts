import { JobError } from '../../core/job-error.ts';
import type { LabelsOutput } from '../../core/result-output.ts';
import { float32s, uint32s } from './aligned-values.ts';

/** Labels and scores out of the bytes of some rows; see `LabelsOutput` for their layout. */
export class LabelValues {
  readonly #output: LabelsOutput;
  readonly #indices: Uint32Array;
  readonly #scores: Float32Array;

  /** @param values at an address that is a multiple of 4. */
  constructor(output: LabelsOutput, values: Uint8Array<ArrayBuffer>) {
    this.#output = output;
    this.#indices = uint32s(values);
    this.#scores = float32s(values);
  }

  /**
   * Index of the label at a place, the best at 0.
   * @throws JobError `STORE_CORRUPT` for an index that is none of a label.
   */
  labelIndex(index: number, place: number): number {
    const { count, labels } = this.#output;
    const label = this.#indices[2 * count * index + place]!;
    if (label < labels.length) return label;
    throw new JobError('STORE_CORRUPT', `A result names label ${label}, of ${labels.length} labels.`);
  }

  score(index: number, place: number): number {
    const { count } = this.#output;
    return this.#scores[2 * count * index + count + place]!;
  }
}
