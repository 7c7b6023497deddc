import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { openHandleStore } from '../../../src/app/files/handle-store.ts';
import { listExports, removeExports } from '../../../src/app/files/exported-files.ts';
import { startApp } from '../../../src/app/start-app.ts';
import type { JobRecord } from '../../../src/core/job-api.ts';
import { JobError } from '../../../src/core/job-error.ts';
import {
  PREVIEW,
  progressOf,
  recordOf,
  ScriptedJobApi,
  specOf,
  SOFTWARE_DEVICE,
  SUMMARY,
} from './scripted-job-api.ts';

let root: HTMLElement;
let api: ScriptedJobApi;

const button = (name: string): ReturnType<typeof page.getByRole> =>
  page.getByRole('button', { name, exact: true });

async function choose(label: string, ...files: readonly File[]): Promise<void> {
  const find = () => document.querySelector<HTMLInputElement>(`input[type=file][aria-label="${label}"]`);
  await expect.poll(find, { message: `no file input "${label}"` }).not.toBeNull();
  const input = find()!;
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  input.files = transfer.files;
  input.dispatchEvent(new Event('change'));
}

function drop(file: File): void {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(file);
  document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
}

function dataset(name = 'glosses.jsonl'): File {
  return new File(['{"gloss":"able"}\n'], name);
}

// The demo model is served by the built app; here its files only have to exist.
const realFetch = globalThis.fetch;

beforeEach(() => {
  root = document.body.appendChild(document.createElement('div'));
  api = new ScriptedJobApi();
  globalThis.fetch = async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    return url.includes('models/glove-30k/')
      ? new Response(null, { headers: { 'content-length': '12' } })
      : realFetch(input);
  };
});

afterEach(() => {
  globalThis.fetch = realFetch;
  for (const run of api.runs) run.end.resolve({ kind: 'paused', rowsDone: 0 });
  document.querySelector('dialog')?.remove();
  root.remove();
});

async function startJob(): Promise<void> {
  startApp(root, api, openHandleStore(), () => undefined);
  await choose('Dataset file', dataset());
  await button('Start').click();
  await expect.poll(() => api.runs.length).toBe(1);
}

