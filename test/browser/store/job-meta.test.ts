import { describe, expect, onTestFinished, test } from 'vitest';
import { beginJob, claimJob, readJobMeta, updateHeader } from '../../../src/store/job-meta.ts';
import { NO_TOTALS } from '../../../src/store/job-schema.ts';
import { openJobDatabase } from '../../../src/store/open-job-database.ts';
import { beginTestJob, testHeader, testJobId } from '../../support/test-job.ts';

async function openFresh() {
  const id = testJobId();
  const db = await openJobDatabase(id);
  onTestFinished(() => db.close());
  return { id, db };
}

describe('beginJob', () => {
  test('records a job that has read and done nothing', async () => {
    const { id, db } = await openFresh();
    expect(await readJobMeta(db)).toBeNull();
    await beginJob(db, testHeader(id), 777);
    expect(await readJobMeta(db)).toEqual({
      header: testHeader(id),
      ingest: {
        next: { chunk: 0, row: 0, byte: 0, line: 1 },
        complete: false,
        rows: 0,
        rejects: 0,
        bytesTotal: 777,
        kinds: {},
      },
      totals: NO_TOTALS,
    });
  });

  test('refuses a second job of that name, and leaves the first as it is', async () => {
    const { id, db } = await beginTestJob();
    const before = await readJobMeta(db);
    const again = beginJob(db, testHeader(id, { createdAt: 99 }), 1);
    await expect(again).rejects.toThrow(expect.objectContaining({ code: 'STATE_BUSY' }));
    expect(await readJobMeta(db)).toEqual(before);
  });
});

describe('claimJob', () => {
  test('gives each owner the next epoch and shuts out the one before', async () => {
    const { id, db } = await beginTestJob();
    expect((await claimJob(db)).epoch).toBe(2);
    expect((await claimJob(db)).epoch).toBe(3);
    const stale = updateHeader(db, 2, { state: 'running' });
    await expect(stale).rejects.toThrow(expect.objectContaining({ code: 'STATE_BUSY' }));
    expect((await readJobMeta(db))!.header).toEqual(testHeader(id, { epoch: 3 }));
  });

  test('says so when the state is gone', async () => {
    const { db } = await openFresh();
    await expect(claimJob(db)).rejects.toThrow(expect.objectContaining({ code: 'STATE_LOST' }));
    await expect(updateHeader(db, 1, {})).rejects.toThrow(expect.objectContaining({ code: 'STATE_LOST' }));
  });
});

describe('updateHeader', () => {
  test('changes what it is told and keeps the rest', async () => {
    const { id, db } = await beginTestJob();
    const changed = testHeader(id, { state: 'failed', error: 'INTERNAL: oh', updatedAt: 50 });
    expect(await updateHeader(db, 1, { state: 'failed', error: 'INTERNAL: oh', updatedAt: 50 })).toEqual(
      changed,
    );
    expect((await readJobMeta(db))!.header).toEqual(changed);
  });
});

test.each(['header', 'ingest', 'totals'] as const)('a changed %s is refused', async (name) => {
  const { db } = await beginTestJob();
  const changes = { header: { dims: 3 }, ingest: { rows: 1 }, totals: { batches: 1 } };
  await db.put('meta', { ...(await db.get('meta', name))!, ...changes[name] }, name);
  await expect(readJobMeta(db)).rejects.toThrow(
    expect.objectContaining({ code: 'STORE_CORRUPT', message: expect.stringContaining(name) }),
  );
});
