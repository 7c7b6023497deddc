import type { BatchOutput } from '../core/batch.ts';
import type { LabelsPlan } from './finish-plan.ts';

/**
 * The best labels of each row on the CPU, by the same rules as the kernel of top-labels-shader.ts, in 64 bits.
 * @param logits `[rows, width]`
 */
export function topLabels(logits: Float32Array, rows: number, plan: LabelsPlan): BatchOutput {
  const { width, count, activation } = plan;
  const rowBytes = 8 * count;
  const values = new Uint8Array(rows * rowBytes);
  const indices = new Uint32Array(values.buffer);
  const scores = new Float32Array(values.buffer);
  const notFinite: number[] = [];
  for (let row = 0; row < rows; row++) {
    const rowLogits = logits.subarray(row * width, (row + 1) * width);
    if (!rowLogits.every(Number.isFinite)) {
      notFinite.push(row);
      continue;
    }
    const best = bestLabels(rowLogits, count);
    const score = scorer[activation](rowLogits, rowLogits[best[0]!]!);
    for (const [rank, index] of best.entries()) {
      indices[row * 2 * count + rank] = index;
      scores[(row * 2 + 1) * count + rank] = score(rowLogits[index]!);
    }
  }
  return { values, rowBytes, notFinite, outOfRange: [] };
}

/** Indices of the highest logits, highest first; of equal ones the lower index first. */
function bestLabels(logits: Float32Array, count: number): readonly number[] {
  const best: number[] = [];
  for (let index = 0; index < logits.length; index++) {
    const logit = logits[index]!;
    if (best.length === count && logit <= logits[best.at(-1)!]!) continue;
    let place = best.length;
    while (place > 0 && logit > logits[best[place - 1]!]!) place--;
    best.splice(place, 0, index);
    best.length = Math.min(best.length, count);
  }
  return best;
}

type Scorer = (logits: Float32Array, peak: number) => (logit: number) => number;

const scorer: Readonly<Record<LabelsPlan['activation'], Scorer>> = {
  softmax: (logits, peak) => {
    let sum = 0;
    for (const logit of logits) sum += Math.exp(logit - peak);
    return (logit) => Math.exp(logit - peak) / sum;
  },
  sigmoid: () => (logit) => 1 / (1 + Math.exp(-logit)),
  none: () => (logit) => logit,
};
