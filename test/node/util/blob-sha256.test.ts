import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { blobSha256 } from '../../../src/util/blob-sha256.ts';

const MIB = 2 ** 20;

test.each([
  ['nothing', 0],
  ['a blob that is hashed at once', 3 * MIB + 5],
  ['a blob that is hashed in pieces', 129 * MIB + 7],
])('is that of the platform: %s', async (_name, size) => {
  const bytes = new Uint8Array(size).map((_, index) => (index * 31) & 255);
  let alive = 0;
  const sha256 = await blobSha256(new Blob([bytes]), () => alive++);
  expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(alive > 0).toBe(size > 128 * MIB);
});
