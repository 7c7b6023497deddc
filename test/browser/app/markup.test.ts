import { afterEach, beforeEach, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import { openHandleStore } from '../../../src/app/files/handle-store.ts';
import { startApp } from '../../../src/app/start-app.ts';
import { JobError } from '../../../src/core/job-error.ts';
import { PREVIEW, progressOf, recordOf, ScriptedJobApi, specOf } from './scripted-job-api.ts';

/** Elements that would run code or show themselves, if any of this text became markup. */
const MARKUP = [
  '<img src=x onerror="globalThis.pwned=1">',
  '<script>globalThis.pwned=1</script>',
  '<svg onload="globalThis.pwned=1"></svg>',
  '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
  '"><b onmouseover="globalThis.pwned=1">bold</b>',
  "'-globalThis.pwned-'",
  '</textarea></title></table><a href="javascript:globalThis.pwned=1">x</a>',
  '&lt;img src=x&gt;{{7*7}}${7*7}',
].join(' ');

let root: HTMLElement;
let api: ScriptedJobApi;

beforeEach(() => {
  root = document.body.appendChild(document.createElement('div'));
  api = new ScriptedJobApi();
});

afterEach(() => {
  for (const run of api.runs) run.end.resolve({ kind: 'paused', rowsDone: 0 });
  document.querySelector('dialog')?.remove();
  root.remove();
  Reflect.deleteProperty(globalThis, 'pwned');
});

/** All of it is on the page as text, and nothing of it is an element or an attribute that does something. */
function checkIsText(where: string): void {
  expect(
    document.querySelectorAll('b, iframe, script[src=x], img[src=x], td img, td svg, a[href^=javascript]'),
    where,
  ).toHaveLength(0);
  for (const element of document.querySelectorAll('body *')) {
    const names = element.getAttributeNames().filter((name) => name.startsWith('on') || name === 'srcdoc');
    expect(names, `${where}: ${element.outerHTML.slice(0, 200)}`).toEqual([]);
  }
  expect(Reflect.get(globalThis, 'pwned'), where).toBeUndefined();
}

function shown(): string {
  return document.body.textContent;
}

it('shows column names, cells and bad rows of a preview as text', async () => {
  api.previewOf = async () => ({
    ...PREVIEW,
    columns: ['text', MARKUP, 'gloss'],
    rows: [[MARKUP, MARKUP, 'able']],
    rejects: [{ row: 0, id: MARKUP, code: 'ROW_NOT_JSON', message: MARKUP, attempts: 0 }],
  });
  startApp(root, api, openHandleStore(), () => undefined);
  const input = document.querySelector<HTMLInputElement>('input[type=file][aria-label="Dataset file"]')!;
  const transfer = new DataTransfer();
  transfer.items.add(new File(['{}\n'], `${MARKUP.replaceAll('/', '')}.jsonl`));
  input.files = transfer.files;
  input.dispatchEvent(new Event('change'));
  await expect.element(page.getByRole('table')).toBeVisible();
  await expect.poll(shown).toContain('<script>globalThis.pwned=1</script>');
  expect(shown()).toContain('<img src=x onerror="globalThis.pwned=1">');
  checkIsText('preview');
});

it('shows why a file cannot be read as text', async () => {
  api.previewOf = async () => {
    throw new JobError('INPUT_FORMAT', MARKUP, { hint: MARKUP });
  };
  startApp(root, api, openHandleStore(), () => undefined);
  const input = document.querySelector<HTMLInputElement>('input[type=file][aria-label="Dataset file"]')!;
  const transfer = new DataTransfer();
  transfer.items.add(new File(['{}\n'], 'a.jsonl'));
  input.files = transfer.files;
  input.dispatchEvent(new Event('change'));
  await expect.element(page.getByRole('alert')).toBeVisible();
  expect(page.getByRole('alert').element().textContent).toContain('<iframe srcdoc=');
  checkIsText('error');
});

it('shows ids, file names, models and errors of stored jobs as text, and a running job’s notices and bad rows', async () => {
  const name = `${MARKUP.replaceAll('/', '∕')}.jsonl`;
  const spec = { ...specOf(name), model: { ...specOf(name).model, path: MARKUP } };
  api.records = [
    recordOf({ id: 'a', spec, error: MARKUP, state: 'failed' }),
    recordOf({ id: MARKUP, spec: specOf(name) }),
  ];
  startApp(root, api, openHandleStore(), () => undefined);
  await expect.poll(shown).toContain('Stopped: <img src=x');
  expect(document.querySelectorAll('.job-row')).toHaveLength(2);
  checkIsText('job list');

  api.records = [recordOf({ id: MARKUP, spec: specOf(name) })];
  document.querySelectorAll<HTMLButtonElement>('.job-row button.primary')[1]!.click();
  await expect.poll(() => api.runs.length).toBe(1);
  const { emit } = api.runs[0]!;
  emit({ kind: 'stage', stage: 'running', message: MARKUP });
  emit({ kind: 'notice', level: 'warning', message: MARKUP });
  emit({
    kind: 'quarantined',
    record: { row: 3, id: MARKUP, code: 'ROW_NOT_JSON', message: MARKUP, attempts: 0 },
  });
  emit({ kind: 'progress', progress: progressOf({ rowsDone: 5, rowsQuarantined: 1 }) });
  await expect.poll(() => document.querySelector('.quarantine td')).not.toBeNull();
  const quarantine = document.querySelector('.quarantine')!.textContent;
  expect(quarantine).toContain('<script>globalThis.pwned=1</script>');
  expect(document.querySelector('.notices')!.textContent).toContain(MARKUP);
  checkIsText('running job');

  const [run] = api.runs;
  run!.end.reject(new JobError('MODEL_INVALID', MARKUP, { hint: MARKUP }));
  await expect.element(page.getByRole('alert')).toBeVisible();
  expect(page.getByRole('alert').element().textContent).toContain('<svg onload=');
  checkIsText('failed job');
});
