import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { JobRecord } from '../../../src/core/job-api.ts';
import {
  budgetOf,
  putJobRecord,
  rememberBudget,
  removeJobRecord,
  replaceJobRecords,
  watchJobRecords,
} from '../../../src/store/catalogue.ts';
import { deferred } from '../../../src/util/deferred.ts';
import { testHeader } from '../../support/test-job.ts';

function recordOf(id: string, createdAt: number, rowsDone = 0): JobRecord {
  return {
    id,
    state: 'running',
    spec: testHeader(id).spec,
    createdAt,
    updatedAt: createdAt,
    rowsDone,
    rowsQuarantined: 0,
    rowsTotal: null,
    inputComplete: false,
    error: null,
    retries: 0,
    retryOpen: false,
  };
}

/** Watches; `seen` waits until the list looks like this. */
function watch() {
  let wanted = '';
  let last = '';
  let reached = deferred<void>();
  const end = watchJobRecords((records) => {
    last = records.map(({ id, rowsDone }) => `${id}:${rowsDone}`).join(' ');
    if (last === wanted) reached.resolve();
  });
  onTestFinished(end);
  const seen = async (list: string) => {
    wanted = list;
    reached = deferred<void>();
    if (last !== list) await reached.promise;
    return last;
  };
  return { seen, end, last: () => last };
}

beforeEach(async () => {
  await replaceJobRecords([]);
  return () => replaceJobRecords([]);
});

test('calls back with every job, newest first, now and after each change', async () => {
  await putJobRecord(recordOf('a', 1));
  const watching = watch();
  expect(await watching.seen('a:0')).toBe('a:0');
  await putJobRecord(recordOf('b', 2));
  expect(await watching.seen('b:0 a:0')).toBe('b:0 a:0');
  await putJobRecord(recordOf('a', 1, 50));
  expect(await watching.seen('b:0 a:50')).toBe('b:0 a:50');
  await removeJobRecord('b');
  expect(await watching.seen('a:50')).toBe('a:50');
});

test('replaceJobRecords leaves these jobs and no others', async () => {
  await putJobRecord(recordOf('old', 1));
  await putJobRecord(recordOf('both', 2));
  await replaceJobRecords([recordOf('new', 3), recordOf('both', 2, 9)]);
  const watching = watch();
  expect(await watching.seen('new:0 both:9')).toBe('new:0 both:9');
});

test('remembers one budget a key, apart from the jobs', async () => {
  const key = crypto.randomUUID();
  expect(await budgetOf(key)).toBeNull();
  await rememberBudget({ key, budgetTokens: 512, runCostTokens: 8, allowanceTokens: 1024 });
  await rememberBudget({ key, budgetTokens: 2048, runCostTokens: 9, allowanceTokens: null });
  await replaceJobRecords([]);
  expect(await budgetOf(key)).toEqual({ key, budgetTokens: 2048, runCostTokens: 9, allowanceTokens: null });
});

test('is silent after it was ended', async () => {
  const ended = watch();
  const other = watch();
  await Promise.all([ended.seen(''), other.seen('')]);
  ended.end();
  await putJobRecord(recordOf('late', 1));
  await other.seen('late:0');
  expect(ended.last()).toBe('');
});