describe('setting up', () => {
  it('shows the first rows as text, whatever they hold, and guesses the columns', async () => {
    startApp(root, api, openHandleStore(), () => undefined);
    await expect.element(button('Start')).toBeDisabled();
    await choose('Dataset file', dataset());
    await expect.element(page.getByRole('cell', { name: '<img src=x' })).toBeVisible();
    expect(root.querySelectorAll('td img, td script')).toHaveLength(0);
    expect(Reflect.get(globalThis, 'pwned')).toBeUndefined();
    await expect.element(page.getByLabelText('Text column')).toHaveValue('gloss');
    await expect.element(page.getByLabelText('Id column')).toHaveValue('id');
    await expect.element(button('Start')).toBeEnabled();
  });

  it('takes a file that is dropped anywhere, and a job spec too', async () => {
    startApp(root, api, openHandleStore(), () => undefined);
    drop(
      new File(
        [
          '{"input":{"path":"a.csv","textColumn":"word"},"model":{"path":"demo"},"task":{},"output":{"path":"a.npy"}}',
        ],
        'job.json',
      ),
    );
    await expect.element(page.getByText('Loaded. Now choose its dataset: a.csv')).toBeVisible();
    drop(dataset());
    await expect.element(page.getByLabelText('Text column')).toHaveValue('word');
    await expect.element(page.getByLabelText('Output format')).toHaveValue('npy');
  });

  it('says bad rows in the preview', async () => {
    api.previewOf = async () => ({
      ...PREVIEW,
      rejects: [{ row: 7, id: null, code: 'ROW_NOT_JSON', message: 'line 8: not JSON', attempts: 0 }],
    });
    startApp(root, api, openHandleStore(), () => undefined);
    await choose('Dataset file', dataset());
    await expect.element(page.getByText('One of the first rows is bad.', { exact: false })).toBeVisible();
    await expect.element(page.getByText('line 8: not JSON', { exact: false })).toBeVisible();
  });

  it('shows why a file cannot be read, and lets its format be said', async () => {
    api.previewOf = async ({ input, format }) => {
      if (format === null)
        throw new JobError('INPUT_FORMAT', `Cannot tell the format of ${input[0]?.name} from its name.`);
      return { ...PREVIEW, format };
    };
    startApp(root, api, openHandleStore(), () => undefined);
    await choose('Dataset file', dataset('data.bin'));
    await expect
      .element(page.getByRole('alert'))
      .toHaveTextContent(/Cannot tell the format of data\.bin.*INPUT_FORMAT/);
    await button('Read as JSON Lines').click();
    await expect.element(button('Start')).toBeEnabled();
    await page.getByText('Job spec', { exact: true }).click();
    await expect.element(page.getByLabelText('Job spec (JSON)')).toHaveTextContent(/"format": "jsonl"/);
  });

  it('ignores the preview of a file that was chosen before another', async () => {
    const slow = Promise.withResolvers<typeof PREVIEW>();
    api.previewOf = ({ input }) =>
      input[0]?.name === 'slow.jsonl' ? slow.promise : Promise.resolve(PREVIEW);
    startApp(root, api, openHandleStore(), () => undefined);
    await choose('Dataset file', dataset('slow.jsonl'));
    await choose('Dataset file', dataset('quick.jsonl'));
    await expect.element(page.getByRole('cell', { name: 'abaxial' })).toBeVisible();
    slow.resolve({ ...PREVIEW, columns: ['other'], rows: [['late']] });
    await slow.promise;
    await expect.element(page.getByLabelText('Text column')).toHaveValue('gloss');
  });

  it('runs what was chosen: spec, file and model', async () => {
    startApp(root, api, openHandleStore(), () => undefined);
    await choose('Dataset file', dataset());
    await page.getByLabelText('Text column').selectOptions('word');
    await page.getByRole('checkbox', { name: 'gloss' }).click();
    await page.getByLabelText('Device').selectOptions('wasm');
    await page.getByLabelText('Output format').selectOptions('npy');
    await page.getByText('More options').click();
    await userEvent.fill(page.getByLabelText('Batch tokens'), '4096');
    await button('Start').click();
    await expect.poll(() => api.runs.length).toBe(1);
    const request = api.runs[0]?.request;
    expect(request).toMatchObject({
      resume: false,
      ingestAhead: 'all',
      input: [{ kind: 'blob', name: 'glosses.jsonl' }],
    });
    expect(request?.spec).toMatchObject({
      input: { path: 'glosses.jsonl', textColumn: 'word', idColumn: 'id', keep: ['gloss'] },
      model: { path: 'demo' },
      device: 'wasm',
      batchTokens: 4096,
      output: { path: 'glosses.vectors.npy' },
    });
    expect(request?.model.files['onnx/model.onnx']).toMatchObject({ kind: 'url', byteLength: 12 });
  });

  it('shows a model folder that lacks a file', async () => {
    startApp(root, api, openHandleStore(), () => undefined);
    await page.getByRole('radio', { name: 'A model directory' }).click();
    const config = dataset('config.json');
    await choose('Model folder', config);
    await expect.element(page.getByRole('alert')).toHaveTextContent(/MODEL_FILE_MISSING/);
  });

  it('shows a spec file that is not one', async () => {
    startApp(root, api, openHandleStore(), () => undefined);
    await choose('Job spec file', new File(['{"version": 2}'], 'job.json'));
    await expect.element(page.getByRole('alert')).toHaveTextContent(/SPEC_INVALID/);
  });
});

