import { JobError } from '../../core/job-error.ts';
import type { ResultOutput, VectorElement } from '../../core/result-output.ts';
import type { ResultBatch } from '../../core/result-schema.ts';
import { float16ToNumber } from '../../util/float16.ts';
import { alignedValues, float32s, int8s, uint16s } from '../output/aligned-values.ts';
import { LabelValues } from '../output/label-values.ts';
import { outputColumns } from '../output/output-columns.ts';
import { csvCell } from './csv-cell.ts';
import type { NumberWriter, TextBuffer } from './text-buffer.ts';
import { FLOAT16_TEXT_BYTES, writeFloat16 } from './write-float16.ts';
import { FLOAT32_TEXT_BYTES, writeFloat32 } from './write-float32.ts';
import { writeInteger } from './write-integer.ts';

/** One output column of a batch as text. @throws JobError `EXPORT_FAILED` for NaN and infinity. */
export type OutputText = {
  readonly name: string;
  /** Writes the value of row `index` of the batch as JSON. */
  readonly writeJson: (buffer: TextBuffer, index: number) => void;
  /** Writes it as a cell of CSV: lists as JSON, a label as it is. */
  readonly writeCell: (buffer: TextBuffer, index: number, guard: boolean) => void;
};

type Writers = Omit<OutputText, 'name'>;

/** The columns of the output (see `outputColumns`) over a batch. */
export function outputTexts(output: ResultOutput, batch: ResultBatch): readonly OutputText[] {
  const values = alignedValues(batch.values);
  const writers = output.kind === 'vector' ? [vectorWriters(output, values)] : labelsWriters(output, values);
  return outputColumns(output).map((name, column) => {
    const { writeJson, writeCell } = writers[column]!;
    return {
      name,
      writeJson: (buffer, index) => naming(batch.rows[index]!, () => writeJson(buffer, index)),
      writeCell: (buffer, index, guard) => naming(batch.rows[index]!, () => writeCell(buffer, index, guard)),
    };
  });
}

function naming(row: number, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof NotFinite)) throw error;
    const message = `Row ${row}: the result holds ${error.value}, which JSON and CSV cannot say.`;
    throw new JobError('EXPORT_FAILED', message, { cause: error });
  }
}

class NotFinite extends Error {
  readonly value: number;

  constructor(value: number) {
    super(`expected a finite number, got ${value}`);
    this.value = value;
  }
}

function vectorWriters(
  { dims, element }: ResultOutput & { readonly kind: 'vector' },
  values: Uint8Array<ArrayBuffer>,
): Writers {
  return listWriters(numberWriter(element, values), element === 'binary' ? dims / 8 : dims);
}

function listWriters(numbers: NumberWriter, width: number): Writers {
  const write = (buffer: TextBuffer, index: number, open: string, close: string) => {
    buffer.text(open);
    buffer.numbers(numbers, index * width, (index + 1) * width);
    buffer.text(close);
  };
  return {
    writeJson: (buffer, index) => write(buffer, index, '[', ']'),
    writeCell: (buffer, index) => write(buffer, index, '"[', ']"'),
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

function labelsWriters(
  output: ResultOutput & { readonly kind: 'labels' },
  values: Uint8Array<ArrayBuffer>,
): readonly Writers[] {
  const { count, labels } = output;
  const rows = new LabelValues(output, values);
  const scores: NumberWriter = {
    maxBytes: FLOAT32_TEXT_BYTES,
    write: (bytes, at, i) => writeFloat32(bytes, at, finite(rows.score(Math.floor(i / count), i % count))),
  };
  if (count > 1) {
    const all = (index: number) =>
      JSON.stringify(Array.from({ length: count }, (_, place) => labels[rows.labelIndex(index, place)]!));
    const lists: Writers = {
      writeJson: (buffer, index) => buffer.text(all(index)),
      writeCell: (buffer, index, guard) => buffer.text(csvCell(all(index), guard)),
    };
    return [lists, listWriters(scores, count)];
  }
  const best = (index: number) => labels[rows.labelIndex(index, 0)]!;
  const score = (buffer: TextBuffer, index: number) => buffer.numbers(scores, index, index + 1);
  return [
    {
      writeJson: (buffer, index) => buffer.text(JSON.stringify(best(index))),
      writeCell: (buffer, index, guard) => buffer.text(csvCell(best(index), guard)),
    },
    { writeJson: score, writeCell: score },
  ];
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new NotFinite(value);
  return value;
}
