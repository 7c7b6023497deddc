import { expect, onTestFinished, test } from 'vitest';
import type { RunRequest } from '../../../src/core/job-api.ts';
import type { JobEvent, JobSummary } from '../../../src/core/job-event.ts';
import { parseJobSpec, type JobSpec } from '../../../src/core/job-spec.ts';
import { MANIFEST_SUFFIX } from '../../../src/core/output-manifest.ts';
import { readJobRecord } from '../../../src/pipeline/list-jobs.ts';
import { retryJob } from '../../../src/pipeline/retry-job.ts';
import { runJob } from '../../../src/pipeline/run-job.ts';
import { deleteJobDatabase, listRoundIds } from '../../../src/store/open-job-database.ts';
import { removeJobManifest } from '../../../src/store/job-manifest.ts';
import { demoModelFiles, REAL_WORKERS } from '../../support/real-workers.ts';
import { testJobId } from '../../support/test-job.ts';

/** In three chunks, so that rows are moved within and behind the chunk of one that is mended. */
const ROWS = 2100;
const NOT_JSON = 5;
const NO_TEXT = 1500;
const SAME_ID = 1501;
const EMPTY = 2099;
const BAD = [NOT_JSON, NO_TEXT, SAME_ID, EMPTY];

const WORDS = 'the of cat river music stone green runs under bright old window paper north'.split(' ');

function line(row: number, change: object = {}): string {
  const text = `${WORDS[row % 14]} ${WORDS[(row * 5 + 1) % 14]} ${row}`;
  return JSON.stringify({ id: `id ${row}`, n: row, text, ...change });
}

const CLEAN = new Map(Array.from({ length: ROWS }, (_, row) => [row, line(row)]));
const BROKEN = new Map([
  ...CLEAN,
  [NOT_JSON, '{"id": "id 5", "text": "cut off'],
  [NO_TEXT, line(NO_TEXT, { text: undefined })],
  [SAME_ID, line(SAME_ID, { id: 'id 7' })],
  [EMPTY, line(EMPTY, { text: ' ' })],
]);

function specOf(change: Partial<JobSpec['task']> = {}): JobSpec {
  return parseJobSpec({
    input: { path: 'rows.jsonl', idColumn: 'id', keep: ['n'] },
    model: { path: 'glove-30k' },
    task: { kind: 'embed', ...change },
    device: 'wasm',
    output: { path: 'out.jsonl' },
  });
}

async function start(
  jobId: string,
  lines: ReadonlyMap<number, string>,
  more: Partial<RunRequest> = {},
  encoding: 'utf-8' | 'latin1' = 'utf-8',
): Promise<{ readonly summary: JobSummary; readonly events: readonly JobEvent[] }> {
  const events: JobEvent[] = [];
  const text = [...lines.values()].join('\n');
  const blob = new Blob([encoding === 'latin1' ? Uint8Array.from(text, (char) => char.charCodeAt(0)) : text]);
  const request: RunRequest = {
    jobId,
    resume: false,
    spec: specOf(),
    input: [{ kind: 'blob', name: 'rows.jsonl', blob }],
    model: await demoModelFiles(),
    ingestAhead: 'bounded',
    ...more,
  };
  const outcome = await (request.retry === undefined ? runJob : retryJob)(request, {
    spawn: REAL_WORKERS,
    now: Date.now,
    cores: 1,
    memoryBytes: 2 ** 33,
    stop: new AbortController().signal,
    onEvent: (event) => events.push(event),
  });
  if (outcome.kind !== 'computed') throw new Error('the job was not to be stopped');
  return { summary: outcome.summary, events };
}

/** The text of each file that an export writes. */
async function exported(jobId: string): Promise<Record<string, string>> {
  const root = await navigator.storage.getDirectory();
  const folder = `export-${jobId}`;
  const target = { kind: 'opfs', folder, baseName: 'out', manifestSuffix: MANIFEST_SUFFIX } as const;
  const port = REAL_WORKERS.export();
  onTestFinished(() => port.terminate());
  const outcome = await port.api.export({ jobId, format: 'jsonl', target }, () => undefined);
  let place = root;
  for (const part of folder.split('/')) place = await place.getDirectoryHandle(part);
  const files = outcome.files
    .filter((suffix) => suffix !== MANIFEST_SUFFIX)
    .map(async (suffix) => {
      const file = await (await place.getFileHandle(`out${suffix}`)).getFile();
      return [suffix, await file.text()] as const;
    });
  const texts = Object.fromEntries(await Promise.all(files));
  await root.removeEntry(folder, { recursive: true });
  return texts;
}

type Line = { readonly row: number; readonly n: number; readonly embedding: readonly number[] };

function linesOf(text: string): Line[] {
  return text
    .trimEnd()
    .split('\n')
    .map((each) => JSON.parse(each) as Line);
}

