import { zipSync } from 'fflate';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { page } from 'vitest/browser';
import { droppedItems } from '../../../src/app/files/dropped-items.ts';
import {
  createSetupScreen,
  type SetupChoice,
  type SetupScreen,
} from '../../../src/app/setup/setup-screen.ts';
import { startApp } from '../../../src/app/start-app.ts';
import { listExports, outputBaseName } from '../../../src/app/files/exported-files.ts';
import { openHandleStore } from '../../../src/app/files/handle-store.ts';
import { removeJob } from '../../../src/app/job/job-run.ts';
import { planResume } from '../../../src/app/job/resume-request.ts';
import { recordOf } from './scripted-job-api.ts';
import { OUTPUT_FORMATS } from '../../../src/core/output-format.ts';
import { connectJobWorker } from '../../../src/rpc/connect-job-worker.ts';

/** The job worker and all that it starts are the product's; only the page around the form is left out. */
const { api, terminate } = connectJobWorker();
const started: SetupChoice[] = [];
/** The workers are real, and the machine may be busy. */
const WITHIN = { timeout: 120_000 };
let base: HTMLBaseElement;
let screen: SetupScreen;

const text = new TextEncoder();
const rows = (from: number, count: number) =>
  Array.from(
    { length: count },
    (_, i) => `${JSON.stringify({ id: from + i, text: `a small dog ${from + i}` })}\n`,
  ).join('');

beforeAll(() => {
  // The demo model lies beside the page.
  base = document.head.appendChild(document.createElement('base'));
  base.href = '/';
});

afterAll(() => {
  base.remove();
  terminate();
});

beforeEach(() => {
  screen = createSetupScreen(api, async (choice) => void started.push(choice));
  document.body.append(screen.element);
});

afterEach(() => {
  screen.element.remove();
  started.length = 0;
});

function choose(label: string, ...files: readonly File[]): void {
  const input = document.querySelector<HTMLInputElement>(`input[type=file][aria-label="${label}"]`);
  if (input === null) throw new Error(`no file input "${label}"`);
  // A change event of a real choice has the files in the element; those of a folder cannot be put there by a script.
  Object.defineProperty(input, 'files', { value: files, configurable: true });
  input.dispatchEvent(new Event('change'));
}

function inFolder(path: string, content: string): File {
  const file = new File([content], path.split('/').at(-1)!);
  Object.defineProperty(file, 'webkitRelativePath', { value: path });
  return file;
}

/** A folder of the origin's private file system, whose handles are as those of a disk; it goes when the test ends. */
async function folderOf(files: Readonly<Record<string, string>>): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  const name = `dataset-${crypto.randomUUID()}`;
  onTestFinished(() => root.removeEntry(name, { recursive: true }));
  const folder = await root.getDirectoryHandle(name, { create: true });
  for (const [path, content] of Object.entries(files)) {
    const parts = path.split('/');
    let at = folder;
    for (const part of parts.slice(0, -1)) at = await at.getDirectoryHandle(part, { create: true });
    const stream = await (await at.getFileHandle(parts.at(-1)!, { create: true })).createWritable();
    await stream.write(content);
    await stream.close();
  }
  return folder;
}

function inspected(): string {
  const card = screen.element.querySelector<HTMLElement>('#inspection');
  return card === null || card.hidden ? '' : (card.textContent ?? '');
}

/** What the form made of the dataset, once the real workers have looked at it. */
async function expectLooked(rowsSaid: number, chosen: string): Promise<void> {
  await expect.poll(inspected, WITHIN).toContain(`Rows${rowsSaid}Tokens in all`);
  expect(inspected()).toContain('Lengths in tokens');
  expect(screen.element.querySelector('#dataset .chosen')?.textContent).toContain(chosen);
}

describe('what a dataset may be', () => {
  it('several files that are dropped are one', async () => {
    const transfer = new DataTransfer();
    for (const name of ['b.jsonl', 'a.jsonl']) transfer.items.add(new File([rows(0, 3)], name));
    screen.takeDrop(await droppedItems(transfer));
    await expectLooked(6, 'a.jsonl and 1 more');
  });

  it('an archive of rows, and one of texts', async () => {
    const packed = zipSync({ 'a/one.jsonl': text.encode(rows(0, 4)), 'two.jsonl': text.encode(rows(4, 3)) });
    choose('Dataset file', new File([packed], 'all.zip'));
    await expectLooked(7, 'all.zip');
    const texts = zipSync({
      'x.txt': text.encode('a whole text\nof two lines'),
      'y.md': text.encode('more'),
    });
    choose('Dataset file', new File([texts], 'texts.zip'));
    await expectLooked(2, 'texts.zip');
    expect(inspected()).toContain('text files, a file a row');
  });

  it('a packed file', async () => {
    const stream = new Blob([rows(0, 12)]).stream().pipeThrough(new CompressionStream('gzip'));
    choose('Dataset file', new File([await new Response(stream).arrayBuffer()], 'rows.jsonl.gz'));
    await expectLooked(12, 'rows.jsonl.gz');
    expect(inspected()).toContain('gzip');
  });

  it('a folder without the pickers of the browser', async () => {
    choose(
      'Dataset folder',
      inFolder('data/x/b.jsonl', rows(0, 1)),
      inFolder('data/a.jsonl', rows(1, 1)),
      inFolder('data/.git/c.jsonl', ''),
    );
    await expectLooked(2, 'data (2 files)');
    choose('Dataset folder', inFolder('programs/a.exe', ''));
    await expect
      .element(page.getByText('The folder programs has no file of a format that is read.'))
      .toBeVisible();
  });
});

