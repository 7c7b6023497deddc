import { VALUE_KIND, type ColumnKinds } from '../core/chunk.ts';
import type { RowRange } from '../core/export-choices.ts';
import { JobError } from '../core/job-error.ts';
import { keptColumns } from '../core/job-spec.ts';
import { longTextsOf, WINDOW_COLUMNS, type LongChoice } from '../core/long-texts.ts';
import { pooledOutput } from '../core/pooled-output.ts';
import type { ResultOutput } from '../core/result-output.ts';
import type { ResultBatch, ResultColumn, ResultSchema } from '../core/result-schema.ts';
import { columnTypeOf } from '../export/column-types.ts';
import { sliceBatch } from '../export/slice-batch.ts';
import { eachKept, readKept } from '../store/chunk-store.ts';
import type { JobMeta } from '../store/job-meta.ts';
import type { JobHeader } from '../store/job-schema.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { sealHolds } from '../store/seal.ts';
import { countPassages } from './passage-results.ts';
import { corrupt } from './store-corrupt.ts';
import { windowResults } from './window-results.ts';

/** What an export writes, and what it is made of. */
export type StoredSchema = ResultSchema & {
  /** What is stored, before windows are pooled. */
  readonly stored: ResultOutput;
  readonly long: LongChoice;
  /** Whether the job's vectors have length 1. */
  readonly normalize: boolean;
};

/** A job's database, and where the job stands. */
type OpenedStore = { readonly db: JobDatabase; readonly meta: JobMeta };

/**
 * The columns of a finished job's output; types come from the values that the whole dataset was seen to hold.
 * @param stores the job, then its retries
 */
export async function resultSchema(stores: readonly OpenedStore[]): Promise<StoredSchema> {
  const { header } = stores[0]!.meta;
  const names = keptColumns(header.spec.input);
  const kinds =
    names.length === 0
      ? []
      : await Promise.all(stores.map(async ({ db, meta }) => meta.ingest.kinds ?? keptKinds(db, names)));
  const kindsOf = (name: string) => kinds.reduce((all, some) => all | ownKinds(some, name), 0);
  const kept = names.map((name) => ({ name, type: columnTypeOf(kindsOf(name)) }));
  const stored = outputOf(header);
  const { long } = longTextsOf(header.spec.task);
  const counts = await Promise.all(
    stores.map(async ({ db, meta }) =>
      long === 'split' ? countPassages(db, null) : meta.totals.rowsEmbedded,
    ),
  );
  const windows = WINDOW_COLUMNS.map((name): ResultColumn => ({ name, type: 'int64' }));
  return {
    columns: long === 'split' ? [...windows, ...kept] : kept,
    windowed: long === 'split',
    output: pooledOutput(header.spec.task, stored),
    rowCount: counts.reduce((sum, count) => sum + count, 0),
    stored,
    long,
    normalize: header.fingerprint?.['normalize'] === true,
  };
}

/** Of a job that an older Millrace read: from every chunk. */
async function keptKinds(db: JobDatabase, names: readonly string[]): Promise<ColumnKinds> {
  const kinds = new Map<string, number>();
  for await (const kept of eachKept(db)) {
    for (const name of names) kinds.set(name, (kinds.get(name) ?? 0) | ownKinds(kept.kinds, name));
  }
  return Object.fromEntries(kinds);
}

/** A column may have any name, also one that every object has. */
function ownKinds(kinds: ColumnKinds, name: string): number {
  return Object.hasOwn(kinds, name) ? kinds[name]! : VALUE_KIND.null;
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
  schema: StoredSchema,
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
