import { DataType, tableFromIPC, type Utf8, type Vector } from 'apache-arrow';
import { parquetReadObjects } from 'hyparquet';
import type { ResultOutput } from '../../../src/core/result-output.ts';
import { nearestHalf, type RowResult } from './expected-result.ts';

/** What a reader that is not ours finds in the files: kept columns and the result by row. */
export type ReadRow = {
  readonly row: number;
  readonly kept: Readonly<Record<string, unknown>>;
  readonly result: RowResult;
};

/** @param output tells a text reader what numbers the text stands for. */
export type ReadFiles = (
  files: Files,
  output: ResultOutput,
) => readonly ReadRow[] | Promise<readonly ReadRow[]>;

export type Files = ReadonlyMap<string, Uint8Array>;

function textOf(files: Files, suffix: string): string {
  const bytes = files.get(suffix);
  if (bytes === undefined) throw new Error(`expected a file ${suffix}, got ${[...files.keys()].join(', ')}`);
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

function jsonLines(text: string): Record<string, unknown>[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

type Numbers = readonly number[];

/** The number that text stands for, in the output's own precision. */
function rounded(numbers: Numbers, output: ResultOutput): Numbers {
  if (output.kind === 'labels' || output.element === 'float32')
    return numbers.map((each) => Math.fround(each));
  return output.element === 'float16' ? numbers.map(nearestHalf) : numbers;
}

/** Splits an object with all columns of a row into what the input had and the result. */
function readRow(object: Readonly<Record<string, unknown>>, output: ResultOutput): ReadRow {
  if (output.kind === 'vector') {
    const { row, embedding, ...kept } = object;
    return { row: Number(row), kept, result: { numbers: rounded([...(embedding as Numbers)], output) } };
  }
  if (output.count === 1) {
    const { row, label, score, ...kept } = object;
    const scores = rounded([score as number], output);
    return { row: Number(row), kept, result: { labels: [label as string], scores } };
  }
  const { row, labels, scores, ...kept } = object;
  const result = { labels: labels as readonly string[], scores: rounded([...(scores as Numbers)], output) };
  return { row: Number(row), kept, result };
}

export const readJsonl: ReadFiles = (files, output) =>
  jsonLines(textOf(files, '.jsonl')).map((line) => readRow(line, output));

const NPY_READERS: Readonly<
  Record<string, { readonly size: number; read(view: DataView, at: number): number }>
> = {
  '<f4': { size: 4, read: (view, at) => view.getFloat32(at, true) },
  '<f2': {
    size: 2,
    read: (view, at) => {
      const bits = view.getUint16(at, true);
      const exponent = (bits >> 10) & 31;
      const size = exponent === 0 ? (bits & 1023) / 2 ** 24 : (1024 + (bits & 1023)) * 2 ** (exponent - 25);
      return bits >= 0x8000 ? -size : size;
    },
  },
  '|i1': { size: 1, read: (view, at) => view.getInt8(at) },
  '|u1': { size: 1, read: (view, at) => view.getUint8(at) },
};

export const readNpy: ReadFiles = (files, output) => {
  const bytes = files.get('.npy')!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = String.fromCharCode(...bytes.subarray(1, 6));
  if (bytes[0] !== 0x93 || magic !== 'NUMPY' || bytes[6] !== 1 || bytes[7] !== 0)
    throw new Error('not .npy 1.0');
  const dataAt = 10 + view.getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(10, dataAt));
  const shape = /^\{'descr': '([<|]\w\d)', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n$/.exec(
    header,
  );
  if (shape === null || dataAt % 64 !== 0)
    throw new Error(`header ${JSON.stringify(header)} of ${dataAt} bytes`);
  const { size, read } = NPY_READERS[shape[1]!]!;
  const [rows, width] = [Number(shape[2]), Number(shape[3])];
  if (bytes.length !== dataAt + rows * width * size)
    throw new Error(`${bytes.length} bytes for ${rows} x ${width}`);
  const lines = jsonLines(textOf(files, '.ids.jsonl'));
  if (lines.length !== rows) throw new Error(`${lines.length} ids for ${rows} rows`);
  return lines.map((line, i) => {
    const embedding = Array.from({ length: width }, (_, d) => read(view, dataAt + (i * width + d) * size));
    return readRow({ ...line, embedding }, output);
  });
};

export const readParquet: ReadFiles = async (files, output) => {
  const bytes = files.get('.parquet')!;
  // The reader's own text decoder drops a byte order mark that is part of the text (hyparquet 1.31, convert.js).
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const parsers = { stringFromBytes: (text: Uint8Array) => text && decoder.decode(text) };
  const objects = await parquetReadObjects({ file: bytes.slice().buffer, parsers });
  return objects.map((object) => readRow(object, output));
};

/** By apache-arrow, which the files are not written with. */
export function readArrow(suffix: string): ReadFiles {
  return (files, output) => {
    const table = tableFromIPC(files.get(suffix));
    const columns = table.schema.fields.map(({ name }, index) => {
      const vector = table.getChildAt(index)!;
      return { name, values: isUtf8(vector) ? arrowTexts(vector) : Array.from(vector, plainValue) };
    });
    return Array.from({ length: table.numRows }, (_, index) =>
      readRow(Object.fromEntries(columns.map(({ name, values }) => [name, values[index]])), output),
    );
  };
}

function isUtf8(vector: Vector): vector is Vector<Utf8> {
  return DataType.isUtf8(vector.type);
}

/** The reader's own text decoder drops a byte order mark that is part of the text (apache-arrow 21.2, util/utf8). */
function arrowTexts(vector: Vector<Utf8>): (string | null)[] {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return vector.data.flatMap((data) =>
    Array.from({ length: data.length }, (_, index) => {
      if (!data.getValid(index)) return null;
      return decoder.decode(data.values.subarray(data.valueOffsets[index], data.valueOffsets[index + 1]));
    }),
  );
}

/** A list as an array; everything else as it is. */
function plainValue(value: unknown): unknown {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
    ? [...(value as Iterable<unknown>)]
    : value;
}

/** By the grammar of RFC 4180, a character at a time; an empty cell without quotes is null. */
export const readCsv: ReadFiles = (files, output) => {
  const text = textOf(files, '.csv');
  if (text !== '' && !text.endsWith('\r\n')) throw new Error('the last record has no end');
  const records: (string | null)[][] = [[]];
  for (let at = 0; at < text.length;) {
    let cell: string | null = null;
    if (text[at] === '"') {
      cell = '';
      for (at++; ; at++) {
        if (text[at] === '"' && text[++at] !== '"') break;
        cell += text[at]!;
      }
    } else {
      const end = text.slice(at).search(/[,\r"]/) + at;
      if (end > at) cell = text.slice(at, end);
      at = end;
    }
    records.at(-1)!.push(cell);
    if (text.startsWith('\r\n', at)) {
      at += 2;
      if (at < text.length) records.push([]);
    } else if (text[at++] !== ',') throw new Error(`no comma before ${text.slice(at - 1, at + 20)}`);
  }
  const [names, ...cells] = records;
  return cells.map((record) => {
    if (record.length !== names!.length) throw new Error(`${record.length} cells for ${names!.length}`);
    const object = Object.fromEntries(names!.map((name, index) => [name, record[index] ?? null]));
    const parsed = ['embedding', 'labels', 'scores', 'score'].filter((name) => name in object);
    for (const name of parsed) object[name] = JSON.parse(object[name] ?? 'null') as never;
    if (output.kind === 'labels' && output.count === 1) object['label'] ??= '';
    return readRow(object, output);
  });
};