describe('what is shown before the start', () => {
  const csv = `id,n,text\n${Array.from({ length: 40 }, (_, i) => `${i % 39},${i},a small dog ${i}\n`).join('')}`;

  it('says what looks wrong and what will be cut, for what is chosen by now, and the page reads nothing itself', async () => {
    const reads: string[] = [];
    for (const name of ['arrayBuffer', 'text', 'stream', 'slice'] as const) {
      const real = Blob.prototype[name] as (...args: unknown[]) => unknown;
      const spied = function (this: Blob, ...args: unknown[]): unknown {
        reads.push(name);
        return real.apply(this, args);
      };
      Object.defineProperty(Blob.prototype, name, { value: spied, configurable: true });
      onTestFinished(() => void Object.defineProperty(Blob.prototype, name, { value: real }));
    }
    choose('Dataset file', new File([csv], 'rows.csv'));
    await expectLooked(40, 'rows.csv');
    expect(inspected()).toContain('none is longer than');
    await page.getByLabelText('Id column').selectOptions('id');
    await expect
      .poll(inspected)
      .toContain('1 row would be set aside: id "0" (line 41) was already used by row 0');
    await page.getByLabelText('Text column').selectOptions('n');
    await expect.poll(inspected, WITHIN).toContain('The column "n" holds numbers rather than text');
    await page.getByLabelText('Text column').selectOptions('text');
    await page.getByText('More options').click();
    await page.getByLabelText('Longest row, in tokens').fill('3');
    await expect.poll(inspected, WITHIN).toContain('39 (100%) are longer than the 3 tokens that are kept');
    expect(inspected()).toContain('More than half of the texts are longer');
    expect(reads).toEqual([]);
  });

  it('says what is wrong with a model beside what is in the dataset', async () => {
    choose('Dataset file', new File([csv], 'rows.csv'));
    await page.getByLabelText('A model directory').click();
    choose(
      'Model folder',
      ...['config.json', 'tokenizer.json', 'onnx/model.onnx'].map((path) => inFolder(`mini/${path}`, 'no')),
    );
    await expect.poll(inspected, WITHIN).toContain('config.json');
    expect(inspected()).toContain('Rows40');
    expect(inspected()).not.toContain('Lengths in tokens');
  });

  it('ends a look when something else is asked for', async () => {
    const input = [{ kind: 'blob', name: 'rows.csv', blob: new Blob([csv]) }] as const;
    const request = {
      input,
      format: 'csv',
      parse: {},
      textColumn: null,
      idColumn: null,
      model: null,
    } as const;
    const looks = [
      api.inspect({ ...request, maxLength: null }),
      api.preview({ ...request, rows: 1 }),
    ] as const;
    await expect(looks[0]).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await looks[1]).columns).toEqual(['id', 'n', 'text']);
  });
});

/** Has the browser's picker choose these, as a person would; it is as it was when the test ends. */
function pickerGives(name: 'showOpenFilePicker' | 'showDirectoryPicker', chosen: unknown): void {
  const real = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value: async () => chosen, configurable: true });
  onTestFinished(
    () =>
      void (real === undefined
        ? Reflect.deleteProperty(globalThis, name)
        : Object.defineProperty(globalThis, name, real)),
  );
}

async function textsIn(folder: FileSystemDirectoryHandle): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for await (const [name, entry] of folder.entries())
    if (entry.kind === 'file') texts[name] = await (await entry.getFile()).text();
  return texts;
}

