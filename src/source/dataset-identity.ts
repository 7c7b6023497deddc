import type { ByteRange } from '../core/byte-range.ts';
import { Sha256Stream } from '../util/sha256-stream.ts';
import { sha256Hex } from '../util/sha256.ts';

const SAMPLE_BYTES = 1024 * 1024;
/** Of each of several files, whose contents are compared in full as far as they are read. */
const SAMPLE_BYTES_OF_MANY = 64 * 1024;
/** Beyond so many files their names and lengths have to do. */
const MOST_SAMPLED = 1000;

/**
 * What tells one dataset from another without reading all of it: number and length of its files, and hashes of their first
 * and last bytes; of several files their names and lengths are part of the hashes.
 */
export type DatasetIdentity = {
  readonly files: number;
  readonly byteLength: number;
  readonly headSha256: string;
  readonly tailSha256: string;
};

export async function datasetIdentity(
  files: readonly ByteRange[],
  signal?: AbortSignal,
): Promise<DatasetIdentity> {
  const [first] = files;
  if (first !== undefined && files.length === 1)
    return { files: 1, byteLength: first.byteLength, ...(await sampled(first, SAMPLE_BYTES, signal)) };
  const heads = new Sha256Stream();
  const tails = new Sha256Stream();
  let byteLength = 0;
  for (const file of files) {
    const sample =
      files.length <= MOST_SAMPLED ? await sampled(file, SAMPLE_BYTES_OF_MANY, signal) : NOT_SAMPLED;
    byteLength += file.byteLength;
    heads.update(line(file.name, file.byteLength, sample.headSha256));
    tails.update(line(file.name, file.byteLength, sample.tailSha256));
  }
  return { files: files.length, byteLength, headSha256: heads.finishHex(), tailSha256: tails.finishHex() };
}

type Sample = { readonly headSha256: string; readonly tailSha256: string };

const NOT_SAMPLED: Sample = { headSha256: '', tailSha256: '' };

async function sampled(range: ByteRange, bytes: number, signal?: AbortSignal): Promise<Sample> {
  const { byteLength } = range;
  const [head, tail] = await Promise.all([
    range.slice(0, Math.min(bytes, byteLength), signal),
    range.slice(Math.max(byteLength - bytes, 0), byteLength, signal),
  ]);
  const [headSha256, tailSha256] = await Promise.all([sha256Hex(head), sha256Hex(tail)]);
  return { headSha256, tailSha256 };
}

function line(...parts: readonly (string | number)[]): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(parts)}\n`);
}
