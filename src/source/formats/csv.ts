import type { InputFormat } from '../../core/input-format.ts';
import { guessDelimiter } from '../guess-delimiter.ts';
import type { SourceFormat } from '../source-format.ts';
import { openText } from '../text-start.ts';
import { CsvCursor } from './csv-cursor.ts';
import { readCsvColumns } from './read-csv-header.ts';

/**
 * CSV by RFC 4180, with a header line or without. Every value is a string, an empty field the empty string. Empty lines
 * are no records. A record with more or fewer fields than the first is set aside, not padded: its values may stand under
 * the wrong names. Delimiter and header are read from the start of the file wherever reading goes on.
 */
export const csv: SourceFormat = csvFormat('csv', null);

/** The same with tabs. */
export const tsv: SourceFormat = csvFormat('tsv', '\t');

function csvFormat(name: InputFormat, usual: string | null): SourceFormat {
  return {
    name,
    async open(range, options, signal) {
      const { parse, before } = options;
      const start = await openText(range, parse.encoding, signal, before?.encoding);
      const from = { byte: start.byte, line: 1 };
      const header = parse.header ?? true;
      const dividedBy = async (delimiter: string) => {
        const dialect = { delimiter, encoding: start.encoding };
        return { dialect, ...(await readCsvColumns(range, from, header, dialect, options, signal)) };
      };
      const given = parse.delimiter ?? usual;
      const asBefore =
        given === null && typeof before?.delimiter === 'string'
          ? await dividedBy(before.delimiter).catch(() => null)
          : null;
      const fits = options.columns?.every((column) => asBefore?.columns.includes(column)) ?? true;
      const { dialect, columns, first } =
        asBefore !== null && fits
          ? asBefore
          : await dividedBy(given ?? guessDelimiter(start.sample, start.whole));
      return {
        columns,
        first,
        facts: { encoding: start.encoding.name, delimiter: dialect.delimiter, header },
        read: (at, readSignal, onBlock) =>
          new CsvCursor(
            range,
            at.byte < first.byte ? first : at,
            columns,
            dialect,
            options,
            readSignal,
            onBlock,
          ),
      };
    },
  };
}
