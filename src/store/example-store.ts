import { HASH_WORDS } from '../core/example-hash.ts';
import { JobError } from '../core/job-error.ts';
import { crc32 } from '../util/crc32.ts';
import type { StoredExamples } from './job-schema.ts';
import type { JobDatabase } from './open-job-database.ts';
import { sealHolds } from './seal.ts';

/**
 * Examples of one record: 40 KB, as Chromium keeps values of more than 64 KiB in files of their own, which a power cut may take
 * and leave the record.
 */
const EXAMPLES_A_RECORD = 2048;

/** Examples of a window: of each the hash and the first row. */
type Examples = Pick<StoredExamples, 'rows' | 'hashes'>;

/** The records of what a window is the first to have. */
export function examplesToStore(window: number, { rows, hashes }: Examples): StoredExamples[] {
  return Array.from({ length: Math.ceil(rows.length / EXAMPLES_A_RECORD) }, (_, part) => {
    const [from, to] = [part * EXAMPLES_A_RECORD, (part + 1) * EXAMPLES_A_RECORD];
    const own = { rows: rows.slice(from, to), hashes: hashes.slice(from * HASH_WORDS, to * HASH_WORDS) };
    return { window, part, ...own, crc: crcOf(own) };
  });
}

/** @throws JobError `STORE_CORRUPT` when they are not as many as the window's record says, or not what was stored. */
export async function readExamples(db: JobDatabase, window: number, count: number): Promise<Examples> {
  const range = IDBKeyRange.bound([window, 0], [window, Number.MAX_SAFE_INTEGER]);
  const records = await db.getAll('examples', range);
  const sound = records.every((record) => sealHolds(record) && crcOf(record) === record.crc);
  const stored = records.reduce((sum, { rows }) => sum + rows.length, 0);
  if (!sound || stored !== count) {
    const what = sound ? `${count - stored} hashes are gone` : 'its hashes do not match their checksum';
    throw new JobError(
      'STORE_CORRUPT',
      `What is stored of the job is damaged: which texts window ${window} was the first to have; ${what}.`,
      { hint: 'It cannot be put right: remove the job and run it again.' },
    );
  }
  const rows = new Uint32Array(count);
  const hashes = new Uint32Array(count * HASH_WORDS);
  let at = 0;
  for (const record of records) {
    rows.set(record.rows, at);
    hashes.set(record.hashes, at * HASH_WORDS);
    at += record.rows.length;
  }
  return { rows, hashes };
}

function crcOf({ rows, hashes }: Examples): number {
  const bytes = new Uint8Array(rows.byteLength + hashes.byteLength);
  bytes.set(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
  bytes.set(new Uint8Array(hashes.buffer, hashes.byteOffset, hashes.byteLength), rows.byteLength);
  return crc32(bytes);
}
