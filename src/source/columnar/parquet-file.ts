import {
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type AsyncBuffer,
  type FileMetaData,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { ByteRange } from '../../core/byte-range.ts';
import { JobError } from '../../core/job-error.ts';
import { byteCount } from '../byte-count.ts';
import { hashSpans } from '../span-hash.ts';
import type { ColumnarFile } from './columnar-file.ts';
import { isoDate, isoTime, jsonValue, valueAt } from './json-value.ts';

/** So many unpacked bytes of the wanted columns are decoded at once, at most (or one page of each). */
const PART_BYTES = 32 * 1024 * 1024;
const FEWEST_ROWS = 1024;
/** Packed bytes of the wanted columns of a row group that are kept, so that its next part need not read them again. */
const MOST_KEPT_BYTES = 128 * 1024 * 1024;
/** Read at first of the file's end; a larger footer is read again. */
const FOOTER_BYTES = 64 * 1024;
/** A column of a row group is read in one piece. */
const MOST_COLUMN_BYTES = 1024 * 1024 * 1024;

const PARSERS = {
  timestampFromMilliseconds: (millis: bigint) => (millis === undefined ? null : isoTime(millis * 1_000_000n)),
  timestampFromMicroseconds: (micros: bigint) => (micros === undefined ? null : isoTime(micros * 1000n)),
  timestampFromNanoseconds: (nanos: bigint) => (nanos === undefined ? null : isoTime(nanos)),
  dateFromDays: (days: number) => (days === undefined ? null : isoDate(days)),
};

/** @param wanted columns to read, by path; null for all. @throws JobError `INPUT_FORMAT`, `INPUT_EMPTY`. */
export async function openParquet(
  range: ByteRange,
  wanted: readonly string[] | null,
  signal: AbortSignal,
): Promise<ColumnarFile> {
  if (range.byteLength === 0) throw new JobError('INPUT_EMPTY', `${range.name} is empty: it has no bytes.`);
  const [head, tail] = await Promise.all([
    range.slice(0, 4, signal),
    range.slice(Math.max(range.byteLength - 4, 0), range.byteLength, signal),
  ]);
  const isParquet = [head, tail].map((bytes) => String.fromCharCode(...bytes) === 'PAR1');
  if (!isParquet[0])
    throw new JobError('INPUT_FORMAT', `${range.name} is not a Parquet file: it does not begin like one.`);
  if (!isParquet[1])
    throw new JobError(
      'INPUT_FORMAT',
      `${range.name} is cut short: a Parquet file ends with PAR1, and this one does not.`,
      {
        hint: 'Copy or make the file again.',
      },
    );
  try {
    const metadata = await parquetMetadataAsync(asyncBuffer(range, signal), {
      initialFetchSize: FOOTER_BYTES,
    });
    return new ParquetFile(range, metadata, wanted);
  } catch (thrown) {
    throw unreadable(range, 'its footer', thrown, signal);
  }
}

class ParquetFile implements ColumnarFile {
  readonly columns: readonly string[];
  readonly groupRows: readonly number[];
  readonly #range: ByteRange;
  readonly #metadata: FileMetaData;
  readonly #paths: readonly (readonly string[])[];
  readonly #topLevel: readonly string[];
  #kept: { readonly group: number; readonly slices: Map<string, Promise<ArrayBuffer>> } | null = null;

  constructor(range: ByteRange, metadata: FileMetaData, wanted: readonly string[] | null) {
    this.#range = range;
    this.#metadata = metadata;
    this.groupRows = metadata.row_groups.map(({ num_rows }) => Number(num_rows));
    const topLevel = parquetSchema(metadata).children;
    this.columns = topLevel.flatMap((child) => pathsOf(child, ''));
    const names = new Set(topLevel.map(({ element }) => element.name));
    // A column may have a dot in its own name.
    this.#paths = (wanted ?? this.columns).map((column) =>
      names.has(column) ? [column] : column.split('.'),
    );
    this.#topLevel = [...new Set(this.#paths.map(([name]) => name!))].filter((name) => names.has(name));
  }

  rowsAtOnce(group: number): number {
    let bytes = 0;
    for (const { meta_data: meta } of this.#chunks(group))
      bytes += Number(meta?.total_uncompressed_size ?? 0n);
    const rows = this.groupRows[group]!;
    return Math.max(Math.floor(rows / Math.ceil(Math.max(bytes, 1) / PART_BYTES)), FEWEST_ROWS);
  }

  async read(group: number, from: number, to: number, signal: AbortSignal): Promise<readonly unknown[][]> {
    const first = this.groupRows.slice(0, group).reduce((sum, rows) => sum + rows, 0);
    for (const { meta_data: meta } of this.#chunks(group)) {
      if (Number(meta?.total_compressed_size ?? 0n) <= MOST_COLUMN_BYTES) continue;
      const column = meta?.path_in_schema.join('.');
      throw new JobError(
        'INPUT_FORMAT',
        `${this.#range.name} has more than ${byteCount(MOST_COLUMN_BYTES)} of column "${column}" in row group ${group}.`,
        { hint: 'Write it again with smaller row groups.' },
      );
    }
    if (this.#topLevel.length === 0) return this.#paths.map(() => Array.from({ length: to - from }));
    try {
      const columns = new Map(this.#topLevel.map((name) => [name, new ColumnPart(to - from)]));
      await parquetRead({
        file: this.#groupBuffer(group, signal),
        metadata: this.#metadata,
        columns: [...this.#topLevel],
        rowStart: first + from,
        rowEnd: first + to,
        compressors,
        parsers: PARSERS,
        useOffsetIndex: true,
        onChunk: ({ columnName, columnData, rowStart }) =>
          columns.get(columnName)?.take(columnData, rowStart - first - from),
      });
      return this.#paths.map(([name, ...path]) => {
        const values = columns.get(name!)?.values ?? Array.from({ length: to - from });
        return values.map((value) =>
          typeof value === 'string' && path.length === 0 ? value : jsonValue(valueAt(value, path)),
        );
      });
    } catch (thrown) {
      throw unreadable(
        this.#range,
        `row group ${group} (rows ${first} to ${first + this.groupRows[group]! - 1})`,
        thrown,
        signal,
      );
    }
  }

  async hash(group: number, signal: AbortSignal): Promise<string> {
    const spans = this.#chunks(group).flatMap(({ meta_data: meta }) => {
      if (meta === undefined) return [];
      const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
      return [{ start, end: start + Number(meta.total_compressed_size) }];
    });
    return hashSpans(this.#range, spans, signal);
  }

  /** The wanted columns of a group, as they are stored. */
  #chunks(group: number) {
    const wanted = new Set(this.#topLevel);
    return this.#metadata.row_groups[group]!.columns.filter(({ meta_data: meta }) =>
      wanted.has(meta?.path_in_schema[0] ?? ''),
    );
  }

  /** The file, with what is read of the group kept as long as it is not too much. */
  #groupBuffer(group: number, signal: AbortSignal): AsyncBuffer {
    const buffer = asyncBuffer(this.#range, signal);
    let bytes = 0;
    for (const { meta_data: meta } of this.#chunks(group)) bytes += Number(meta?.total_compressed_size ?? 0n);
    const isOnePart = this.rowsAtOnce(group) >= this.groupRows[group]!;
    if (isOnePart || bytes > MOST_KEPT_BYTES) {
      this.#kept = null;
      return buffer;
    }
    if (this.#kept?.group !== group) this.#kept = { group, slices: new Map() };
    const { slices } = this.#kept;
    return {
      byteLength: buffer.byteLength,
      slice: async (start, end) => {
        const key = `${start} ${end}`;
        const known = slices.get(key);
        if (known !== undefined) return known;
        const reading = Promise.resolve(buffer.slice(start, end));
        slices.set(key, reading);
        reading.catch(() => slices.delete(key));
        return reading;
      },
    };
  }
}

/** A column of the rows that are read, out of pieces that may reach beyond them. */
class ColumnPart {
  readonly values: unknown[];

  constructor(rows: number) {
    this.values = Array.from({ length: rows });
  }

  /** @param at place of the first value; negative: before the rows */
  take(piece: ArrayLike<unknown>, at: number): void {
    const last = Math.min(piece.length, this.values.length - at);
    for (let i = Math.max(-at, 0); i < last; i++) this.values[at + i] = piece[i];
  }
}

type SchemaNode = ReturnType<typeof parquetSchema>;

/** A column and, where it is a struct, its fields. */
function pathsOf(node: SchemaNode, prefix: string): readonly string[] {
  const path = prefix + node.element.name;
  const { converted_type: type, repetition_type: repetition, logical_type: logical } = node.element;
  const isStruct =
    node.children.length > 0 && type === undefined && logical === undefined && repetition !== 'REPEATED';
  return isStruct ? [path, ...node.children.flatMap((child) => pathsOf(child, `${path}.`))] : [path];
}

function asyncBuffer(range: ByteRange, signal: AbortSignal): AsyncBuffer {
  return {
    byteLength: range.byteLength,
    slice: async (start, end = range.byteLength) => {
      const from = start < 0 ? range.byteLength + start : start;
      const bytes = await range.slice(from, Math.max(end, from), signal);
      if (bytes.length < Math.min(end, range.byteLength) - from || end > range.byteLength)
        throw new RangeError(`bytes ${from} to ${end} are asked for, and it has ${range.byteLength}`);
      return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
    },
  };
}

function unreadable(range: ByteRange, what: string, thrown: unknown, signal: AbortSignal): unknown {
  if (thrown instanceof JobError || signal.aborted) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new JobError('INPUT_FORMAT', `${range.name} cannot be read as Parquet: ${what}: ${reason}.`, {
    hint: 'The file may be damaged, or have something that is not supported: write it again.',
    cause: thrown,
  });
}
