import { LineCursor } from '../line-cursor.ts';
import type { SourceFormat } from '../source-format.ts';
import { openText } from '../text-start.ts';

/** The one column of a text file. */
const COLUMNS = ['text'];

/** Plain text: a line a row, in the column `text`. Lines of white space alone are no records. */
export const text: SourceFormat = {
  name: 'text',
  async open(range, options, signal) {
    const { byte, encoding } = await openText(
      range,
      options.parse.encoding,
      signal,
      options.before?.encoding,
    );
    const first = { byte, line: 1 };
    const columns = options.columns ?? COLUMNS;
    const isText = columns.map((column) => column === 'text');
    return {
      columns: COLUMNS,
      first,
      facts: { encoding: encoding.name, delimiter: null, header: null },
      read: (from, readSignal, onBlock) =>
        new LineCursor(
          range,
          from.byte < byte ? first : from,
          encoding,
          (line, end) => {
            const row = line.endsWith('\r') ? line.slice(0, -1) : line;
            const values = isText.map((is) => (is ? row : undefined));
            const { byteEnd, nextLine } = end;
            return { kind: 'row', columns, values, json: null, byteEnd, line: end.line, nextLine };
          },
          options,
          readSignal,
          onBlock,
          isText,
        ),
    };
  },
};
