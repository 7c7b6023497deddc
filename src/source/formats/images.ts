import { IMAGE_COLUMN, PATH_COLUMN } from '../../core/input-format.ts';
import { columnsInput } from '../../core/quarantine.ts';
import { readImageHeader } from '../../util/image/read-image-header.ts';
import { FilesCursor, type FileToRecord } from '../files-cursor.ts';
import { imageFault } from '../image-fault.ts';
import { JoinedRange } from '../join-files.ts';
import type { SourceFormat } from '../source-format.ts';

/** What can be told of a picture in a table. */
const SHOWN = [PATH_COLUMN, 'bytes', 'format', 'width', 'height'];

/**
 * A folder of pictures: a file a row. The columns are its `path`, its length in `bytes`, what it is by its first bytes (`format`)
 * and says of its size (`width` and `height` in pixels, as stored), and the `image` itself, which only a task reads.
 */
export const images: SourceFormat = {
  name: 'images',
  async open(range, options) {
    if (!(range instanceof JoinedRange))
      throw new TypeError('images: expected the files of a dataset as one');
    const rules = { toRecord: imageRecord(options.columns ?? SHOWN), damaged: 'ROW_BAD_IMAGE' as const };
    return {
      columns: options.columns === null ? SHOWN : [...SHOWN, IMAGE_COLUMN],
      first: { byte: 0, line: 1 },
      facts: { encoding: null, delimiter: null, header: null },
      read: (from, signal, onBlock) => new FilesCursor(range, from, options, rules, signal, onBlock),
    };
  },
};

function imageRecord(columns: readonly string[]): FileToRecord {
  return async (name, bytes, end) => {
    const header = readImageHeader(bytes);
    const fault = imageFault(name, header);
    if (fault !== null || typeof header === 'string')
      return {
        kind: 'reject',
        ...fault!,
        input: columnsInput([[PATH_COLUMN, JSON.stringify(name)]]),
        ...end,
      };
    const { kind: format, width, height } = header;
    const facts: Readonly<Record<string, unknown>> = {
      [PATH_COLUMN]: name,
      [IMAGE_COLUMN]: bytes,
      bytes: bytes.length,
      format,
      width,
      height,
    };
    const values = columns.map((column) => facts[column]);
    return { kind: 'row', columns, values, json: null, place: name, ...end };
  };
}
