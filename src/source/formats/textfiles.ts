import { JobError } from '../../core/job-error.ts';
import { memoryByteRange } from '../../util/byte-range/memory-byte-range.ts';
import { FilesCursor, type FileRules } from '../files-cursor.ts';
import { JoinedRange } from '../join-files.ts';
import type { FormatOptions, SourceFormat } from '../source-format.ts';
import { openText } from '../text-start.ts';

const COLUMNS = ['path', 'text'];

/** A folder of text files: a file a row, with the columns `path` and `text`. Each file has an encoding of its own. */
export const textfiles: SourceFormat = {
  name: 'textfiles',
  async open(range, options) {
    if (!(range instanceof JoinedRange))
      throw new TypeError('textfiles: expected the files of a dataset as one');
    return {
      columns: COLUMNS,
      first: { byte: 0, line: 1 },
      facts: { encoding: options.parse.encoding ?? null, delimiter: null, header: null },
      read: (from, signal, onBlock) =>
        new FilesCursor(range, from, options, textRules(options, signal), signal, onBlock),
    };
  },
};

function textRules({ columns, parse }: FormatOptions, signal: AbortSignal): FileRules {
  const wanted = columns ?? COLUMNS;
  const toRecord: FileRules['toRecord'] = async (name, bytes, end) => {
    let text = '';
    try {
      if (bytes.length > 0) {
        const start = await openText(memoryByteRange(name, bytes), parse.encoding, signal);
        const decoded = start.encoding.decode(bytes.subarray(start.byte));
        if (!decoded.valid)
          throw new JobError('INPUT_FORMAT', `${name} is not valid ${start.encoding.label}.`);
        ({ text } = decoded);
      }
    } catch (thrown) {
      if (!(thrown instanceof JobError) || thrown.code !== 'INPUT_FORMAT') throw thrown;
      const message = thrown.message.replace(/\.$/, '');
      return { kind: 'reject', code: 'ROW_BAD_UTF8', message, input: null, ...end };
    }
    const values = wanted.map((column) => (column === 'path' ? name : column === 'text' ? text : undefined));
    return { kind: 'row', columns: wanted, values, json: null, place: name, ...end };
  };
  return { toRecord, damaged: null };
}
