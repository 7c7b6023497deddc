import { rowInput } from '../../core/quarantine.ts';
import { clipText } from '../clip-text.ts';
import { LineCursor, reject, type ParseLine } from '../line-cursor.ts';
import type { SourceFormat } from '../source-format.ts';
import { openText } from '../text-start.ts';

/** JSON Lines: one JSON object a line. Lines of white space alone are no records. */
export const jsonl: SourceFormat = {
  name: 'jsonl',
  async open(range, options, signal) {
    const { byte, encoding } = await openText(
      range,
      options.parse.encoding,
      signal,
      options.before?.encoding,
    );
    const first = { byte, line: 1 };
    const parse = parseObject(options.columns);
    return {
      columns: null,
      first,
      facts: { encoding: encoding.name, delimiter: null, header: null },
      read: (from, readSignal, onBlock) =>
        new LineCursor(range, from.byte < byte ? first : from, encoding, parse, options, readSignal, onBlock),
    };
  },
};

/** @param valuesOf of the object; left out: the value of each wanted member, or of every one that it has */
export function parseObject(
  wanted: readonly string[] | null,
  valuesOf?: (object: Record<string, unknown>) => readonly unknown[],
): ParseLine {
  return (json, end) => {
    const { line } = end;
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch (thrown) {
      const message = `line ${line} is not JSON: ${syntaxReason(thrown)}: ${clipText(json)}`;
      return reject(end, 'ROW_NOT_JSON', message, rowInput(json));
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const is = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
      const message = `line ${line} is not a JSON object but ${is}: ${clipText(json)}`;
      return reject(end, 'ROW_NOT_OBJECT', message, rowInput(json));
    }
    const object = value as Record<string, unknown>;
    const columns = wanted ?? Object.keys(object);
    if (valuesOf !== undefined) return { kind: 'row', columns, values: valuesOf(object), json, ...end };
    const values = columns.map((column) => {
      const found = object[column];
      // `toString` and its like are names that a column may have, and that every object inherits.
      return found === undefined || Object.hasOwn(object, column) ? found : undefined;
    });
    const { byteEnd, nextLine } = end;
    return { kind: 'row', columns, values, json, byteEnd, line, nextLine };
  };
}

/** V8's reason without the parts that repeat or contradict the message around it: the text, and "line 1 column 5". */
function syntaxReason(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const reason = message
    .replace(/ \(line \d+ column \d+\)$/, '')
    .replace(
      /(?: in JSON)? at position (\d+)$/,
      (_, position: string) => ` at character ${Number(position) + 1}`,
    )
    .replace(/,? (?:\.\.\.)?"[^]*" ?(?:\.\.\. )?is not valid JSON$/, '')
    .replace(/, (?:\.\.\.)?"[^]*$/, '');
  return reason.startsWith('"') ? 'it is no JSON value' : reason;
}