describe('a running job', () => {
  it('shows its events and offers its files', async () => {
    await startJob();
    const run = api.runs[0];
    run?.emit({ kind: 'device', device: SOFTWARE_DEVICE });
    run?.emit({ kind: 'notice', level: 'warning', message: 'The pooling is not said: mean.' });
    run?.emit({
      kind: 'quarantined',
      record: { row: 4, id: 'n5', code: 'ROW_EMPTY', message: '<b>line 5</b> is empty', attempts: 0 },
    });
    run?.emit({
      kind: 'progress',
      progress: progressOf({
        rowsDone: 12_345,
        rowsQuarantined: 1,
        rowsTotal: 50_000,
        rowsPerSecond: 1200,
        tokensPerSecond: 20_000,
        secondsLeft: 32,
      }),
    });
    await expect.element(page.getByText('12,345 of about 50,000 rows done')).toBeVisible();
    await expect.element(page.getByText('This is a software adapter', { exact: false })).toBeVisible();
    await expect.element(page.getByRole('cell', { name: '<b>line 5</b> is empty' })).toBeVisible();
    await expect
      .element(page.getByRole('log', { name: 'Notices' }))
      .toHaveTextContent('The pooling is not said: mean.');
    expect(document.title).toBe('24% · glosses.jsonl · Millrace');
    const closing = new Event('beforeunload', { cancelable: true });
    dispatchEvent(closing);
    expect(closing.defaultPrevented).toBe(true);

    run?.end.resolve({ kind: 'computed', summary: SUMMARY });
    const link = page.getByRole('link', { name: 'Download glosses.vectors.parquet' });
    await expect.element(link).toBeVisible();
    const href = (link.element() as HTMLAnchorElement).href;
    expect(await (await realFetch(href)).text()).toBe('content of .parquet');
    await expect
      .element(page.getByRole('table', { name: 'Summary' }))
      .toHaveTextContent(/Rows embedded\s*49,997/);
    await page.getByLabelText('Export as').selectOptions('jsonl');
    await button('Export').click();
    await expect.element(page.getByRole('link', { name: 'Download glosses.vectors.jsonl' })).toBeVisible();
    await expect.element(link).toBeVisible();

    await button('Delete').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect
      .element(page.getByRole('heading', { name: 'Turn text and pictures into vectors and labels' }))
      .toBeVisible();
    expect(await listExports(run?.request.jobId ?? '', 'glosses.vectors')).toEqual([]);
  });

  it('pauses and goes on with the same job', async () => {
    await startJob();
    await button('Pause').click();
    await expect.element(button('Resume')).toBeVisible();
    api.records = [recordOf({ id: api.runs[0]?.request.jobId ?? '' })];
    await button('Resume').click();
    await expect.poll(() => api.calls).toEqual(['run new', 'drain', 'run resume']);
    expect(api.runs[1]?.request.jobId).toBe(api.runs[0]?.request.jobId);
  });

  it('cancels only when the question is answered with yes', async () => {
    await startJob();
    await button('Cancel').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep running' }).click();
    expect(api.calls).toEqual(['run new']);
    await button('Cancel').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel and delete' }).click();
    await expect
      .element(page.getByRole('heading', { name: 'Turn text and pictures into vectors and labels' }))
      .toBeVisible();
    expect(api.calls).toEqual(['run new', 'drain', `remove ${api.runs[0]?.request.jobId}`]);
  });

  it('shows why it stopped and tries again, anew if nothing was stored', async () => {
    await startJob();
    api.runs[0]?.end.reject(
      new JobError('MODEL_INVALID', 'model.onnx is cut off', { hint: 'Download it again.' }),
    );
    await expect
      .element(page.getByRole('alert'))
      .toHaveTextContent(/model\.onnx is cut off.*Download it again\..*MODEL_INVALID/);
    await button('Try again').click();
    await expect.poll(() => api.calls).toEqual(['run new', 'run new']);
    await expect.element(page.getByRole('alert')).not.toBeInTheDocument();
  });

  it('offers a fresh page when its worker is gone', async () => {
    await startJob();
    api.runs[0]?.end.reject(new JobError('WORKER_CRASHED', 'The job worker stopped.'));
    await expect.element(button('Reload the page')).toBeVisible();
  });

  it('can export again after an export failed', async () => {
    const write = api.exportOf;
    api.exportOf = async () => {
      throw new JobError('EXPORT_FAILED', 'the disk is full');
    };
    await startJob();
    api.runs[0]?.end.resolve({ kind: 'computed', summary: SUMMARY });
    await expect.element(page.getByRole('alert')).toHaveTextContent(/the disk is full/);
    api.exportOf = write;
    await button('Export').click();
    await expect.element(page.getByRole('link', { name: 'Download glosses.vectors.parquet' })).toBeVisible();
    await removeExports(api.runs[0]?.request.jobId ?? '');
  });
});

