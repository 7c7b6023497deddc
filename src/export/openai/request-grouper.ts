import { JobError } from '../../core/job-error.ts';
import { BATCH_COLUMNS, type RequestAnswer } from '../../core/openai/batch-columns.ts';
import type { QuarantineRecord, RowErrorCode } from '../../core/quarantine.ts';
import type { ResultBatch } from '../../core/result-schema.ts';

/** A request whose every input has a vector. */
export type AnsweredRequest = {
  readonly kind: 'answered';
  readonly customId: string;
  /** Of its first input. */
  readonly row: number;
  readonly answer: RequestAnswer;
  /** `dims` values an input, input after input. */
  readonly values: Float32Array;
  readonly tokens: number;
};

/** A request that is refused, or whose input is: as with the API, one that fails fails as a whole. */
export type RefusedRequest = {
  readonly kind: 'refused';
  /** Null where none could be read. */
  readonly customId: string | null;
  readonly row: number;
  readonly fault: QuarantineRecord;
  /** Place of the input at fault; null when it is the only one, or the request itself is at fault. */
  readonly index: number | null;
};

export type EndedRequest = AnsweredRequest | RefusedRequest;

/** What a request as a whole is refused for as it is read: such a record is all that there is of it. */
const OF_REQUESTS: ReadonlySet<RowErrorCode> = new Set([
  'ROW_NOT_JSON',
  'ROW_NOT_OBJECT',
  'ROW_BAD_UTF8',
  'ROW_TOO_LARGE',
  'ROW_ID_MISSING',
  'ROW_DUPLICATE_ID',
  'REQUEST_INVALID',
]);

/** A request of which not every row has come. */
type OpenRequest = {
  readonly row: number;
  readonly customId: string | null;
  /** Rows that have come. */
  seen: number;
  /** Null until a row with a result has come, which says how many there are. */
  answer: RequestAnswer | null;
  values: Float32Array;
  tokens: number;
  fault: { readonly record: QuarantineRecord; readonly index: number } | null;
};

/** Puts the rows of a dataset, given in input order as results and as refusals, together to requests again. */
export class RequestGrouper {
  readonly #dims: number;
  #open: OpenRequest | null = null;

  constructor(dims: number) {
    this.#dims = dims;
  }

  /** @param vectors of the whole batch. @returns the requests that this row ends. */
  result(batch: ResultBatch, place: number, vectors: Float32Array): readonly EndedRequest[] {
    const row = batch.rows[place]!;
    const read = (column: string): unknown => JSON.parse(batch.kept[column]?.[place] ?? 'null');
    const index = read(BATCH_COLUMNS.index) as number;
    const ended = this.#open?.row === row - index ? [] : this.end();
    const answer = read(BATCH_COLUMNS.request) as RequestAnswer;
    const open = (this.#open ??= opened(row - index, read(BATCH_COLUMNS.customId) as string));
    if (open.answer === null) {
      open.answer = answer;
      open.values = new Float32Array(answer.of * this.#dims);
    }
    const values = vectors.subarray(place * this.#dims, (place + 1) * this.#dims);
    open.values.set(values, index * this.#dims);
    open.tokens += batch.tokens?.[place] ?? 0;
    open.seen++;
    return [...ended, ...this.#endIfWhole()];
  }

  /** @returns the requests that this refusal ends. */
  refusal(record: QuarantineRecord): readonly EndedRequest[] {
    if (OF_REQUESTS.has(record.code)) {
      const { row, id } = record;
      return [...this.end(), { kind: 'refused', customId: id, row, fault: record, index: null }];
    }
    const ended = this.#open !== null && belongs(record, this.#open) ? [] : this.end();
    const open = (this.#open ??= opened(record.row, record.id));
    open.fault ??= { record, index: record.row - open.row };
    open.seen++;
    return [...ended, ...this.#endIfWhole()];
  }

  /** Ends the request of the last row. @throws JobError `EXPORT_FAILED` when rows of it are missing. */
  end(): readonly EndedRequest[] {
    const open = this.#open;
    this.#open = null;
    if (open === null) return [];
    const { row, customId, answer, values, tokens, fault, seen } = open;
    if (fault !== null) {
      const several = (answer?.of ?? seen) > 1 && fault.record.api?.param !== 'dimensions';
      const index = several ? fault.index : null;
      return [{ kind: 'refused', customId, row, fault: fault.record, index }];
    }
    if (answer !== null && customId !== null && seen === answer.of)
      return [{ kind: 'answered', customId, row, answer, values, tokens }];
    throw new JobError(
      'EXPORT_FAILED',
      `Request ${JSON.stringify(customId)} has ${seen} of its ${answer?.of ?? 'unknown'} inputs: it was not committed as a whole.`,
    );
  }

  #endIfWhole(): readonly EndedRequest[] {
    const open = this.#open;
    return open?.answer?.of === open?.seen && open !== null ? this.end() : [];
  }
}

function opened(row: number, customId: string | null): OpenRequest {
  return { row, customId, seen: 0, answer: null, values: new Float32Array(0), tokens: 0, fault: null };
}

function belongs(record: QuarantineRecord, open: OpenRequest): boolean {
  return record.id === open.customId && record.row === open.row + open.seen;
}
