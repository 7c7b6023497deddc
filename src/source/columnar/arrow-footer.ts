import type { ByteRange } from '../../core/byte-range.ts';
import { JobError } from '../../core/job-error.ts';
import { fieldAt } from './flatbuffer-field.ts';

/** Bytes of a message in front of the footer that it wraps. */
const WRAPPED_AT = 40;

/**
 * The schema of an Arrow file as a message, out of its footer: apache-arrow writes files without a schema message in
 * front. The footer is taken as it is, with a `Message` table around its `Schema` (File.fbs, Message.fbs): offsets in a
 * FlatBuffer are relative.
 * @throws JobError `INPUT_FORMAT` when there is no footer.
 */
export async function footerSchema(range: ByteRange, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const { byteLength, name } = range;
  const tail = await range.slice(Math.max(byteLength - 10, 0), byteLength, signal);
  const size = tail.length < 10 ? 0 : new DataView(tail.buffer).getInt32(0, true);
  if (size <= 0 || size > byteLength || String.fromCharCode(...tail.subarray(4)) !== 'ARROW1')
    throw new JobError(
      'INPUT_FORMAT',
      `${name} is cut short: an Arrow file ends with ARROW1, and this one does not.`,
      {
        hint: 'Copy or make the file again.',
      },
    );
  const footer = await range.slice(byteLength - 10 - size, byteLength - 10, signal);
  const view = new DataView(footer.buffer);
  const table = view.getUint32(0, true);
  const versionAt = fieldAt(view, table, 0);
  const schemaAt = fieldAt(view, table, 1);
  if (schemaAt === null) throw new JobError('INPUT_FORMAT', `${name} has no schema in its footer.`);
  const schema = schemaAt + view.getUint32(schemaAt, true);
  const metadataBytes = Math.ceil((WRAPPED_AT + size) / 8) * 8;
  const message = new Uint8Array(8 + metadataBytes);
  message.set(footer, 8 + WRAPPED_AT);
  const out = new DataView(message.buffer);
  out.setUint32(0, 0xffffffff, true);
  out.setUint32(4, metadataBytes, true);
  // Root table at 16; its vtable at 4: size, size of the table, places of version, header type, header and body length.
  out.setUint32(8, 16, true);
  for (const [index, value] of [12, 24, 4, 6, 8, 16].entries()) out.setUint16(12 + 2 * index, value, true);
  out.setInt32(8 + 16, 12, true);
  out.setInt16(8 + 20, versionAt === null ? 0 : view.getInt16(versionAt, true), true);
  out.setUint8(8 + 22, 1);
  out.setUint32(8 + 24, WRAPPED_AT + schema - 24, true);
  return message;
}
