import type { ExportChoices } from '../core/export-choices.ts';
import type { ExportTarget } from '../core/export-target.ts';
import type { ExportOutcome } from '../core/job-api.ts';
import { JobError, toJobError } from '../core/job-error.ts';
import type { TableFormat } from '../core/output-format.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import type { ResultBatch, ResultSchema } from '../core/result-schema.ts';
import { loadSinkFormat } from './load-sink-format.ts';
import { PartitionedSink } from './partitioned-sink.ts';
import { QUARANTINE_SUFFIX, QuarantineFile } from './quarantine-file.ts';
import type { Sink } from './sink.ts';

export interface ExportResultsOptions {
  readonly schema: ResultSchema;
  readonly format: TableFormat;
  /** In input order, each row once, `schema.rowCount` in all. */
  readonly batches: AsyncIterable<ResultBatch>;
  /** In the order in which they are to be written. */
  readonly quarantine: AsyncIterable<QuarantineRecord>;
  readonly target: ExportTarget;
  readonly choices?: Pick<ExportChoices, 'compression' | 'csvGuard' | 'rowsPerFile'>;
  readonly signal?: AbortSignal;
  /** Called after each batch with the rows written so far. */
  readonly onProgress?: (rowsWritten: number, rowsTotal: number) => void;
}

type Written = Omit<ExportOutcome, 'facts'>;

/**
 * Writes a job's results, and the rows in quarantine beside them. Either every file is complete or none is left.
 * @throws JobError `EXPORT_FAILED` when a row is missing, double or out of order, or a file cannot be written;
 * `ABORTED` when the signal says so.
 */
export async function exportResults(options: ExportResultsOptions): Promise<Written> {
  const { schema, batches, quarantine, target, choices, signal, onProgress } = options;
  const inFolder = choices?.rowsPerFile !== undefined;
  const quarantineFile = new QuarantineFile(target, inFolder ? '/_quarantine.jsonl' : QUARANTINE_SUFFIX);
  let sink: Sink | null = null;
  let rows = 0;
  let inputRows = 0;
  let lastRow = -1;
  let quarantined = 0;
  try {
    signal?.throwIfAborted();
    sink = await openSink(options);
    for await (const batch of batches) {
      signal?.throwIfAborted();
      await sink.write(batch);
      rows += batch.rows.length;
      inputRows += schema.windowed === true ? distinctRows(batch.rows, lastRow) : batch.rows.length;
      lastRow = batch.rows.at(-1) ?? lastRow;
      onProgress?.(rows, schema.rowCount);
    }
    for await (const record of quarantine) {
      signal?.throwIfAborted();
      await quarantineFile.write(record);
      quarantined++;
    }
    signal?.throwIfAborted();
    await quarantineFile.finish();
    // Last, so that whoever finds the results finds everything.
    await sink.finish();
    const { files } = sink;
    return {
      rows,
      inputRows,
      quarantined,
      files: [...files, ...quarantineFile.files],
      rowsByFile: {
        ...(sink.rowsByFile ?? Object.fromEntries(files.map((suffix) => [suffix, rows]))),
        ...Object.fromEntries(quarantineFile.files.map((suffix) => [suffix, quarantined])),
      },
      notices: sink.notices ?? [],
    };
  } catch (thrown) {
    // The first failure is the one worth telling.
    await Promise.allSettled([sink?.abort(), quarantineFile.abort()]);
    throw exportError(thrown, signal);
  }
}

/** Writes the rows in quarantine alone, as the output itself. Complete or not left. @throws as `exportResults`. */
export async function exportQuarantine({
  quarantine,
  target,
  signal,
}: Pick<ExportResultsOptions, 'quarantine' | 'target' | 'signal'>): Promise<Written> {
  const suffix = '.jsonl';
  const file = new QuarantineFile(target, suffix);
  let quarantined = 0;
  try {
    await file.open();
    for await (const record of quarantine) {
      signal?.throwIfAborted();
      await file.write(record);
      quarantined++;
    }
    await file.finish();
    return {
      rows: 0,
      inputRows: 0,
      quarantined,
      files: [suffix],
      rowsByFile: { [suffix]: quarantined },
      notices: [],
    };
  } catch (thrown) {
    await Promise.allSettled([file.abort()]);
    throw exportError(thrown, signal);
  }
}

/** Of ascending rows, which follow `last`. */
function distinctRows(rows: Uint32Array, last: number): number {
  let count = 0;
  let before = last;
  for (const row of rows) {
    if (row !== before) count++;
    before = row;
  }
  return count;
}

async function openSink({ format, schema, target, choices }: ExportResultsOptions): Promise<Sink> {
  const options = { csvGuard: choices?.csvGuard ?? false, compression: choices?.compression };
  const sinks = await loadSinkFormat(format);
  const rowsPerFile = choices?.rowsPerFile;
  return rowsPerFile === undefined
    ? sinks.open(schema, target, options)
    : new PartitionedSink({ format: sinks, schema, target, rowsPerFile, options });
}

function exportError(thrown: unknown, signal: AbortSignal | undefined): JobError {
  return signal?.aborted === true
    ? new JobError('ABORTED', 'The export was stopped.', { cause: thrown })
    : toJobError(thrown, 'EXPORT_FAILED');
}
