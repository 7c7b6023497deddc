// @ts-nocheck -- a page in plain JavaScript, so that it needs no build
// A page with the API that the command line drives, and next to nothing behind it: its "result" of a row is the length
// of its text. The text column of the spec steers it: `gated` waits half-way until it is drained, `fail` fails there.
// Rows that are not JSON go to quarantine. What is done is kept in IndexedDB, a row a transaction.
import { FAKE_FACTS, fakeSummary } from './fake-summary.js';

/** @typedef {{ id: string, rows: (number | null)[], total: number, state: string }} Job */

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
const opening = indexedDB.open('fake', 1);
opening.onupgradeneeded = () => opening.result.createObjectStore('jobs', { keyPath: 'id' });
const db = await asked(opening);
const jobs = (mode) => db.transaction('jobs', mode, { durability: 'strict' }).objectStore('jobs');
const load = (id) => asked(jobs('readonly').get(id));
const save = (job) => asked(jobs('readwrite').put(job));

class Failure extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}
const outcome = async (act) => {
  try {
    return { ok: true, value: (await act()) ?? null };
  } catch (error) {
    return {
      ok: false,
      error: { code: error.code ?? 'INTERNAL', message: error.message, hint: null, details: {} },
    };
  }
};
const send = (event) => globalThis.millraceEvent(JSON.stringify(event));
const device = { provider: 'wasm', label: 'wasm: fake', reason: 'a test', adapter: null, threads: 1 };

async function readAll([ref]) {
  let text = '';
  for (let start = 0; start < ref.byteLength; start += 64) {
    const end = Math.min(start + 64, ref.byteLength) - 1;
    const response = await fetch(ref.url, { headers: { ...ref.headers, range: `bytes=${start}-${end}` } });
    if (response.status !== 206) throw new Failure('INPUT_CHANGED', (await response.text()).trim());
    text += await response.text();
  }
  return text.trimEnd().split('\n');
}

let draining = null;

async function run({ jobId, resume, spec, input, model }) {
  let release = () => {};
  draining = new Promise((resolve) => (release = resolve));
  draining.release = release;
  let drained = false;
  void draining.then(() => (drained = true));
  const before = await load(jobId);
  if (resume && before === undefined) throw new Failure('JOB_NOT_FOUND', `There is no job ${jobId}.`);
  if (!resume && before !== undefined) throw new Failure('STATE_BUSY', `There is a job ${jobId} already.`);
  send({ kind: 'stage', stage: 'loading', message: `Loading ${Object.keys(model.files).join(' ')}` });
  send({ kind: 'device', device });
  const lines = await readAll(input);
  const job = before ?? { id: jobId, rows: [], total: lines.length, state: 'running' };
  if (job.rows.length > 0) send({ kind: 'resumed', rowsDone: job.rows.length });
  while (job.rows.length < lines.length) {
    const row = job.rows.length;
    if (row * 2 >= lines.length && !resume) {
      send({ kind: 'stage', stage: 'running', message: 'half-way' });
      if (spec.input.textColumn === 'gated') await draining;
      if (spec.input.textColumn === 'fail') throw new Failure('DEVICE_LOST', 'The device is gone.');
    }
    if (drained) return { kind: 'paused', rowsDone: row };
    try {
      job.rows.push(String(JSON.parse(lines[row])[spec.input.textColumn]).length);
    } catch (error) {
      job.rows.push(null);
      const record = { row, id: null, code: 'ROW_NOT_JSON', message: error.message, attempts: 0 };
      send({ kind: 'quarantined', record });
    }
    await save(job);
    const rowsQuarantined = job.rows.filter((value) => value === null).length;
    const progress = {
      rowsDone: row + 1,
      rowsQuarantined,
      rowsTotal: lines.length,
      rowsTotalExact: true,
      bytesRead: 0,
      bytesTotal: 0,
      rowsPerSecond: 1,
      tokensPerSecond: 1,
      secondsLeft: 1,
    };
    send({ kind: 'progress', progress });
  }
  job.state = 'computed';
  await save(job);
  const rowsQuarantined = job.rows.filter((value) => value === null).length;
  const counts = { rows: job.rows.length, rowsQuarantined, rowsResumed: before?.rows.length ?? 0 };
  return { kind: 'computed', summary: fakeSummary(counts, device) };
}

async function exportJob({ jobId, format, target }) {
  const job = await load(jobId);
  if (job === undefined) throw new Failure('JOB_NOT_FOUND', `There is no job ${jobId}.`);
  const files = [];
  const write = async (suffix, text) => {
    const post = (query, body) =>
      fetch(`${target.url}?file=${suffix}&${query}`, { method: 'POST', headers: target.headers, body });
    const answers = [await post('offset=0', text), await post(`offset=${text.length}&finish=1`, null)];
    for (const answer of answers) if (!answer.ok) throw new Failure('EXPORT_FAILED', await answer.text());
    files.push(suffix);
  };
  await write(
    `.${format}`,
    job.rows.flatMap((value, row) => (value === null ? [] : [`${row} ${value}\n`])).join(''),
  );
  const rows = job.rows.filter((value) => value !== null).length;
  const bad = job.rows.flatMap((value, row) => (value === null ? [`${row}\n`] : []));
  if (bad.length > 0) await write('.quarantine.jsonl', bad.join(''));
  const rowsByFile = Object.fromEntries(
    files.map((suffix, index) => [suffix, index === 0 ? rows : bad.length]),
  );
  return {
    rows,
    inputRows: rows,
    quarantined: bad.length,
    files,
    rowsByFile,
    notices: [],
    facts: FAKE_FACTS,
  };
}

const check = {
  name: 'fake',
  status: 'ok',
  found: `persisted ${await navigator.storage.persist()}, isolated ${globalThis.crossOriginIsolated}`,
  advice: null,
};
globalThis.millrace = {
  run: (request) => outcome(() => run(request)),
  drain: () => outcome(() => draining?.release()),
  export: (request) => outcome(() => exportJob(request)),
  list: () => outcome(async () => (await asked(jobs('readonly').getAll())).map(({ id }) => ({ id }))),
  remove: (id) => outcome(() => asked(jobs('readwrite').delete(id))),
  doctor: () => outcome(async () => ({ checks: [check], adapter: null, auto: device })),
};
