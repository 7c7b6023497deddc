import type { RowRange } from '../core/export-choices.ts';
import { checkExportChoices } from '../core/export-choices.ts';
import type { ExportOutcome, ExportRequest } from '../core/job-api.ts';
import { JobError } from '../core/job-error.ts';
import { checkOpenaiOutput } from '../core/openai/check-openai.ts';
import { BATCH_COLUMNS } from '../core/openai/batch-columns.ts';
import { exportQuarantine, exportResults } from '../export/export-results.ts';
import { exportAnswers } from '../export/openai/export-answers.ts';
import { openExportTarget } from '../export/targets/open-export-target.ts';
import { readJobMeta, type JobMeta } from '../store/job-meta.ts';
import { withExistingJob } from '../store/open-job-database.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { countQuarantined, eachQuarantined } from '../store/result-store.ts';
import { prefetch } from '../util/prefetch.ts';
import type { ExportApi } from './ports.ts';
import { countPassages } from './passage-results.ts';
import { resultSchema, storedResults, type StoredSchema } from './stored-results.ts';

/** What an export worker does: stored results to the bytes of a file format. Only reads the job's database. */
export class ExportService implements ExportApi {
  async export(
    request: ExportRequest,
    onProgress: (rowsWritten: number, rowsTotal: number) => void,
  ): Promise<ExportOutcome> {
    const { jobId, format, choices = {} } = request;
    checkExportChoices(format, choices);
    return withExistingJob(jobId, async (db) => {
      const meta = await finishedMeta(db, jobId);
      const { spec } = meta.header;
      checkOpenaiOutput(format, spec, choices);
      const range = choices.rows;
      if (range !== undefined) checkRange(range, meta);
      const all = await resultSchema(db, meta);
      // What a request's answer needs is no column for anybody else.
      const columns = all.columns.filter(({ name }) => format === 'openai' || name !== BATCH_COLUMNS.request);
      const schema = spec.input.format === 'openai' ? { ...all, columns } : all;
      const { fingerprint, device } = meta.header;
      const facts = { fingerprint, device, output: schema.output };
      const target = openExportTarget(request.target);
      const quarantine = eachQuarantined(db, range);
      if (choices.where === 'quarantined')
        return { ...(await exportQuarantine({ quarantine, target })), facts };
      if (format === 'openai') {
        const answers = await exportAnswers({
          schema,
          context: {
            jobId,
            model: modelName(spec.model.path),
            normalize: all.normalize,
          },
          batches: prefetch(storedResults(db, schema), 1),
          quarantine,
          errors: choices.where !== 'done',
          target,
          onProgress,
        });
        return { ...answers, facts };
      }
      const rowCount = range === undefined ? schema.rowCount : await countResults(db, range, meta, schema);
      const written = await exportResults({
        schema: { ...schema, rowCount },
        format,
        // The next window is read and checked while this one is encoded and sent.
        batches: prefetch(storedResults(db, schema, range), 1),
        quarantine: choices.where === 'done' ? none() : quarantine,
        target,
        choices,
        onProgress,
      });
      return { ...written, facts };
    });
  }
}

/** The last part of a model's path. */
function modelName(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== '') ?? path;
}

async function finishedMeta(db: JobDatabase, jobId: string): Promise<JobMeta> {
  const meta = await readJobMeta(db);
  if (meta !== null && (meta.header.state === 'computed' || meta.header.state === 'done')) return meta;
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
  db: JobDatabase,
  { first, last }: RowRange,
  { ingest }: JobMeta,
  { windowed }: StoredSchema,
): Promise<number> {
  if (windowed === true) return countPassages(db, { first, last });
  const end = Math.min(last, ingest.rows - 1);
  return end - first + 1 - (await countQuarantined(db, { first, last: end }));
}

async function* none(): AsyncGenerator<never> {}
