import type { ByteRange } from '../core/byte-range.ts';
import { JobError } from '../core/job-error.ts';
import type { InputEncoding } from '../core/input-format.ts';
import { guessEncoding } from './guess-encoding.ts';
import { encodingNamed, type TextEncoding } from './text-encoding.ts';

/** What is guessed is guessed from so many bytes of the start, however the source is read. */
const SAMPLE_BYTES = 64 * 1024;

/** What files that are no text begin with, and what to tell their owner. */
const NOT_TEXT: readonly { readonly magic: readonly number[]; readonly is: string; readonly hint: string }[] =
  [
    { magic: [0xff, 0xfe, 0, 0], is: 'UTF-32 text', hint: 'Save it as UTF-8.' },
    { magic: [0x1f, 0x8b], is: 'compressed with gzip', hint: 'Unpack it first.' },
    { magic: [0x28, 0xb5, 0x2f, 0xfd], is: 'compressed with Zstandard', hint: 'Unpack it first.' },
    {
      magic: [0x50, 0x4b, 0x03, 0x04],
      is: 'a ZIP archive or a spreadsheet',
      hint: 'Unpack it, or export it as CSV.',
    },
    { magic: [0x50, 0x41, 0x52, 0x31], is: 'a Parquet file', hint: 'Export it as JSONL or CSV.' },
  ];

const BYTE_ORDER_MARKS: readonly { readonly mark: readonly number[]; readonly encoding: InputEncoding }[] = [
  { mark: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
];

/** Where a text begins, and how to read it. */
export type TextStart = {
  /** Offset of the first character: behind the byte order mark if there is one. */
  readonly byte: number;
  readonly encoding: TextEncoding;
  /** The first characters, for guessing more; ends anywhere. */
  readonly sample: string;
  /** True when the sample is the whole text. */
  readonly whole: boolean;
};

/**
 * @param given the encoding as the user says it; left out: by the byte order mark, else as the bytes look
 * @param before the one in which the file was read before it was mended
 * @throws JobError `INPUT_EMPTY` for no bytes, `INPUT_FORMAT` for what is plainly no text, or not of the encoding given.
 */
export async function openText(
  range: ByteRange,
  given: InputEncoding | undefined,
  signal: AbortSignal,
  before: InputEncoding | null = null,
): Promise<TextStart> {
  if (range.byteLength === 0) throw new JobError('INPUT_EMPTY', `${range.name} is empty: it has no bytes.`);
  const head = await range.slice(0, SAMPLE_BYTES, signal);
  // What is compressed tells its length only at its end.
  if (head.length === 0) throw new JobError('INPUT_EMPTY', `${range.name} is empty: it has no bytes.`);
  for (const { magic, is, hint } of NOT_TEXT) {
    if (startsWith(head, magic))
      throw new JobError('INPUT_FORMAT', `${range.name} is not text: it is ${is}.`, { hint });
  }
  const whole = head.length < SAMPLE_BYTES;
  const marked = BYTE_ORDER_MARKS.find(({ mark }) => startsWith(head, mark)) ?? null;
  // The marks of UTF-16 are letters in Windows-1252, and no text at all in UTF-8.
  if (marked !== null && given !== undefined && given !== marked.encoding) {
    throw new JobError(
      'INPUT_FORMAT',
      `${range.name} begins with the byte order mark of ${encodingNamed(marked.encoding).label}, and --encoding says ${given}.`,
      { hint: 'Leave out --encoding.' },
    );
  }
  const encoding = encodingNamed(marked?.encoding ?? given ?? guessEncoding(head, whole, before));
  const byte = marked?.mark.length ?? 0;
  return { byte, encoding, sample: encoding.decode(head.subarray(byte)).text, whole };
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}
