import type { ByteRange } from '../../core/byte-range.ts';
import { JobError } from '../../core/job-error.ts';
import { fieldAt } from './flatbuffer-field.ts';

const CONTINUATION = 0xffffffff;
/** `MessageHeader` of Arrow's Message.fbs. */
const KINDS = ['none', 'schema', 'dictionary', 'records'] as const;
/** A batch is read in one piece. */
const MOST_BYTES = 1024 * 1024 * 1024;

/** An encapsulated message of Arrow's IPC format: where it lies, its metadata and its body together. */
export type ArrowMessage = {
  readonly kind: 'schema' | 'dictionary' | 'records' | 'other';
  readonly start: number;
  readonly end: number;
  /** Rows of a record batch. */
  readonly rows: number;
};

/**
 * The messages of an IPC stream, or of a file, which has the same messages behind 8 bytes of its own. Reads only their
 * metadata. @throws JobError `INPUT_FORMAT` for what is damaged, cut short, or no Arrow.
 */
export async function arrowMessages(range: ByteRange, signal: AbortSignal): Promise<readonly ArrowMessage[]> {
  const head = await range.slice(0, 8, signal);
  const text = String.fromCharCode(...head);
  if (text.startsWith('FEA1'))
    throw new JobError('INPUT_FORMAT', `${range.name} is Feather of version 1.`, {
      hint: 'Write it as version 2: pyarrow.feather.write_feather(…, version=2).',
    });
  const isFile = text.startsWith('ARROW1');
  const messages: ArrowMessage[] = [];
  for (let at = isFile ? 8 : 0; at + 4 <= range.byteLength;) {
    const prefix = await range.slice(at, at + 8, signal);
    const view = new DataView(prefix.buffer, 0, prefix.length);
    // Before version 0.15 there was no continuation mark.
    const isMarked = view.getUint32(0, true) === CONTINUATION;
    if (isMarked && prefix.length < 8) throw cutShort(range, messages);
    const size = view.getUint32(isMarked ? 4 : 0, true);
    if (size === 0) return messages;
    const from = at + (isMarked ? 8 : 4);
    if (messages.length === 0 && (size > range.byteLength || (!isMarked && size > 64 * 1024 * 1024)))
      throw new JobError('INPUT_FORMAT', `${range.name} is not an Arrow file: it does not begin like one.`);
    if (from + size > range.byteLength) throw cutShort(range, messages);
    const message = readMetadata(await range.slice(from, from + size, signal), range);
    const end = from + size + message.bodyBytes;
    if (end > range.byteLength) throw cutShort(range, messages);
    if (message.bodyBytes > MOST_BYTES)
      throw new JobError('INPUT_FORMAT', `${range.name} has a record batch of more than 1 GiB.`, {
        hint: 'Write it again with smaller batches.',
      });
    messages.push({ kind: message.kind, start: at, end, rows: message.rows });
    at = end;
  }
  // A file has a footer behind its messages; a stream may just end.
  if (isFile || messages.length === 0) throw cutShort(range, messages);
  return messages;
}

function cutShort(range: ByteRange, messages: readonly ArrowMessage[]): JobError {
  const batches = messages.filter(({ kind }) => kind === 'records').length;
  return new JobError(
    'INPUT_FORMAT',
    `${range.name} is cut short: it ends within a message, behind ${batches} whole record ${batches === 1 ? 'batch' : 'batches'}.`,
    { hint: 'Copy or make the file again.' },
  );
}

type Metadata = Pick<ArrowMessage, 'kind' | 'rows'> & { readonly bodyBytes: number };

/** The few fields of `Message` and `RecordBatch` that say where things are (FlatBuffers, Message.fbs). */
function readMetadata(bytes: Uint8Array<ArrayBuffer>, range: ByteRange): Metadata {
  try {
    const view = new DataView(bytes.buffer);
    const message = view.getUint32(0, true);
    const kindAt = fieldAt(view, message, 1);
    const bodyAt = fieldAt(view, message, 3);
    const kind = KINDS[kindAt === null ? 0 : view.getUint8(kindAt)] ?? 'none';
    const bodyBytes = bodyAt === null ? 0 : Number(view.getBigInt64(bodyAt, true));
    const headerAt = fieldAt(view, message, 2);
    const header = headerAt === null ? null : headerAt + view.getUint32(headerAt, true);
    const rowsAt = kind === 'records' && header !== null ? fieldAt(view, header, 0) : null;
    const rows = rowsAt === null ? 0 : Number(view.getBigInt64(rowsAt, true));
    if (bodyBytes < 0 || rows < 0) throw new RangeError('a negative size');
    return { kind: kind === 'none' ? 'other' : kind, rows, bodyBytes };
  } catch (cause) {
    throw new JobError(
      'INPUT_FORMAT',
      `${range.name} is not an Arrow file, or damaged: a message has no metadata.`,
      {
        cause,
      },
    );
  }
}
