import { describe, expect, it } from 'vitest';
import { datasetIdentity } from '../../../src/source/dataset-identity.ts';
import { verifyChunkSource } from '../../../src/source/verify-source.ts';
import { sha256Hex } from '../../../src/util/sha256.ts';
import { optionsFor, rangeOf, readAll } from './read-source.ts';

const file = Array.from({ length: 10 }, (_, i) => `{"text":"row number ${i}"}\n`).join('');
const signal = new AbortController().signal;
const chunks = () => readAll(rangeOf(file, 'rows.jsonl'), optionsFor('jsonl', { limits: { maxRows: 3 } }));

describe('verifyChunkSource', () => {
  it('passes over an unchanged source and tells how far it is', async () => {
    const progress: number[][] = [];
    await verifyChunkSource(rangeOf(file), await chunks(), signal, (done, total) =>
      progress.push([done, total]),
    );
    expect(progress.map(([done]) => done)).toEqual([72, 144, 216, 240]);
    expect(new Set(progress.map(([, total]) => total))).toEqual(new Set([240]));
  });

  it('names the rows that differ', async () => {
    const changed = file.replace('number 4', 'number X');
    await expect(
      verifyChunkSource(rangeOf(changed, 'rows.jsonl'), await chunks(), signal),
    ).rejects.toMatchObject({
      code: 'INPUT_CHANGED',
      message:
        'rows.jsonl has changed since this job read it: rows 3 to 5 (from line 4, bytes 72 to 143): their text is not what it was.',
      details: { firstRow: 3, lastRow: 5 },
    });
  });

  it('compares only the chunks it is given', async () => {
    const changed = file.replace('number 4', 'number X');
    const [first, , third, fourth] = await chunks();
    await expect(
      verifyChunkSource(rangeOf(changed), [first!, third!, fourth!], signal),
    ).resolves.toBeUndefined();
  });

  it('notices a source that became shorter', async () => {
    await expect(verifyChunkSource(rangeOf(file.slice(0, -5)), await chunks(), signal)).rejects.toMatchObject(
      {
        code: 'INPUT_CHANGED',
        details: { firstRow: 9, lastRow: 9 },
      },
    );
  });

  it('stops on abort', async () => {
    await expect(verifyChunkSource(rangeOf(file), await chunks(), AbortSignal.abort())).rejects.toMatchObject(
      {
        name: 'AbortError',
      },
    );
  });
});

describe('datasetIdentity', () => {
  it('hashes the first and the last MiB', async () => {
    const bytes = Uint8Array.from({ length: 3 * 1024 * 1024 }, (_, i) => i % 251);
    expect(await datasetIdentity([rangeOf(bytes)])).toEqual({
      files: 1,
      byteLength: bytes.length,
      headSha256: await sha256Hex(bytes.slice(0, 1024 * 1024)),
      tailSha256: await sha256Hex(bytes.slice(2 * 1024 * 1024)),
    });
  });

  it('takes a short file whole, twice', async () => {
    const { headSha256, tailSha256 } = await datasetIdentity([rangeOf('ab')]);
    expect(headSha256).toBe(await sha256Hex(new TextEncoder().encode('ab')));
    expect(tailSha256).toBe(headSha256);
  });
});
