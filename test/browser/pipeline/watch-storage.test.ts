import { describe, expect, onTestFinished, test } from 'vitest';
import type { JobEvent } from '../../../src/core/job-event.ts';
import { checkStorageNeed, watchStorage } from '../../../src/pipeline/watch-storage.ts';
import { appendChunks } from '../../../src/store/chunk-store.ts';
import { readJobMeta } from '../../../src/store/job-meta.ts';
import { beginTestJob, testChunk } from '../../support/test-job.ts';

/** A job of which one chunk is read: 3 rows in 300 of 10,000 bytes. */
async function begunJob() {
  const { db } = await beginTestJob();
  await appendChunks(db, 1, [testChunk(0, [0, 1, 2])]);
  return { db, ...(await readJobMeta(db))! };
}

describe('checkStorageNeed', () => {
  async function check(resultBytes: number, diskBytes: number | null): Promise<readonly JobEvent[]> {
    const job = await begunJob();
    const events: JobEvent[] = [];
    await checkStorageNeed({
      job,
      ingest: job.ingest,
      totals: job.totals,
      output: { kind: 'vector', dims: resultBytes / 4, element: 'float32' },
      resultsPerRow: 1,
      copiesInput: true,
      diskBytes,
      onEvent: (event) => events.push(event),
    });
    return events;
  }

  test('says nothing when there is room', async () => {
    expect(await check(1536, null)).toEqual([]);
    expect(await check(1536, 2 ** 30)).toEqual([]);
  });

  test('stops a job that cannot fit on the disk, with both numbers', async () => {
    await expect(check(1536, 100_000)).rejects.toThrow(
      expect.objectContaining({
        code: 'QUOTA_EXCEEDED',
        message: expect.stringMatching(/needs about 19\d KiB of storage .*, and 97\.7 KiB are free/),
      }),
    );
  });

  // 10 GiB is all that Chromium ever says.
  test('warns, and goes on, where only the browser says what is free', async () => {
    expect(await check(2 ** 30, null)).toMatchObject([
      { kind: 'notice', level: 'warning', message: expect.stringMatching(/about 110 GiB .* pauses before/) },
    ]);
  });
});

test('a write without room pauses the job, in its record too, until there is room', async () => {
  const job = await begunJob();
  const events: JobEvent[] = [];
  const { gate, close } = watchStorage(job, (event) => events.push(event));
  onTestFinished(close);
  let attempts = 0;
  const writing = gate.write(async () => {
    if (++attempts === 1) throw new DOMException('no room', 'QuotaExceededError');
  }, new AbortController().signal);
  await expect.poll(async () => (await readJobMeta(job.db))!.header.state).toBe('paused');
  await writing;
  await expect.poll(async () => (await readJobMeta(job.db))!.header.state).toBe('running');
  expect(attempts).toBe(2);
  expect(events.flatMap((event) => (event.kind === 'state' ? [event.state] : []))).toEqual([
    'paused',
    'running',
  ]);
});
