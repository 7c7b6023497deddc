import { BATCH_COLUMNS, type RequestAnswer } from '../../core/openai/batch-columns.ts';
import { encodeRequestInput } from '../../core/openai/request-input.ts';
import { rowInput } from '../../core/quarantine.ts';
import type { LineCursor } from '../line-cursor.ts';
import type { RecordCursor, SourceRecord, SourceReject, SourceRow } from '../source-format.ts';
import { parseBatchRequest, type BatchRequest } from './batch-request.ts';
import { RequestFault } from './request-fault.ts';

/** A line that is no request at all, as the API says it. */
const NOT_JSON = { code: 'invalid_json_line', param: null };

/** The inputs of batch requests, one row each; a request that is refused is one reject. */
export class RequestCursor implements RecordCursor {
  readonly #lines: LineCursor;
  readonly #columns: readonly string[];
  readonly #model: string | null;
  /** Rows of the last request, the next one last. */
  #rows: SourceRow[] = [];

  /**
   * @param lines each of which is a row with the request as its one value
   * @param model that every request must name; null: any
   */
  constructor(lines: LineCursor, columns: readonly string[], model: string | null) {
    this.#lines = lines;
    this.#columns = columns;
    this.#model = model;
  }

  get line(): number {
    return this.#lines.line;
  }

  next(): SourceRecord | null {
    const row = this.#rows.pop();
    if (row !== undefined) return row;
    const record = this.#lines.next();
    if (record === null) return null;
    if (record.kind === 'reject') return { ...record, api: NOT_JSON };
    try {
      const request = parseBatchRequest(record.values[0] as Record<string, unknown>, this.#model);
      this.#rows = this.#rowsOf(request, record);
    } catch (thrown) {
      if (!(thrown instanceof RequestFault)) throw thrown;
      return refused(record, thrown);
    }
    return this.#rows.pop()!;
  }

  fill(): Promise<boolean> {
    return this.#lines.fill();
  }

  #rowsOf(request: BatchRequest, { json, byteEnd, line, nextLine }: SourceRow): SourceRow[] {
    const { customId, inputs, dimensions, base64, model } = request;
    const answer: RequestAnswer = { of: inputs.length, dimensions, base64 };
    const values: Record<string, unknown> = {
      [BATCH_COLUMNS.customId]: customId,
      [BATCH_COLUMNS.request]: answer,
      [BATCH_COLUMNS.dimensions]: dimensions ?? undefined,
      [BATCH_COLUMNS.encodingFormat]: base64 ? 'base64' : undefined,
      [BATCH_COLUMNS.model]: model,
    };
    const rows = inputs.map((value, index): SourceRow => {
      const own: Record<string, unknown> = {
        ...values,
        [BATCH_COLUMNS.index]: index,
        [BATCH_COLUMNS.text]: typeof value === 'string' ? value : undefined,
        [BATCH_COLUMNS.tokens]: typeof value === 'string' ? undefined : value,
        [BATCH_COLUMNS.input]: encodeRequestInput({ value, dimensions }),
      };
      return {
        kind: 'row',
        columns: this.#columns,
        values: this.#columns.map((column) => (Object.hasOwn(own, column) ? own[column] : undefined)),
        // Of what a request is refused for as a whole; looked through for every kept value, so of no other row.
        json: index === 0 ? json : null,
        byteEnd,
        line,
        nextLine,
        ...(index > 0 ? { follows: true } : {}),
      };
    });
    return rows.reverse();
  }
}

function refused({ json, byteEnd, line, nextLine }: SourceRow, fault: RequestFault): SourceReject {
  return {
    kind: 'reject',
    code: fault.code,
    message: `line ${line}: ${fault.message}`,
    input: json === null ? null : rowInput(json),
    id: fault.customId,
    api: fault.api,
    byteEnd,
    line,
    nextLine,
  };
}
