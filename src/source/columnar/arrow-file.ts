import {
  CompressionType,
  setCompressionCodec,
  tableFromIPC,
  Type,
  type Column,
  type DataType,
  type Field,
  type Table,
} from '@uwdata/flechette';
import { decompress } from 'fzstd';
import type { ByteRange } from '../../core/byte-range.ts';
import { JobError } from '../../core/job-error.ts';
import { hashSpans } from '../span-hash.ts';
import { footerSchema } from './arrow-footer.ts';
import { arrowMessages, type ArrowMessage } from './arrow-messages.ts';
import { arrowValue } from './arrow-value.ts';
import type { ColumnarFile } from './columnar-file.ts';
import { valueAt } from './json-value.ts';
import { decodeLz4Frame } from './lz4-frame.ts';

const unused = (): never => {
  throw new TypeError('Millrace writes no compressed Arrow');
};
setCompressionCodec(CompressionType.LZ4_FRAME, { encode: unused, decode: decodeLz4Frame });
setCompressionCodec(CompressionType.ZSTD, {
  encode: unused,
  decode: (bytes, length) => decompress(bytes, new Uint8Array(length)),
});

const ROWS_AT_ONCE = 8192;

/**
 * Opens an Arrow IPC file or stream. Holds one record batch at a time, and the dictionaries.
 * @param wanted columns to read, by path; null for all. @throws JobError `INPUT_FORMAT`, `INPUT_EMPTY`.
 */
export async function openArrow(
  range: ByteRange,
  wanted: readonly string[] | null,
  signal: AbortSignal,
): Promise<ColumnarFile> {
  if (range.byteLength === 0) throw new JobError('INPUT_EMPTY', `${range.name} is empty: it has no bytes.`);
  const messages = await arrowMessages(range, signal);
  const [first] = messages;
  const schema =
    first?.kind === 'schema'
      ? await range.slice(first.start, first.end, signal)
      : await footerSchema(range, signal);
  try {
    return new ArrowFile(range, messages, schema, wanted);
  } catch (thrown) {
    throw unreadable(range, 'its schema', thrown, signal);
  }
}

class ArrowFile implements ColumnarFile {
  readonly columns: readonly string[];
  readonly groupRows: readonly number[];
  readonly #range: ByteRange;
  readonly #schema: Uint8Array;
  readonly #messages: readonly ArrowMessage[];
  readonly #batches: readonly ArrowMessage[];
  readonly #paths: readonly (readonly string[])[];
  #open: { readonly group: number; readonly table: Table } | null = null;

  constructor(
    range: ByteRange,
    messages: readonly ArrowMessage[],
    schema: Uint8Array,
    wanted: readonly string[] | null,
  ) {
    const { fields } = tableFromIPC(schema).schema;
    this.#range = range;
    this.#schema = schema;
    this.#messages = messages;
    this.#batches = messages.filter(({ kind }) => kind === 'records');
    this.groupRows = this.#batches.map(({ rows }) => rows);
    this.columns = fields.flatMap((field) => pathsOf(field, ''));
    const names = new Set(fields.map(({ name }) => name));
    this.#paths = (wanted ?? this.columns).map((column) =>
      names.has(column) ? [column] : column.split('.'),
    );
  }

  rowsAtOnce(): number {
    return ROWS_AT_ONCE;
  }

  async read(group: number, from: number, to: number, signal: AbortSignal): Promise<readonly unknown[][]> {
    try {
      if (this.#open?.group !== group) this.#open = { group, table: await this.#table(group, signal) };
      const { table } = this.#open;
      return this.#paths.map(([name, ...path]) => {
        const column: Column<unknown> | undefined = table.getChild(name!);
        if (column === undefined) return Array.from({ length: to - from }, () => undefined);
        const type = typeAt(column.type, path);
        return Array.from({ length: to - from }, (_, i) =>
          arrowValue(valueAt(column.at(from + i), path), type, 0),
        );
      });
    } catch (thrown) {
      throw unreadable(this.#range, `record batch ${group}`, thrown, signal);
    }
  }

  async hash(group: number, signal: AbortSignal): Promise<string> {
    return hashSpans(this.#range, this.#needed(group), signal, this.#schema);
  }

  async #table(group: number, signal: AbortSignal): Promise<Table> {
    const parts: Uint8Array[] = [this.#schema];
    for (const { start, end } of this.#needed(group)) parts.push(await this.#range.slice(start, end, signal));
    return tableFromIPC(parts, { useBigInt: true, useMap: true });
  }

  /** The dictionaries that were there by then, and the batch. */
  #needed(group: number): readonly ArrowMessage[] {
    const batch = this.#batches[group]!;
    // Files may have dictionaries behind the batches that use them; streams do not.
    const dictionaries = this.#messages.filter(({ kind }) => kind === 'dictionary');
    const before = dictionaries.filter(({ start }) => start < batch.start);
    return [...(before.length === 0 ? dictionaries : before), batch];
  }
}

function pathsOf({ name, type }: Field, prefix: string): readonly string[] {
  const path = prefix + name;
  return type.typeId === Type.Struct
    ? [path, ...type.children.flatMap((child) => pathsOf(child, `${path}.`))]
    : [path];
}

function typeAt(type: DataType, path: readonly string[]): DataType | null {
  let found: DataType | null = type;
  for (const name of path)
    found =
      found?.typeId === Type.Struct
        ? (found.children.find((child) => child.name === name)?.type ?? null)
        : null;
  return found;
}

function unreadable(range: ByteRange, what: string, thrown: unknown, signal: AbortSignal): unknown {
  if (thrown instanceof JobError || signal.aborted) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new JobError('INPUT_FORMAT', `${range.name} cannot be read as Arrow: ${what}: ${reason}.`, {
    hint: 'The file may be damaged, or have something that is not supported: write it again.',
    cause: thrown,
  });
}