function jobId(): string {
  const id = testJobId();
  onTestFinished(() => removeJobManifest(id));
  return id;
}

test('rows in quarantine are run again until the output is that of a clean run', async () => {
  const id = jobId();
  const { summary } = await start(id, BROKEN);
  expect(summary).toMatchObject({ rows: ROWS, rowsQuarantined: BAD.length });
  const first = await exported(id);
  const set = linesOf(first['.quarantine.jsonl']!);
  expect(set).toMatchObject([
    { row: NOT_JSON, code: 'ROW_NOT_JSON', input: BROKEN.get(NOT_JSON), inputCut: false },
    { row: NO_TEXT, code: 'ROW_COLUMN_MISSING', input: BROKEN.get(NO_TEXT), inputCut: false },
    { row: SAME_ID, code: 'ROW_DUPLICATE_ID', input: BROKEN.get(SAME_ID), inputCut: false },
    { row: EMPTY, code: 'ROW_EMPTY', input: BROKEN.get(EMPTY), inputCut: false },
  ]);

  // Nothing is mended: the same bytes.
  const same = await start(id, BROKEN, { retry: 'begin' });
  expect(same.summary.rounds).toEqual([
    { round: 1, rowsRetried: 4, rowsMended: 0, rowsQuarantined: 4, changed: [] },
  ]);
  expect(await exported(id)).toEqual(first);

  // Another row than these is not what it was: refused, and nothing has changed.
  const wrong = new Map([...CLEAN, [1600, line(1600, { text: 'something else' })]]);
  await expect(start(id, wrong, { retry: 'begin' })).rejects.toMatchObject({
    code: 'INPUT_CHANGED',
    message: expect.stringContaining('rows 1024 to 2047') as string,
  });
  expect(await listRoundIds(id)).toEqual([`${id}~1`]);
  await expect(
    start(id, CLEAN, { retry: 'begin', spec: specOf({ precision: 'int8' }) }),
  ).rejects.toMatchObject({
    code: 'JOB_MISMATCH',
    message: expect.stringContaining('precision') as string,
  });

  // Mended, but for one whose id another row has; the file is shorter and longer in places.
  const mended = new Map([...CLEAN, [SAME_ID, line(SAME_ID, { id: 'id 9' })]]);
  const { summary: second, events } = await start(id, mended, {
    retry: 'begin',
    spec: specOf({ maxLength: 64 }),
  });
  expect(second.rounds?.[1]).toMatchObject({
    round: 2,
    rowsRetried: 4,
    rowsMended: 3,
    rowsQuarantined: 1,
    changed: expect.arrayContaining([expect.stringContaining('max length was')]) as string[],
  });
  const progress = events.flatMap((event) => (event.kind === 'progress' ? [event.progress] : []));
  expect(progress.at(-1)).toMatchObject({ rowsDone: ROWS, rowsTotal: ROWS, rowsQuarantined: 1 });
  expect(linesOf((await exported(id))['.quarantine.jsonl']!)).toMatchObject([
    { row: SAME_ID, code: 'ROW_DUPLICATE_ID', input: mended.get(SAME_ID) },
  ]);

  const { summary: last } = await start(id, CLEAN, { retry: 'begin' });
  expect(last).toMatchObject({ rows: ROWS, rowsEmbedded: ROWS, rowsQuarantined: 0 });
  expect(last.rounds).toHaveLength(3);
  expect(await readJobRecord(id)).toMatchObject({ rowsQuarantined: 0, retries: 3, retryOpen: false });
  const after = await exported(id);
  expect(Object.keys(after)).toEqual(['.jsonl']);
  const rows = linesOf(after['.jsonl']!);
  expect(rows.map(({ row, n }) => [row, n])).toEqual(Array.from(CLEAN.keys(), (row) => [row, row]));
  // The others are untouched.
  const good = linesOf(first['.jsonl']!);
  for (const { row, embedding } of good) expect(rows[row]!.embedding).toEqual(embedding);

  await expect(start(id, CLEAN, { retry: 'begin' })).rejects.toMatchObject({ code: 'SPEC_INVALID' });
  await deleteJobDatabase(id);
  expect(await listRoundIds(id)).toEqual([]);
});

test('a file is read in the encoding of the job, though it has lost the letters that told it', async () => {
  const id = jobId();
  const later = [1500, line(1500, { text: 'caf\u00e9' })] as const;
  const broken = new Map([...CLEAN, [NOT_JSON, '{"text": "cr\u00e8me br\u00fbl\u00e9e'] as const, later]);
  await start(id, broken, {}, 'latin1');
  const mended = new Map([...CLEAN, later]);
  const { summary } = await start(id, mended, { retry: 'begin' }, 'latin1');
  expect(summary).toMatchObject({ rowsEmbedded: ROWS, rowsQuarantined: 0 });
});
