import type { ByteRange } from '../../core/byte-range.ts';
import { SHOWN_BATCH_COLUMNS } from '../../core/openai/batch-columns.ts';
import { LineCursor } from '../line-cursor.ts';
import { RequestCursor } from '../openai/request-cursor.ts';
import type { FormatOptions, RecordPosition, SourceFormat } from '../source-format.ts';
import type { TextEncoding } from '../text-encoding.ts';
import { openText } from '../text-start.ts';
import { parseObject } from './jsonl.ts';

/** Where the model that a file's requests name is looked for. */
const LINES_LOOKED_AT = 100;

const parseRequest = parseObject(['body'], (object) => [object]);

/** OpenAI Batch request files: JSON Lines, one request a line, whose inputs are a row each. */
export const openai: SourceFormat = {
  name: 'openai',
  async open(range, options, signal) {
    const { byte, encoding } = await openText(
      range,
      options.parse.encoding,
      signal,
      options.before?.encoding,
    );
    const first = { byte, line: 1 };
    const model = await modelNamed(range, first, encoding, options, signal);
    const columns = options.columns ?? SHOWN_BATCH_COLUMNS;
    return {
      // Those that are wanted exist, whatever the requests are.
      columns,
      first,
      facts: { encoding: encoding.name, delimiter: null, header: null },
      read: (from, readSignal, onBlock) =>
        new RequestCursor(
          new LineCursor(
            range,
            from.byte < byte ? first : from,
            encoding,
            parseRequest,
            options,
            readSignal,
            onBlock,
          ),
          columns,
          model,
        ),
    };
  },
};

/** The first model that a request of the file names: a batch is for one. */
async function modelNamed(
  range: ByteRange,
  first: RecordPosition,
  encoding: TextEncoding,
  options: FormatOptions,
  signal: AbortSignal,
): Promise<string | null> {
  const closing = new AbortController();
  const reading = AbortSignal.any([signal, closing.signal]);
  try {
    const lines = new LineCursor(range, first, encoding, parseRequest, options, reading);
    for (let looked = 0; looked < LINES_LOOKED_AT; looked++) {
      let record = lines.next();
      while (record === null) {
        if (!(await lines.fill())) return null;
        record = lines.next();
      }
      const model = record.kind === 'row' ? modelOf(record.values[0]) : null;
      if (model !== null) return model;
    }
    return null;
  } finally {
    closing.abort();
  }
}

function modelOf(request: unknown): string | null {
  const { body } = request as { readonly body?: unknown };
  if (typeof body !== 'object' || body === null || !('model' in body)) return null;
  return typeof body.model === 'string' && body.model !== '' ? body.model : null;
}
