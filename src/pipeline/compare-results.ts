import type { BatchOutput } from '../core/batch.ts';
import type { LabelsOutput, ResultOutput, VectorOutput } from '../core/result-output.ts';
import { decodeFloat16 } from '../device/float16.ts';

/** How alike two results of one row are: the cosine of their vectors, or the largest difference between their scores. */
export type Likeness =
  | { readonly kind: 'cosine'; readonly cosine: number }
  | { readonly kind: 'scores'; readonly gap: number };

/** Compares row `index` of two runs of the same batch. NaN stands for values that cannot be compared. */
export function compareRow(a: BatchOutput, b: BatchOutput, index: number, output: ResultOutput): Likeness {
  if (output.kind === 'labels') return { kind: 'scores', gap: scoreGap(a, b, index, output) };
  const cosine =
    output.element === 'binary'
      ? bitCosine(rowBytes(a, index), rowBytes(b, index))
      : cosineOf(decodeVector(a, index, output), decodeVector(b, index, output));
  return { kind: 'cosine', cosine };
}

/** A row's first values as a person reads them. */
export function showRow(batch: BatchOutput, index: number, output: ResultOutput): string {
  if (output.kind === 'labels') {
    const { labels, scores } = decodeLabels(batch, index, output);
    const pairs = Array.from(labels.subarray(0, 4), (label, rank) => {
      return `${output.labels[label] ?? label} ${scores[rank]!.toPrecision(4)}`;
    });
    return `[${pairs.join(', ')}]`;
  }
  const values = decodeVector(batch, index, output).subarray(0, 4);
  return `[${Array.from(values, (value) => value.toPrecision(4)).join(', ')}, …]`;
}

/** A copy, which is aligned whatever the row's place. */
function rowBytes({ values, rowBytes: length }: BatchOutput, index: number): Uint8Array<ArrayBuffer> {
  return values.slice(index * length, (index + 1) * length);
}

/** Values of a row, up to a scale. */
function decodeVector(batch: BatchOutput, index: number, { element, dims }: VectorOutput): Float32Array {
  const bytes = rowBytes(batch, index);
  switch (element) {
    case 'float32':
      return new Float32Array(bytes.buffer);
    case 'float16':
      return decodeFloat16(new Uint16Array(bytes.buffer));
    case 'int8':
      return Float32Array.from(new Int8Array(bytes.buffer));
    case 'binary':
      return Float32Array.from({ length: dims }, (_, d) => ((bytes[d >> 3]! >> (7 - (d & 7))) & 1) * 2 - 1);
  }
}

/** 1 for two zero vectors (a text of unknown words), NaN when a value is not finite. */
function cosineOf(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  if (aa === 0 && bb === 0) return 1;
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb);
}

/**
 * The cosine that the share of differing signs stands for (Charikar 2002, "Similarity estimation techniques from rounding
 * algorithms"). One bit is let pass: a value at 0 may fall on either side.
 */
function bitCosine(a: Uint8Array, b: Uint8Array): number {
  let differing = 0;
  for (let i = 0; i < a.length; i++) {
    for (let bits = a[i]! ^ b[i]!; bits > 0; bits &= bits - 1) differing++;
  }
  return Math.cos((Math.PI * Math.max(0, differing - 1)) / (8 * a.length));
}

type RowLabels = { readonly labels: Uint32Array; readonly scores: Float32Array };

function decodeLabels(batch: BatchOutput, index: number, { count }: LabelsOutput): RowLabels {
  const { buffer } = rowBytes(batch, index);
  return { labels: new Uint32Array(buffer, 0, count), scores: new Float32Array(buffer, 4 * count, count) };
}

/** Of a label that only one of them lists, the other says no more than that it is not above the last of its list. */
function scoreGap(a: BatchOutput, b: BatchOutput, index: number, output: LabelsOutput): number {
  const [left, right] = [decodeLabels(a, index, output), decodeLabels(b, index, output)];
  return Math.max(oneSidedGap(left, right), oneSidedGap(right, left));
}

function oneSidedGap(from: RowLabels, to: RowLabels): number {
  const gaps = Array.from(from.labels, (label, rank) => {
    const score = from.scores[rank]!;
    const place = to.labels.indexOf(label);
    const gap = place < 0 ? Math.max(0, score - to.scores.at(-1)!) : Math.abs(score - to.scores[place]!);
    // Scores that are no probabilities may be large.
    return gap / Math.max(1, Math.abs(score));
  });
  return Math.max(...gaps);
}
