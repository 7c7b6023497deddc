import { notInBytes, type Finish, type LabelsFinish, type VectorFinish } from '../core/finish.ts';
import { JobError } from '../core/job-error.ts';
import type { LabelsOutput, ResultOutput, VectorOutput } from '../core/result-output.ts';

/**
 * What a row's result is, once the width of the model's output is known.
 * @param width values of a pooled vector, or labels
 * @throws JobError `SPEC_INVALID` for more dimensions than there are or vectors that the element cannot hold,
 * `MODEL_INVALID` for a config that names another number of labels.
 */
export function resolveOutput(finish: Finish, width: number): ResultOutput {
  return finish.kind === 'vector' ? vectorOutput(finish, width) : labelsOutput(finish, width);
}

function vectorOutput({ dimensions, element }: VectorFinish, width: number): VectorOutput {
  const dims = dimensions ?? width;
  if (dims > width) {
    throw new JobError(
      'SPEC_INVALID',
      `${dims} dimensions are asked for, and the model's vectors have ${width}.`,
      { hint: `Ask for ${width} or fewer.`, details: { dimensions: dims, width } },
    );
  }
  if (element === 'binary' && dims % 8 !== 0) {
    throw new JobError('SPEC_INVALID', `The vectors cannot be written so: ${notInBytes(dims)}.`, {
      hint: 'Say --dimensions with a multiple of 8, or take another --precision.',
      details: { dimensions: dims },
    });
  }
  return { kind: 'vector', dims, element };
}

function labelsOutput({ labels, topK }: LabelsFinish, width: number): LabelsOutput {
  if (labels !== null && labels.length !== width) {
    throw new JobError(
      'MODEL_INVALID',
      `config.json names ${labels.length} labels, and the model gives ${width} logits a row.`,
      {
        hint: 'Use the config.json that belongs to this ONNX file.',
        details: { labels: labels.length, width },
      },
    );
  }
  const named = labels ?? Array.from({ length: width }, (_, index) => `LABEL_${index}`);
  return { kind: 'labels', labels: named, count: Math.min(topK, width) };
}