describe('opening the page again', () => {
  it('shows a job that another tab starts, as soon as it is in the catalogue', async () => {
    let tell: ((records: readonly JobRecord[]) => void) | null = null;
    startApp(root, api, openHandleStore(), (onJobs) => (tell = onJobs));
    await expect.element(button('Start')).toBeDisabled();
    tell!([recordOf({ id: 'job-elsewhere', spec: specOf('elsewhere.jsonl') })]);
    await expect.element(button('Go on with elsewhere.jsonl')).toBeVisible();
  });

  it('offers to go on with an unfinished job whose input is stored', async () => {
    api.records = [recordOf({ id: 'job-a' })];
    startApp(root, api, openHandleStore(), () => undefined);
    await expect.element(page.getByText('12,345 of 50,000 rows done', { exact: false })).toBeVisible();
    await button('Go on with glosses.jsonl').click();
    await expect.poll(() => api.runs.length).toBe(1);
    expect(api.runs[0]?.request).toMatchObject({
      jobId: 'job-a',
      resume: true,
      input: null,
      ingestAhead: 'all',
    });
  });

  it('asks for the same file only when the job needs it and the browser kept no handle', async () => {
    api.records = [recordOf({ id: 'job-b', inputComplete: false })];
    startApp(root, api, openHandleStore(), () => undefined);
    await button('Go on with glosses.jsonl').click();
    await expect
      .element(page.getByText('To go on, choose the same file again', { exact: false }))
      .toBeVisible();
    expect(api.runs).toHaveLength(0);
    await choose('Dataset file of glosses.jsonl', dataset());
    await expect.poll(() => api.runs.length).toBe(1);
    expect(api.runs[0]?.request).toMatchObject({
      resume: true,
      input: [{ kind: 'blob', name: 'glosses.jsonl' }],
    });
  });

  it('asks for the file when stored columns are damaged, though all of it was read', async () => {
    api.records = [recordOf({ id: 'job-f' })];
    startApp(root, api, openHandleStore(), () => undefined);
    await button('Go on with glosses.jsonl').click();
    await expect.poll(() => api.runs.length).toBe(1);
    const message = 'Damaged rows have to be read again, and the file is not at hand.';
    api.records = [recordOf({ id: 'job-f', state: 'failed', error: `INPUT_NEEDED: ${message}` })];
    api.runs[0]?.end.reject(new JobError('INPUT_NEEDED', message));
    await button('Choose the file').click();
    await choose('Dataset file of glosses.jsonl', dataset());
    await expect.poll(() => api.runs.length).toBe(2);
    expect(api.runs[1]?.request).toMatchObject({
      jobId: 'job-f',
      resume: true,
      input: [{ kind: 'blob', name: 'glosses.jsonl' }],
    });
  });

  it('runs the rows in quarantine of a finished job again, with the mended file', async () => {
    api.records = [recordOf({ id: 'job-g', state: 'computed', rowsQuarantined: 2 })];
    startApp(root, api, openHandleStore(), () => undefined);
    await button('Open glosses.jsonl').click();
    await button('Retry these rows').click();
    await expect.element(page.getByText('choose the file, mended, again', { exact: false })).toBeVisible();
    expect(api.runs).toHaveLength(0);
    await choose('Dataset file of glosses.jsonl', dataset());
    await expect.poll(() => api.runs.length).toBe(1);
    expect(api.runs[0]?.request).toMatchObject({
      jobId: 'job-g',
      retry: 'begin',
      input: [{ kind: 'blob', name: 'glosses.jsonl' }],
    });
    // What was exported before is of other rows; and a retry is not to be cancelled with the job.
    expect(await listExports('job-g', 'glosses.vectors')).not.toHaveLength(0);
    await expect.element(button('Pause')).toBeVisible();
    await expect.element(button('Cancel')).not.toBeInTheDocument();
    api.exportOf = async (request) => {
      expect(await listExports('job-g', 'glosses.vectors')).toHaveLength(0);
      throw new JobError('EXPORT_FAILED', `${request.format} is not written here`);
    };
    const rounds = [{ round: 1, rowsRetried: 2, rowsMended: 2, rowsQuarantined: 0, changed: [] }];
    const summary = { ...SUMMARY, rowsQuarantined: 0, rounds };
    api.runs[0]?.emit({ kind: 'summary', summary });
    api.runs[0]?.end.resolve({ kind: 'computed', summary });
    await expect.element(page.getByText('2 rows run again, 2 of them mended')).toBeVisible();
    await expect.element(page.getByText('parquet is not written here', { exact: false })).toBeVisible();
    await removeExports('job-g');
  });

  it('keeps the question that was asked while the worker was still listing the jobs', async () => {
    api.records = [recordOf({ id: 'job-b', inputComplete: false })];
    const listed = Promise.withResolvers<readonly JobRecord[]>();
    api.list = () => listed.promise;
    // The catalogue is quicker than the worker that is starting.
    startApp(root, api, openHandleStore(), (onJobs) => onJobs(api.records));
    await button('Go on with glosses.jsonl').click();
    const question = page.getByText('To go on, choose the same file again', { exact: false });
    await expect.element(question).toBeVisible();
    listed.resolve([recordOf({ id: 'job-b', inputComplete: false, rowsDone: 12_346 })]);
    await expect.element(page.getByText('12,346', { exact: false })).toBeVisible();
    await expect.element(question).toBeVisible();
  });

  it('takes the file from the stored handle', async () => {
    const folder = await navigator.storage.getDirectory();
    const handle = await folder.getFileHandle('kept.jsonl', { create: true });
    const handles = openHandleStore();
    await handles.put('job-c', { input: [handle], model: null });
    api.records = [recordOf({ id: 'job-c', inputComplete: false })];
    startApp(root, api, handles, () => undefined);
    await button('Go on with glosses.jsonl').click();
    await expect.poll(() => api.runs.length).toBe(1);
    expect(api.runs[0]?.request.input).toMatchObject([{ kind: 'blob', name: 'kept.jsonl' }]);
    await handles.delete('job-c');
    expect(await handles.get('job-c')).toBeNull();
    await folder.removeEntry('kept.jsonl');
  });

  it('deletes after a question', async () => {
    api.records = [recordOf({ id: 'job-d' })];
    startApp(root, api, openHandleStore(), () => undefined);
    await button('Delete glosses.jsonl').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect.element(page.getByText('Unfinished jobs')).not.toBeInTheDocument();
    expect(api.calls).toEqual(['remove job-d']);
  });

  it('opens a finished job and exports it when its files are gone', async () => {
    api.records = [recordOf({ id: 'job-e', state: 'computed', rowsDone: 50_000 })];
    startApp(root, api, openHandleStore(), () => undefined);
    await button('Open glosses.jsonl').click();
    await expect.element(page.getByRole('link', { name: 'Download glosses.vectors.parquet' })).toBeVisible();
    expect(api.calls).toEqual(['export parquet']);
    await removeExports('job-e');
  });

  it('says when the list cannot be read, and still takes a new job', async () => {
    api.list = async () => {
      throw new JobError('STATE_LOST', 'The job list is gone.');
    };
    startApp(root, api, openHandleStore(), () => undefined);
    await expect.element(page.getByRole('alert')).toHaveTextContent(/The job list is gone\..*STATE_LOST/);
    await choose('Dataset file', dataset());
    await expect.element(button('Start')).toBeEnabled();
  });
});
