import type { Activation } from './finish.ts';
import type { ResultOutput } from './result-output.ts';

/** What a job gives for a row, as a name and a value for a person: `vectors` `384 dimensions, int8`; `labels` `3 of 28, softmax`. */
export function describeOutput(
  output: ResultOutput,
  activation: Activation | null,
): readonly [string, string] {
  if (output.kind === 'vector') {
    const precision = output.element === 'float32' ? '' : `, ${output.element}`;
    return ['vectors', `${output.dims} dimensions${precision}`];
  }
  const scores = activation === null || activation === 'none' ? 'scores as the model gives them' : activation;
  return ['labels', `${output.count} of ${output.labels.length}, ${scores}`];
}
