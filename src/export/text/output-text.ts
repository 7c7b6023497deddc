import { JobError } from '../../core/job-error.ts';
import type { ResultOutput, VectorElement } from '../../core/result-output.ts';
import type { ResultBatch } from '../../core/result-schema.ts';
import { float16ToNumber } from '../../util/float16.ts';
import { alignedValues, float32s, int8s, uint16s } from '../output/aligned-values.ts';
import { LabelValues } from '../output/label-values.ts';
import { outputColumns } from '../output/output-columns.ts';
import type { NumberWriter, TextBuffer } from './text-buffer.ts';
import { FLOAT16_TEXT_BYTES, writeFloat16 } from './write-float16.ts';
import { FLOAT32_TEXT_BYTES, writeFloat32 } from './write-float32.ts';
import { writeInteger } from './write-integer.ts';

/** One output column of a batch as text. */
export type OutputText = {
  readonly name: string;
  /** Writes the value of row `index` of the batch as JSON. @throws JobError `EXPORT_FAILED` for NaN and infinity. */
  readonly writeJson: (buffer: TextBuffer, index: number) => void;
};

/** The columns of the output (see `outputColumns`) over a batch. */
export function outputTexts(output: ResultOutput, batch: ResultBatch): readonly OutputText[] {
  const values = alignedValues(batch.values);
  const writers = output.kind === 'vector' ? [vectorWriter(output, values)] : labelWriters(output, values);
  return outputColumns(output).map((name, column) => ({
    name,
    writeJson: (buffer, index) => {
      try {
        writers[column]!(buffer, index);
      } catch (error) {
        if (!(error instanceof NotFinite)) throw error;
        const message = `Row ${batch.rows[index]}: the result holds ${error.value}, which JSON cannot say.`;
        throw new JobError('EXPORT_FAILED', message, { cause: error });
      }
    },
  }));
}

type Writer = (buffer: TextBuffer, index: number) => void;

class NotFinite extends Error {
  readonly value: number;

  constructor(value: number) {
    super(`expected a finite number, got ${value}`);
    this.value = value;
  }
}

function vectorWriter(
  { dims, element }: ResultOutput & { readonly kind: 'vector' },
  values: Uint8Array<ArrayBuffer>,
): Writer {
  const numbers = numberWriter(element, values);
  const width = element === 'binary' ? dims / 8 : dims;
  return (buffer, index) => {
    buffer.text('[');
    buffer.numbers(numbers, index * width, (index + 1) * width);
    buffer.text(']');
  };
}

function numberWriter(element: VectorElement, values: Uint8Array<ArrayBuffer>): NumberWriter {
  switch (element) {
    case 'float32': {
      const floats = float32s(values);
      return {
        maxBytes: FLOAT32_TEXT_BYTES,
        write: (bytes, at, i) => writeFloat32(bytes, at, finite(floats[i]!)),
      };
    }
    case 'float16': {
      const halves = uint16s(values);
      return {
        maxBytes: FLOAT16_TEXT_BYTES,
        write: (bytes, at, i) => {
          const bits = halves[i]!;
          if ((bits & 0x7c00) === 0x7c00) finite(float16ToNumber(bits));
          return writeFloat16(bytes, at, bits);
        },
      };
    }
    case 'int8': {
      const integers = int8s(values);
      return { maxBytes: 4, write: (bytes, at, i) => writeInteger(bytes, at, integers[i]!) };
    }
    case 'binary':
      return { maxBytes: 3, write: (bytes, at, i) => writeInteger(bytes, at, values[i]!) };
  }
}

function labelWriters(
  output: ResultOutput & { readonly kind: 'labels' },
  values: Uint8Array<ArrayBuffer>,
): readonly Writer[] {
  const { count } = output;
  const names = output.labels.map((label) => JSON.stringify(label));
  const rows = new LabelValues(output, values);
  const scores: NumberWriter = {
    maxBytes: FLOAT32_TEXT_BYTES,
    write: (bytes, at, i) => writeFloat32(bytes, at, finite(rows.score(Math.floor(i / count), i % count))),
  };
  const label = (index: number, place: number) => names[rows.labelIndex(index, place)]!;
  const labels = (index: number) => Array.from({ length: count }, (_, place) => label(index, place)).join();
  const [open, close] = count === 1 ? ['', ''] : ['[', ']'];
  return [
    (buffer, index) => buffer.text(`${open}${labels(index)}${close}`),
    (buffer, index) => {
      buffer.text(open);
      buffer.numbers(scores, index * count, (index + 1) * count);
      buffer.text(close);
    },
  ];
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new NotFinite(value);
  return value;
}
