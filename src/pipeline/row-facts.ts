import type { ReadColumn } from '../core/chunk.ts';
import { columnsInput, type QuarantineRecord } from '../core/quarantine.ts';
import { readKept } from '../store/chunk-store.ts';
import type { StoredKept } from '../store/job-schema.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { decodeKept } from '../util/arrow/kept-columns.ts';
import { decodeReadColumns } from '../util/arrow/read-columns.ts';
import type { PreparedWindow } from './prepare-windows.ts';

type RowFacts = Pick<QuarantineRecord, 'id' | 'input'>;

/**
 * Fills in the ids of refused rows, and what they are in the input, from what is stored of the window's chunks.
 * @param read the columns that the task reads
 */
export async function withRowFacts(
  db: JobDatabase,
  read: readonly ReadColumn[],
  { record }: PreparedWindow,
  refused: readonly QuarantineRecord[],
): Promise<readonly QuarantineRecord[]> {
  if (refused.length === 0) return refused;
  const wanted = new Set(refused.map(({ row }) => row));
  const facts = new Map<number, RowFacts>();
  for (const kept of await readKept(db, record.firstChunk, record.chunkCount)) {
    if (refused.every(({ row }) => row < kept.start.row || row >= kept.end.row)) continue;
    for (const [row, fact] of await factsOf(db, read, kept, wanted)) facts.set(row, fact);
  }
  return refused.map((reject) => ({ ...reject, ...(facts.get(reject.row) ?? { id: null, input: null }) }));
}

async function factsOf(
  db: JobDatabase,
  read: readonly ReadColumn[],
  { ordinal, kept }: StoredKept,
  wanted: ReadonlySet<number>,
): Promise<ReadonlyMap<number, RowFacts>> {
  const { rows, ids, columns } = decodeKept(kept);
  // Still there: a chunk's text goes with the commit of its window's last batch.
  const stored = await db.get('chunks', ordinal);
  const texts = stored === undefined ? null : decodeReadColumns(stored.read);
  const placeOf = new Map(texts === null ? [] : Array.from(texts.rows, (row, place) => [row, place]));
  const facts = new Map<number, RowFacts>();
  for (const [index, row] of rows.entries()) {
    if (!wanted.has(row)) continue;
    const place = placeOf.get(row);
    const values = new Map<string, string>();
    for (const { role, column } of place === undefined ? [] : read.filter(({ type }) => type === 'text'))
      values.set(column, JSON.stringify(texts!.columns[role]?.[place!] ?? ''));
    for (const [name, kept] of Object.entries(columns)) {
      const text = kept[index];
      if (typeof text === 'string') values.set(name, text);
    }
    facts.set(row, { id: ids[index] ?? null, input: values.size === 0 ? null : columnsInput(values) });
  }
  return facts;
}
