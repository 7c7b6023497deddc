import { VALUE_KIND } from '../core/chunk.ts';
import type { RowRange } from '../core/export-choices.ts';
import { JobError } from '../core/job-error.ts';
import { keptColumns } from '../core/job-spec.ts';
import type { ResultOutput } from '../core/result-output.ts';
import type { ResultBatch, ResultSchema } from '../core/result-schema.ts';
import { columnTypeOf } from '../export/column-types.ts';
import { sliceBatch } from '../export/slice-batch.ts';
import { eachKept, readKept } from '../store/chunk-store.ts';
import type { JobHeader, JobTotals } from '../store/job-schema.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { sealHolds } from '../store/seal.ts';
import { corrupt } from './store-corrupt.ts';
import { windowResults } from './window-results.ts';

/**
 * The columns of a finished job's output; types come from the values that the whole dataset was seen to hold.
 * @param stores the job, then its retries
 * @param totals of all of them
 */
export async function resultSchema(
  stores: readonly { readonly db: JobDatabase; readonly meta: { readonly header: JobHeader } }[],
  totals: JobTotals,
): Promise<ResultSchema> {
  const { header } = stores[0]!.meta;
  const names = keptColumns(header.spec.input);
  const kinds = new Map<string, number>(names.map((name) => [name, 0]));
  if (names.length > 0) {
    for (const { db } of stores)
      for await (const kept of eachKept(db))
        for (const name of names) kinds.set(name, kinds.get(name)! | (kept.kinds[name] ?? VALUE_KIND.null));
  }
  return {
    columns: names.map((name) => ({ name, type: columnTypeOf(kinds.get(name)!) })),
    output: outputOf(header),
    rowCount: totals.rowsEmbedded,
  };
}

function outputOf({ id, output }: JobHeader): ResultOutput {
  if (output !== null) return output;
  throw new JobError('STORE_CORRUPT', `Job ${id} does not say what its results are.`, {
    hint: 'Remove the job and run it again.',
  });
}

/**
 * A job's results in input order, a window at a time, whatever the order in which they were committed.
 * @param range leaves out what is not of these rows.
 * @throws JobError `STORE_CORRUPT` when something does not match its checksum, or a row has no result and no refusal.
 */
export async function* storedResults(
  db: JobDatabase,
  schema: ResultSchema,
  range?: RowRange,
): AsyncGenerator<ResultBatch> {
  for (let ordinal = 0; ; ordinal++) {
    const window = await db.get('windows', ordinal);
    if (window === undefined) return;
    if (!sealHolds(window)) throw corrupt(`the plan of window ${ordinal}`);
    const kept = await readKept(db, window.firstChunk, window.chunkCount);
    if (range === undefined) {
      yield await windowResults(db, window, kept, schema);
      continue;
    }
    const start = kept.at(0)?.start.row ?? 0;
    if (start > range.last) return;
    if ((kept.at(-1)?.end.row ?? start) <= range.first) continue;
    const batch = await windowResults(db, window, kept, schema);
    const first = batch.rows.findIndex((row) => row >= range.first);
    const after = batch.rows.findIndex((row) => row > range.last);
    const end = after < 0 ? batch.rows.length : after;
    yield sliceBatch(batch, schema.output, first < 0 ? end : first, end);
  }
}
