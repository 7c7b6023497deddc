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
