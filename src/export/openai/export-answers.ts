import type { ExportTarget } from '../../core/export-target.ts';
import type { ExportOutcome } from '../../core/job-api.ts';
import { JobError, toJobError } from '../../core/job-error.ts';
import type { QuarantineRecord } from '../../core/quarantine.ts';
import type { VectorOutput } from '../../core/result-output.ts';
import type { ResultBatch, ResultSchema } from '../../core/result-schema.ts';
import { float16ToNumber } from '../../util/float16.ts';
import { alignedValues, float32s, uint16s } from '../output/aligned-values.ts';
import { LineFile } from '../text/line-file.ts';
import { writeAnswer, writeRefusal, type AnswerContext } from './answer-text.ts';
import { RequestGrouper, type EndedRequest } from './request-grouper.ts';

export const ANSWERS_SUFFIX = '.jsonl';
export const ERRORS_SUFFIX = '.errors.jsonl';

export type ExportAnswersOptions = {
  readonly schema: ResultSchema;
  readonly context: AnswerContext;
  /** In input order, each row once. */
  readonly batches: AsyncIterable<ResultBatch>;
  /** In input order. */
  readonly quarantine: AsyncIterable<QuarantineRecord>;
  readonly target: ExportTarget;
  /** False leaves the error file out. */
  readonly errors: boolean;
  readonly onProgress?: (rowsWritten: number, rowsTotal: number) => void;
};

/**
 * Answers OpenAI Batch requests in kind: an output file, and an error file beside it if any request is refused, both in input
 * order. Every request is in one of them, once. Either every file is complete or none is left.
 * @throws JobError `EXPORT_FAILED`.
 */
export async function exportAnswers(options: ExportAnswersOptions): Promise<Omit<ExportOutcome, 'facts'>> {
  const { schema, target, errors } = options;
  const answered = new LineFile(target, ANSWERS_SUFFIX);
  const refused = new LineFile(target, ERRORS_SUFFIX);
  let quarantined = 0;
  let rows = 0;
  try {
    await answered.open();
    const grouper = new RequestGrouper(vectorOutput(schema).dims);
    const take = async (requests: readonly EndedRequest[]) => {
      for (const request of requests) {
        if (request.kind === 'answered')
          await answered.line((buffer) => writeAnswer(buffer, options.context, request));
        else if (errors) await refused.line((buffer) => writeRefusal(buffer, options.context, request));
        else refused.lines++;
      }
    };
    const faults = options.quarantine[Symbol.asyncIterator]();
    let fault = await faults.next();
    const takeFaultsBefore = async (row: number) => {
      for (; fault.done !== true && fault.value.row < row; fault = await faults.next()) {
        quarantined++;
        await take(grouper.refusal(fault.value));
      }
    };
    for await (const batch of options.batches) {
      const vectors = floatsOf(vectorOutput(schema), batch);
      for (const [place, row] of batch.rows.entries()) {
        await takeFaultsBefore(row);
        await take(grouper.result(batch, place, vectors));
      }
      rows += batch.rows.length;
      options.onProgress?.(rows, schema.rowCount);
    }
    await takeFaultsBefore(Infinity);
    await take(grouper.end());
    if (rows !== schema.rowCount)
      throw new JobError('EXPORT_FAILED', `The export has ${rows} rows, expected ${schema.rowCount}.`);
    await refused.finish();
    await answered.finish();
    const files = [answered, refused].filter((file) => file.isOpen);
    return {
      rows,
      inputRows: rows,
      quarantined: errors ? quarantined : 0,
      files: files.map(({ suffix }) => suffix),
      rowsByFile: Object.fromEntries(files.map(({ suffix, lines }) => [suffix, lines])),
      notices: noticesOf(answered.lines, refused.lines, errors),
    };
  } catch (thrown) {
    await Promise.allSettled([answered.abort(), refused.abort()]);
    throw toJobError(thrown, 'EXPORT_FAILED');
  }
}

function noticesOf(answered: number, refused: number, errors: boolean): readonly string[] {
  if (refused === 0) return [];
  const where = errors ? `the error file (${ERRORS_SUFFIX}) says why` : 'they are left out';
  const count = answered + refused;
  return [`${refused} of ${count} ${count === 1 ? 'request' : 'requests'} failed: ${where}.`];
}

function vectorOutput({ output }: ResultSchema): VectorOutput {
  if (output.kind === 'vector' && (output.element === 'float32' || output.element === 'float16'))
    return output;
  throw new JobError(
    'EXPORT_FAILED',
    'An OpenAI Batch answer holds vectors of floats, and this job has none.',
    {
      hint: 'Export them as parquet, arrow, csv or jsonl.',
    },
  );
}

function floatsOf({ element }: VectorOutput, batch: ResultBatch): Float32Array {
  const values = alignedValues(batch.values);
  return element === 'float32' ? float32s(values) : Float32Array.from(uint16s(values), float16ToNumber);
}