it('a job on a folder that was picked: its parts are saved together, and a resume need not ask for it', async () => {
  screen.element.remove();
  const root = document.body.appendChild(document.createElement('div'));
  onTestFinished(() => root.remove());
  const handles = openHandleStore();
  startApp(root, api, handles, () => undefined);
  const files = { 'one.jsonl': rows(0, 2), 'sub/two.jsonl': `${rows(2, 3)}no row\n`, 'read.me': 'no data' };
  const folder = await folderOf(files);
  pickerGives('showDirectoryPicker', folder);
  await page.getByRole('button', { name: 'Choose a folder…' }).click();
  await expect.element(page.getByText('(2 files)').first()).toBeVisible();
  await page.getByLabelText('Device', { exact: true }).selectOptions('wasm');
  await page.getByLabelText('Output format').selectOptions('csv');
  await page.getByText('More options').click();
  await page.getByLabelText('Rows in a file').fill('2');
  await page.getByRole('button', { name: 'Start', exact: true }).click();

  const link = (part: string, place = '.vectors') =>
    page.getByRole('link', { name: `Download ${folder.name}${place}/${part}` });
  await expect.element(link('part-00002.csv'), WITHIN).toBeVisible();
  await expect.element(link('_quarantine.jsonl')).toBeVisible();
  const [record] = await api.list();
  onTestFinished(() => removeJob(api, handles, record!.id));
  expect(record?.spec.output).toEqual({ path: `${folder.name}.vectors`, format: 'csv', rowsPerFile: 2 });

  const formats = [...document.querySelectorAll<HTMLOptionElement>('#export-format option')];
  expect(formats.map(({ value }) => value)).toEqual(OUTPUT_FORMATS);
  // From the same results.
  for (const format of ['parquet', 'npy']) {
    await page.getByLabelText('Export as').selectOptions(format);
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    await expect.element(link(`part-00002.${format}`, `.vectors.${format}`), WITHIN).toBeVisible();
  }
  const saved = await folderOf({});
  pickerGives('showDirectoryPicker', saved);
  await page.getByRole('button', { name: 'Save all in a folder…' }).click();
  await expect.element(page.getByText('21 of 21 files saved.'), WITHIN).toBeVisible();
  const texts = await textsIn(await saved.getDirectoryHandle(`${folder.name}.vectors`));
  const numbers = ['part-00000.csv', 'part-00001.csv', 'part-00002.csv'].map((name) =>
    texts[name]!.trim()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[0])),
  );
  expect(numbers).toEqual([[0, 1], [2, 3], [4]]);
  expect(texts['_quarantine.jsonl']).toContain('ROW_NOT_JSON');
  // What an earlier visit wrote is found again.
  const listed = await listExports(record!.id, outputBaseName(record!.spec));
  const own = listed.map(({ name }) => name.split('/')).filter(([at]) => at === `${folder.name}.vectors`);
  expect(own.map(([, name]) => name)).toEqual([
    ...['part-00000.csv', 'part-00001.csv', 'part-00002.csv', '_quarantine.jsonl'],
    ...['_manifest.json', '_SUCCESS'],
  ]);
  expect(Object.keys(texts).toSorted()).toEqual(own.map(([, name]) => String(name)).toSorted());
  expect(listed).toHaveLength(21);

  const unread = { ...record!, inputComplete: false };
  const plan = await planResume(unread, handles, { input: null, model: null }, document.baseURI);
  if (plan.kind !== 'ready') throw new Error('expected a resume that needs nothing');
  expect(plan.request.input?.map(({ name }) => name)).toEqual(['one.jsonl', 'sub/two.jsonl']);
});

it('several files that were picked are found again, all or none', async () => {
  const folder = await folderOf({ 'b.jsonl': rows(0, 2), 'a.jsonl': rows(2, 3) });
  const both = await Promise.all(['b.jsonl', 'a.jsonl'].map((name) => folder.getFileHandle(name)));
  pickerGives('showOpenFilePicker', both);
  await page.getByRole('button', { name: 'Choose a file…' }).click();
  await expect.poll(inspected, WITHIN).toContain('Rows5');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  const { input, spec } = started[0]!;
  expect(spec.input).toMatchObject({ path: 'a.jsonl', morePaths: ['b.jsonl'] });
  const handles = openHandleStore();
  await handles.put('job-x', { input: input.handles, model: null });
  onTestFinished(() => handles.delete('job-x'));
  const record = recordOf({ id: 'job-x', spec, inputComplete: false });
  const plan = () => planResume(record, handles, { input: null, model: null }, document.baseURI);
  expect(await plan()).toMatchObject({
    kind: 'ready',
    request: { input: [{ name: 'a.jsonl' }, { name: 'b.jsonl' }] },
  });
  await folder.removeEntry('b.jsonl');
  expect(await plan()).toEqual({ kind: 'needs', goOn: 'resume', input: true, model: false });
});

it('without the pickers of the browser there are file inputs, and no button that needs one', async () => {
  pickerGives('showDirectoryPicker', null);
  Object.defineProperty(globalThis, 'showDirectoryPicker', { value: undefined, configurable: true });
  screen.element.remove();
  screen = createSetupScreen(api, async (choice) => void started.push(choice));
  document.body.append(screen.element);
  const opened: string[] = [];
  for (const input of screen.element.querySelectorAll<HTMLInputElement>('#dataset input[type=file]'))
    input.addEventListener('click', (event) => {
      event.preventDefault();
      opened.push(`${input.ariaLabel}${input.webkitdirectory ? ' (folder)' : ''}`);
    });
  await page.getByRole('button', { name: 'Choose a file…' }).click();
  await page.getByRole('button', { name: 'Choose a folder…' }).click();
  expect(opened).toEqual(['Dataset file', 'Dataset folder (folder)']);
});
