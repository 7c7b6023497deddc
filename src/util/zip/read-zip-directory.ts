import type { ByteRange } from '../../core/byte-range.ts';
import { JobError } from '../../core/job-error.ts';

/** A file in a ZIP archive, as the archive's directory tells of it. */
export type ZipEntry = {
  readonly name: string;
  /** 0: stored, 8: deflate; others exist. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc32: number;
  readonly packedBytes: number;
  readonly byteLength: number;
  /** Offset of the entry's local header. */
  readonly headerAt: number;
};

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
/** The end record may have a comment of up to 64 KiB behind it. */
const END_BYTES = 22;
const MOST_COMMENT_BYTES = 0xffff;
/** Names of a hundred thousand files and more. */
const MOST_DIRECTORY_BYTES = 64 * 1024 * 1024;
const FULL_32 = 0xffffffff;
const FULL_16 = 0xffff;

export async function isZip(range: ByteRange, signal?: AbortSignal): Promise<boolean> {
  const head = await range.slice(0, 4, signal);
  return head.length === 4 && new DataView(head.buffer).getUint32(0, true) === LOCAL;
}

/**
 * The files of a ZIP archive, large ones (zip64) too, folders left out; in the order of the directory.
 * @throws JobError `INPUT_FORMAT` when the directory at its end is not whole.
 */
export async function readZipDirectory(range: ByteRange, signal?: AbortSignal): Promise<readonly ZipEntry[]> {
  const { entries, start, size } = await findDirectory(range, signal);
  if (size > MOST_DIRECTORY_BYTES || start + size > range.byteLength)
    throw damaged(range, 'its directory does not fit');
  const view = new DataView((await range.slice(start, start + size, signal)).buffer);
  const files: ZipEntry[] = [];
  let at = 0;
  for (let entry = 0; entry < entries; entry++) {
    if (at + 46 > size || view.getUint32(at, true) !== CENTRAL)
      throw damaged(range, `entry ${entry} of its directory is not whole`);
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    const next = at + 46 + nameBytes + extraBytes + view.getUint16(at + 32, true);
    if (next > size) throw damaged(range, `entry ${entry} of its directory is not whole`);
    const file = readEntry(view, at, nameBytes, extraBytes);
    if (!file.name.endsWith('/')) files.push(file);
    at = next;
  }
  return files;
}

/** Where the packed bytes of an entry begin. @throws JobError `INPUT_FORMAT` when they are not there. */
export async function zipDataStart(range: ByteRange, entry: ZipEntry, signal?: AbortSignal): Promise<number> {
  const header = await range.slice(entry.headerAt, entry.headerAt + 30, signal);
  const view = new DataView(header.buffer);
  if (header.length < 30 || view.getUint32(0, true) !== LOCAL)
    throw damaged(range, `${entry.name} is not where its directory says`);
  const start = entry.headerAt + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + entry.packedBytes > range.byteLength) throw damaged(range, `${entry.name} is cut short`);
  return start;
}

type Directory = { readonly entries: number; readonly start: number; readonly size: number };

async function findDirectory(range: ByteRange, signal?: AbortSignal): Promise<Directory> {
  const tailStart = Math.max(range.byteLength - END_BYTES - MOST_COMMENT_BYTES, 0);
  const view = new DataView((await range.slice(tailStart, range.byteLength, signal)).buffer);
  let end = view.byteLength - END_BYTES;
  while (end >= 0 && view.getUint32(end, true) !== END) end--;
  if (end < 0) throw damaged(range, 'it has no directory at its end');
  const directory = {
    entries: view.getUint16(end + 10, true),
    size: view.getUint32(end + 12, true),
    start: view.getUint32(end + 16, true),
  };
  const isFull = directory.entries === FULL_16 || directory.size === FULL_32 || directory.start === FULL_32;
  if (!isFull || end < 20 || view.getUint32(end - 20, true) !== LOCATOR_64) return directory;
  const at = Number(view.getBigUint64(end - 12, true));
  const record = await range.slice(at, at + 56, signal);
  const large = new DataView(record.buffer);
  if (record.length < 56 || large.getUint32(0, true) !== END_64)
    throw damaged(range, 'its zip64 directory is not there');
  return {
    entries: Number(large.getBigUint64(32, true)),
    size: Number(large.getBigUint64(40, true)),
    start: Number(large.getBigUint64(48, true)),
  };
}

function readEntry(view: DataView, at: number, nameBytes: number, extraBytes: number): ZipEntry {
  const flags = view.getUint16(at + 8, true);
  const name = new Uint8Array(view.buffer, view.byteOffset + at + 46, nameBytes);
  let packedBytes = view.getUint32(at + 20, true);
  let byteLength = view.getUint32(at + 24, true);
  let headerAt = view.getUint32(at + 42, true);
  // The zip64 extra field has those of the three that do not fit, in this order.
  const extraStart = at + 46 + nameBytes;
  for (let extra = extraStart; extra + 4 <= extraStart + extraBytes;) {
    const size = view.getUint16(extra + 2, true);
    if (view.getUint16(extra, true) === 1) {
      let field = extra + 4;
      const take = (value: number): number => {
        if (value !== FULL_32 || field + 8 > extra + 4 + size) return value;
        field += 8;
        return Number(view.getBigUint64(field - 8, true));
      };
      byteLength = take(byteLength);
      packedBytes = take(packedBytes);
      headerAt = take(headerAt);
    }
    extra += 4 + size;
  }
  return {
    name: new TextDecoder().decode(name),
    method: view.getUint16(at + 10, true),
    encrypted: (flags & 1) !== 0,
    crc32: view.getUint32(at + 16, true),
    packedBytes,
    byteLength,
    headerAt,
  };
}

function damaged(range: ByteRange, what: string): JobError {
  return new JobError('INPUT_FORMAT', `${range.name} cannot be read as a ZIP archive: ${what}.`, {
    hint: 'Copy or make the file again.',
  });
}
