import type { Activation, Finish } from '../core/finish.ts';
import type { Pooling } from '../core/model-info.ts';
import { resultRowBytes, type ResultOutput, type VectorElement } from '../core/result-output.ts';
import type { ModelOutput } from './model-output.ts';
import { resolveOutput } from './resolve-output.ts';

/** From the model's output to vectors. */
export type PoolingPlan = {
  readonly kind: 'vector';
  /** Width of a vector of the model's output. */
  readonly width: number;
  /** Values of it that are kept: the first ones. */
  readonly dims: number;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  readonly element: VectorElement;
};

/** From the model's logits to the best labels. */
export type LabelsPlan = {
  readonly kind: 'labels';
  /** Logits a row. */
  readonly width: number;
  /** Labels kept, at most `width`. */
  readonly count: number;
  readonly activation: Activation;
};

/** What becomes of a loaded model's output, and what comes of it. */
export type FinishPlan = {
  readonly steps: PoolingPlan | LabelsPlan;
  readonly output: ResultOutput;
  readonly rowBytes: number;
};

/** @throws JobError as `resolveOutput` does. */
export function planFinish(finish: Finish, { dims: width, pooling }: ModelOutput): FinishPlan {
  const output = resolveOutput(finish, width);
  const rowBytes = resultRowBytes(output);
  if (finish.kind === 'vector' && output.kind === 'vector') {
    const { dims, element } = output;
    return {
      steps: { kind: 'vector', width, dims, pooling, normalize: finish.normalize, element },
      output,
      rowBytes,
    };
  }
  if (finish.kind === 'labels' && output.kind === 'labels') {
    const { activation } = finish;
    return { steps: { kind: 'labels', width, count: output.count, activation }, output, rowBytes };
  }
  throw new TypeError('a finish and its output are of one kind');
}
