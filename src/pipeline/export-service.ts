import type { RowRange } from '../core/export-choices.ts';
import { checkExportChoices } from '../core/export-choices.ts';
import type { ExportFacts, ExportOutcome, ExportRequest } from '../core/job-api.ts';
import { JobError } from '../core/job-error.ts';
import type { ResultOutput } from '../core/result-output.ts';
import type { ResultBatch } from '../core/result-schema.ts';
import { mergeBatches } from '../export/merge-batches.ts';
import { checkOpenaiOutput } from '../core/openai/check-openai.ts';
import { BATCH_COLUMNS } from '../core/openai/batch-columns.ts';
import { exportQuarantine, exportResults } from '../export/export-results.ts';
import { exportAnswers } from '../export/openai/export-answers.ts';
import { openExportTarget } from '../export/targets/open-export-target.ts';
import { writeManifest } from '../export/write-manifest.ts';
import type { JobMeta } from '../store/job-meta.ts';
import { readFrom, storageError } from '../store/open-job-database.ts';
import { countQuarantined, eachQuarantined } from '../store/result-store.ts';
import { lastName } from '../core/last-name.ts';
import { prefetch } from '../util/prefetch.ts';
import { computeTimings, longTextCounts } from './job-summary.ts';
import type { ExportApi } from './ports.ts';
import { countPassages } from './passage-results.ts';
import {
  isComputed,
  openRounds,
  readRounds,
  roundFacts,
  roundTotals,
  type JobRounds,
} from './retry-rounds.ts';
import { resultSchema, storedResults, type StoredSchema } from './stored-results.ts';

const RETRY_OPEN =
  'A retry of the rows in quarantine is not finished: what it has computed so far is not in this output. Go on with it by `millrace retry`.';

type OnProgress = (rowsWritten: number, rowsTotal: number) => void;

/** What an export worker does: stored results to the bytes of a file format. Only reads the job's database. */
export class ExportService implements ExportApi {
  async export(request: ExportRequest, onProgress: OnProgress): Promise<ExportOutcome> {
    const startedAt = performance.now();
    const { jobId, format, target, choices = {} } = request;
    checkExportChoices(format, choices);
    const rounds = await readRounds(jobId);
    const { meta } = rounds.job;
    checkFinished(meta, jobId);
    if (choices.rows !== undefined) checkRange(choices.rows, meta);
    const outcome = await writeRounds(request, rounds, onProgress);
    // Whoever else takes the files writes it when they have arrived.
    if (target.kind !== 'opfs') return outcome;
    const { spec } = meta.header;
    const exportSeconds = (performance.now() - startedAt) / 1000;
    const told = await writeManifest(target, { jobId, spec, format, choices, outcome, exportSeconds }, () =>
      onProgress(outcome.rows, outcome.rows),
    );
    return { ...outcome, files: [...outcome.files, ...told] };
  }
}

async function writeRounds(
  { jobId, format, choices = {}, target: place }: ExportRequest,
  rounds: JobRounds,
  onProgress: OnProgress,
): Promise<ExportOutcome> {
  const range = choices.rows;
  const stores = await openRounds(rounds);
  try {
    const { header, ingest } = rounds.job.meta;
    const { spec } = header;
    checkOpenaiOutput(format, spec, choices);
    const all = await resultSchema(stores);
    // What a request's answer needs is no column for anybody else.
    const columns = all.columns.filter(({ name }) => format === 'openai' || name !== BATCH_COLUMNS.request);
    const schema = spec.input.format === 'openai' ? { ...all, columns } : all;
    const facts = exportFacts(rounds, schema.output);
    const notices = rounds.open.length === 0 ? [] : [RETRY_OPEN];
    const target = openExportTarget(place);
    // What the last retry left there.
    const last = stores.at(-1)!.db;
    const quarantine = readFrom(last, eachQuarantined(last, range));
    if (choices.where === 'quarantined') {
      const written = await exportQuarantine({ quarantine, target });
      return { ...written, notices: [...notices, ...written.notices], facts };
    }
    // The next window is read and checked while this one is encoded and sent.
    const batches = prefetch(mergeBatches(storedRounds(stores, schema, range), schema.output), 1);
    if (format === 'openai') {
      const context = { jobId, model: lastName(spec.model.path), normalize: all.normalize };
      const errors = choices.where !== 'done';
      const answers = await exportAnswers({
        schema,
        context,
        batches,
        quarantine,
        errors,
        target,
        onProgress,
      });
      return { ...answers, notices: [...notices, ...answers.notices], facts };
    }
    const rowCount =
      range === undefined ? schema.rowCount : await countResults(stores, range, ingest.rows, schema);
    const written = await exportResults({
      schema: { ...schema, rowCount },
      format,
      batches,
      quarantine: choices.where === 'done' ? none() : quarantine,
      target,
      choices,
      onProgress,
    });
    return { ...written, notices: [...notices, ...written.notices], facts };
  } catch (thrown) {
    throw await storageError(stores[0]!.db, thrown);
  } finally {
    for (const { db } of stores) db.close();
  }
}

function exportFacts(rounds: JobRounds, output: ResultOutput): ExportFacts {
  const { fingerprint, device } = rounds.job.meta.header;
  const totals = roundTotals(rounds);
  return {
    fingerprint,
    device,
    output,
    rounds: roundFacts(rounds),
    longTexts: longTextCounts(totals),
    compute: computeTimings(totals),
  };
}

type Stores = Awaited<ReturnType<typeof openRounds>>;

/** Results of a job and of its retries. A retry that is damaged says which one it is, so that it can be mended. */
function storedRounds(
  stores: Stores,
  schema: StoredSchema,
  range: RowRange | undefined,
): AsyncGenerator<ResultBatch>[] {
  return stores.map(async function* ({ db }, round) {
    try {
      yield* readFrom(db, storedResults(db, schema, range));
    } catch (thrown) {
      if (round === 0 || !(thrown instanceof JobError)) throw thrown;
      const { code, message, hint, details } = thrown;
      throw new JobError(code, `In retry ${round}: ${message}`, {
        ...(hint === undefined ? {} : { hint }),
        details: { ...details, round },
        cause: thrown,
      });
    }
  });
}

function checkFinished(meta: JobMeta, jobId: string): void {
  if (isComputed(meta)) return;
  throw new JobError('JOB_UNFINISHED', `Job ${jobId} is not finished: there is nothing complete to export.`, {
    hint: `Go on with it first: millrace resume ${jobId}.`,
  });
}

function checkRange({ first, last }: RowRange, { ingest }: JobMeta): void {
  if (first <= last && first < ingest.rows) return;
  const held = ingest.rows === 0 ? 'no rows' : `rows 0 to ${ingest.rows - 1}`;
  throw new JobError(
    'SPEC_INVALID',
    `There is nothing to export in rows ${first}-${last}: the job has ${held}.`,
    {
      hint: 'Rows count from 0, and both ends belong to the range.',
    },
  );
}

/** Every row of a finished job has a result or is in quarantine. */
async function countResults(
  stores: Stores,
  { first, last }: RowRange,
  rowsRead: number,
  { windowed }: StoredSchema,
): Promise<number> {
  if (windowed === true) {
    const counts = stores.map(({ db }) => countPassages(db, { first, last }));
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }
  const { db } = stores.at(-1)!;
  const end = Math.min(last, rowsRead - 1);
  return end - first + 1 - (await countQuarantined(db, { first, last: end }));
}

async function* none(): AsyncGenerator<never> {}
