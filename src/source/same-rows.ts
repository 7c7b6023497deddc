import type { Chunk } from '../core/chunk.ts';
import { JobError } from '../core/job-error.ts';
import { sha256Hex } from '../util/sha256.ts';
import { decodeKept, type KeptColumns } from '../util/arrow/kept-columns.ts';
import { decodeReadColumns, encodeReadColumns } from '../util/arrow/read-columns.ts';
import { ChunkBuilder } from './chunk-builder.ts';
import type { ReadOptions } from './read-options.ts';
import type { SourceRecord } from './source-format.ts';

/** A chunk that a job read, as it is stored: what was kept of its good rows, and the hashes of the rest. */
export type RowsBefore = Pick<Chunk, 'start' | 'end' | 'sourceSha256' | 'facts' | 'kept'> & {
  /** Of its `read` stream; left out by an older Millrace. */
  readonly readSha256?: string;
};

/** By role, what the task read of a row that was good; null when that is not known any more. */
export type TextsBefore = (row: number) => Promise<Readonly<Record<string, string>> | null>;

/**
 * Makes sure that rows with a result read as they did: what is kept of each is compared, and what the task read of all by
 * its hash, into which rows that the task refused go as they were. Where one of those is not known any more, or the job
 * is of an older Millrace, the texts of the chunk are not compared.
 * @param records of the rows that are not read again
 * @throws JobError `INPUT_CHANGED`
 */
export async function checkSameRows(
  name: string,
  options: ReadOptions,
  chunk: RowsBefore,
  records: readonly (readonly [row: number, record: SourceRecord])[],
  textsBefore: TextsBefore,
): Promise<void> {
  const before = decodeKept(chunk.kept);
  const good = new Set(before.rows);
  const { ids: _, ...withoutIds } = options;
  const builder = new ChunkBuilder(withoutIds, chunk.start);
  for (const [row, record] of records) {
    // A row that an earlier retry mended has no place here.
    if (!good.has(row)) continue;
    builder.skipTo(row);
    builder.add(record);
  }
  const now = builder.build(chunk.end);
  const [bad] = now.rejects;
  if (bad !== undefined) throw rowChanged(name, bad.row, `it cannot be read any more (${bad.message})`);
  const changed = changedColumn(before, decodeKept(now.kept));
  if (changed !== null) throw rowChanged(name, changed.row, `its ${changed.column} is not what it was`);
  if (chunk.readSha256 === undefined) return;
  const texts = await textsOf(before.rows, now.read, textsBefore);
  if (texts === null) return;
  const read = encodeReadColumns({ rows: before.rows, columns: texts });
  if ((await sha256Hex(new Uint8Array(read))) === chunk.readSha256) return;
  throw inputChanged(
    `${name} has changed in more than the rows in quarantine: the text of rows ${chunk.start.row} to ${chunk.end.row - 1} is not what it was.`,
  );
}

function changedColumn(
  before: KeptColumns,
  now: KeptColumns,
): { readonly row: number; readonly column: string } | null {
  const places = new Map(Array.from(before.rows, (row, place) => [row, place]));
  for (const [index, row] of now.rows.entries()) {
    const place = places.get(row)!;
    if ((before.ids[place] ?? null) !== (now.ids[index] ?? null)) return { row, column: 'id' };
    for (const [column, values] of Object.entries(now.columns))
      if ((before.columns[column]?.[place] ?? null) !== (values[index] ?? null))
        return { row, column: `column ${JSON.stringify(column)}` };
  }
  return null;
}

/** By role, the texts of these rows: as they are now, and of those that are missing there, as they were. */
async function textsOf(
  rows: Uint32Array,
  read: ArrayBuffer,
  textsBefore: TextsBefore,
): Promise<Readonly<Record<string, readonly string[]>> | null> {
  const now = decodeReadColumns(read);
  const texts = new Map(Object.keys(now.columns).map((role) => [role, [] as string[]]));
  let next = 0;
  for (const row of rows) {
    const place = now.rows[next] === row ? next++ : null;
    const before = place === null ? await textsBefore(row) : null;
    for (const [role, values] of texts) {
      const text = place === null ? before?.[role] : now.columns[role]?.[place];
      if (text === undefined) return null;
      values.push(text);
    }
  }
  return Object.fromEntries(texts);
}

function rowChanged(name: string, row: number, reason: string): JobError {
  return inputChanged(`${name} has changed in more than the rows in quarantine: row ${row}, ${reason}.`);
}

export function inputChanged(message: string): JobError {
  return new JobError('INPUT_CHANGED', message, {
    hint: 'A retry reads the rows in quarantine again; every other row must stay as it was, and in its place. For other changes run the file as a new job.',
  });
}
