import { openDB } from 'idb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { JobError } from '../../../src/core/job-error.ts';
import { claimJob } from '../../../src/store/job-meta.ts';
import { deleteJobDatabase } from '../../../src/store/open-job-database.ts';
import { ownedTransaction } from '../../../src/store/owned-transaction.ts';
import { beginTestJob, testReject } from '../../support/test-job.ts';

describe('ownedTransaction', () => {
  test('writes what the owner writes, flushed to the disk, and returns what it returns', async () => {
    const { db } = await beginTestJob();
    const result = await ownedTransaction(db, 1, ['meta', 'quarantine'], async (tx) => {
      expect(tx.durability).toBe('strict');
      await tx.objectStore('quarantine').put(testReject(3));
      return 'written';
    });
    expect(result).toBe('written');
    expect(await db.count('quarantine')).toBe(1);
  });

  test.each([1, 3])('writes nothing for epoch %i of a job that is at 2', async (epoch) => {
    const { db, id } = await beginTestJob();
    await claimJob(db);
    const stale = ownedTransaction(db, epoch, ['meta', 'quarantine', 'chunks'], async (tx) => {
      const large = { ordinal: 0, read: new ArrayBuffer(2 ** 20) };
      await Promise.all([
        ...[1, 2, 3].map(async (row) => tx.objectStore('quarantine').put(testReject(row))),
        tx.objectStore('chunks').put(large),
      ]);
    });
    const busy = { code: 'STATE_BUSY', message: expect.stringContaining(id) };
    await expect(stale).rejects.toThrow(expect.objectContaining(busy));
    expect([await db.count('quarantine'), await db.count('chunks')]).toEqual([0, 0]);
  });

  test('lets a stale owner change nothing that it read before', async () => {
    const { db } = await beginTestJob();
    await claimJob(db);
    const stale = ownedTransaction(db, 1, ['meta'], async (tx) => {
      const header = await tx.objectStore('meta').get('header');
      await tx.objectStore('meta').put(header!, 'totals');
    });
    await expect(stale).rejects.toThrow(expect.objectContaining({ code: 'STATE_BUSY' }));
    expect(await db.get('meta', 'totals')).toMatchObject({ rowsEmbedded: 0 });
  });

  test('keeps nothing of what was written before a throw, and passes the error on', async () => {
    const { db } = await beginTestJob();
    const failing = ownedTransaction(db, 1, ['meta', 'quarantine', 'chunks'], async (tx) => {
      await tx.objectStore('quarantine').put(testReject(1));
      await tx.objectStore('chunks').put({ ordinal: 0, read: new ArrayBuffer(8) });
      throw new JobError('INTERNAL', 'halfway');
    });
    await expect(failing).rejects.toThrow('halfway');
    expect([await db.count('quarantine'), await db.count('chunks')]).toEqual([0, 0]);
  });

  test('after the job was deleted it says so, and not that the user stopped it', async () => {
    const { db, id } = await beginTestJob();
    await deleteJobDatabase(id);
    const late = ownedTransaction(db, 1, ['meta'], async () => undefined);
    await expect(late).rejects.toThrow(
      expect.objectContaining({ code: 'STATE_LOST', message: expect.stringContaining('deleted') }),
    );
  });

  test('while a newer layout takes over it says so', async () => {
    const { db, id } = await beginTestJob();
    const newer = await openDB(`millrace-job-${id}`, 99);
    onTestFinished(() => newer.close());
    const late = ownedTransaction(db, 1, ['meta'], async () => undefined);
    await expect(late).rejects.toThrow(expect.objectContaining({ code: 'STATE_BUSY' }));
  });

  test('keeps nothing when a value in the middle cannot be stored, and works after that', async () => {
    const { db } = await beginTestJob();
    const bad = { ...testReject(2), message: (() => 'a function') as unknown as string };
    const failing = ownedTransaction(db, 1, ['meta', 'quarantine'], async (tx) => {
      const store = tx.objectStore('quarantine');
      await Promise.all([testReject(1), bad, testReject(3)].map(async (record) => store.put(record)));
    });
    await expect(failing).rejects.toThrow(expect.objectContaining({ name: 'DataCloneError' }));
    expect(await db.count('quarantine')).toBe(0);
    await ownedTransaction(db, 1, ['meta', 'quarantine'], (tx) =>
      tx.objectStore('quarantine').put(testReject(1)),
    );
    expect(await db.count('quarantine')).toBe(1);
  });
});
