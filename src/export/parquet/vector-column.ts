import { resultRowBytes, type VectorOutput } from '../../core/result-output.ts';
import { concatBytes } from '../targets/concat-bytes.ts';
import { i32, structOf, type ThriftStruct } from './thrift.ts';
import { varintBytes, writeThrift } from './write-thrift.ts';

/** Numbers of parquet-format's `Encoding` and `PageType`. */
const PLAIN = 0;
const RLE = 3;
const RLE_DICTIONARY = 8;
const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
/** What parquet-format advises: readers hold a page at a time. */
const PAGE_BYTES = 1 << 20;

/** The vectors of one row group: pages of the first version, uncompressed. */
export type VectorColumn = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the first data page begins, behind the dictionary if there is one. */
  readonly dataPageAt: number;
  /** Numbers, not rows. */
  readonly valueCount: number;
  readonly encodings: readonly number[];
};

/**
 * Encodes vectors as a required list of required numbers. Nearly all of it is a copy: floats are plain, and 8-bit numbers,
 * for which Parquet has no type, are indices of 8 bits into a dictionary of all 256 of them.
 * @param values the rows' bytes, one after the other.
 */
export function vectorColumn(output: VectorOutput, values: Uint8Array, rows: number): VectorColumn {
  const rowBytes = resultRowBytes(output);
  const bytesEach = output.element === 'float32' ? 4 : output.element === 'float16' ? 2 : 1;
  const dims = rowBytes / bytesEach;
  const pieces = bytesEach === 1 ? dictionaryPage(output.element === 'int8') : [];
  const dataPageAt = byteLength(pieces);
  const rowsAPage = Math.max(1, Math.floor(PAGE_BYTES / rowBytes));
  for (let first = 0; first < rows; first += rowsAPage) {
    const end = Math.min(rows, first + rowsAPage);
    const ofPage = values.subarray(first * rowBytes, end * rowBytes);
    pieces.push(...dataPage(ofPage, { rows: end - first, dims, indices: bytesEach === 1 }));
  }
  return {
    bytes: concatBytes(pieces),
    dataPageAt,
    valueCount: rows * dims,
    encodings: bytesEach === 1 ? [PLAIN, RLE, RLE_DICTIONARY] : [PLAIN, RLE],
  };
}

function dictionaryPage(signed: boolean): Uint8Array[] {
  const numbers = Int32Array.from({ length: 256 }, (_, byte) => (signed ? (byte << 24) >> 24 : byte));
  const header = new Map([
    [1, i32(numbers.length)],
    [2, i32(PLAIN)],
  ]);
  return page(DICTIONARY_PAGE, 7, header, [new Uint8Array(numbers.buffer)]);
}

function dataPage(
  values: Uint8Array,
  { rows, dims, indices }: { readonly rows: number; readonly dims: number; readonly indices: boolean },
): Uint8Array[] {
  const header = new Map([
    [1, i32(rows * dims)],
    [2, i32(indices ? RLE_DICTIONARY : PLAIN)],
    [3, i32(RLE)],
    [4, i32(RLE)],
  ]);
  const levels = [...sized(repetitionLevels(rows, dims)), ...sized(run(rows * dims, 1))];
  return page(DATA_PAGE, 5, header, [...levels, ...(indices ? packedIndices(values) : [values])]);
}

/** Level 0 begins a row, level 1 goes on with it. */
function repetitionLevels(rows: number, dims: number): Uint8Array {
  const ofRow = [...run(1, 0), ...(dims > 1 ? run(dims - 1, 1) : [])];
  const levels = new Uint8Array(rows * ofRow.length);
  for (let at = 0; at < levels.length; at += ofRow.length) levels.set(ofRow, at);
  return levels;
}

/** The same level `count` times, in the run-length encoding of levels that fit into a byte. */
function run(count: number, level: number): Uint8Array {
  return Uint8Array.from([...varintBytes(2 * count), level]);
}

/** Indices of 8 bits as one bit-packed run, which comes in groups of eight. */
function packedIndices(indices: Uint8Array): Uint8Array[] {
  const groups = Math.ceil(indices.length / 8);
  const head = Uint8Array.from([8, ...varintBytes(2 * groups + 1)]);
  return [head, indices, new Uint8Array(8 * groups - indices.length)];
}

function sized(levels: Uint8Array): Uint8Array[] {
  const { length } = levels;
  return [Uint8Array.of(length, length >> 8, length >> 16, length >> 24), levels];
}

/** @param field of the header that goes with this type of page. */
function page(type: number, field: number, header: ThriftStruct, body: readonly Uint8Array[]): Uint8Array[] {
  const size = byteLength(body);
  const head: ThriftStruct = new Map([
    [1, i32(type)],
    [2, i32(size)],
    [3, i32(size)],
    [field, structOf(header)],
  ]);
  return [writeThrift(head), ...body];
}

function byteLength(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
