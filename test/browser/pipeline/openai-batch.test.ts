import { expect, onTestFinished, test } from 'vitest';
import type { ByteRangeRef } from '../../../src/core/byte-range.ts';
import { parseJobSpec } from '../../../src/core/job-spec.ts';
import { type OutputFormat } from '../../../src/core/output-format.ts';
import { MANIFEST_SUFFIX } from '../../../src/core/output-manifest.ts';
import type {
  DeviceApi,
  ExportApi,
  IngestApi,
  PrepareApi,
  WorkerSpawners,
} from '../../../src/pipeline/ports.ts';
import { runJob } from '../../../src/pipeline/run-job.ts';
import { connectWorker } from '../../../src/rpc/connect-worker.ts';
import { deleteJobDatabase } from '../../../src/store/open-job-database.ts';
import { testJobId } from '../../support/test-job.ts';

const startWorker = {
  ingest: () => new Worker(new URL('../../../workers/ingest.ts', import.meta.url), { type: 'module' }),
  prepare: () => new Worker(new URL('../../../workers/preprocess.ts', import.meta.url), { type: 'module' }),
  device: () => new Worker(new URL('../../../workers/device.ts', import.meta.url), { type: 'module' }),
  export: () => new Worker(new URL('../../../workers/export.ts', import.meta.url), { type: 'module' }),
};

const WORDS = 'cat river music stone green bright old window paper north house tree'.split(' ');

/** The real workers. @param onBatch called with the number of each batch before it is run */
function spawners(onBatch: (batch: number) => void): WorkerSpawners {
  let batches = 0;
  return {
    ingest: () => connectWorker<IngestApi>(startWorker.ingest(), 'ingest worker'),
    prepare: () => connectWorker<PrepareApi>(startWorker.prepare(), 'preprocess worker'),
    export: () => connectWorker<ExportApi>(startWorker.export(), 'export worker'),
    device: () => {
      const port = connectWorker<DeviceApi>(startWorker.device(), 'device worker');
      const run: DeviceApi['run'] = async (input) => {
        onBatch(++batches);
        return port.api.run(input);
      };
      return {
        api: { probe: () => port.api.probe(), load: (request) => port.api.load(request), run },
        terminate: () => port.terminate(),
      };
    },
  };
}

async function demoModel() {
  const paths = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'modules.json'];
  const files = [...paths, '1_Pooling/config.json', 'onnx/model.onnx'].map(
    async (path): Promise<[string, ByteRangeRef]> => {
      const blob = await (await fetch(`/models/glove-30k/${path}`)).blob();
      return [path, { kind: 'blob', name: path, blob }];
    },
  );
  return { name: 'glove-30k', files: Object.fromEntries(await Promise.all(files)) };
}

function line(custom_id: string, input: unknown, more: object = {}): string {
  const body = { model: 'text-embedding-3-small', input, ...more };
  return JSON.stringify({ custom_id, method: 'POST', url: '/v1/embeddings', body });
}

/** More rows than a chunk has, in requests of all kinds; what is refused is refused by the reader, the tokenizer and both. */
function requests(): string {
  const word = (i: number) => WORDS[i % WORDS.length]!;
  const texts = (count: number) =>
    Array.from(
      { length: count },
      (_, i) => `${word(i)} ${word(Math.floor(i / WORDS.length))} ${word(Math.floor(i / 144))} bridge`,
    );
  return [
    line('one', 'a cat under the bridge'),
    line('many', texts(1100), { dimensions: 4, encoding_format: 'base64' }),
    'broken {',
    line('many', texts(3)),
    line('ids', [[5, 6, 7], [8], [9, 10]], { encoding_format: 'float' }),
    line('half', ['good', 'word '.repeat(400), 'good again']),
    line('foreign', [[1], [29_999_999]]),
    ...texts(300).map((text, i) => line(`t${i}`, text, i % 2 === 0 ? { dimensions: 1 + (i % 100) } : {})),
  ].join('\n');
}

type Job = {
  readonly id: string;
  readonly input: ByteRangeRef;
  readonly model: Awaited<ReturnType<typeof demoModel>>;
};

async function run({ id, input, model }: Job, resume: boolean, stopAt: number): Promise<string> {
  const stop = new AbortController();
  const spec = parseJobSpec({
    input: { path: 'requests.jsonl', format: 'openai' },
    model: { path: './glove-30k' },
    device: 'wasm',
    batchTokens: 512,
    output: { path: 'answers.jsonl', format: 'openai' },
  });
  const outcome = await runJob(
    { jobId: id, resume, spec, input: [input], model, ingestAhead: 'bounded' },
    {
      spawn: spawners((batch) => batch === stopAt && stop.abort()),
      now: Date.now,
      cores: 1,
      memoryBytes: 2 ** 33,
      stop: stop.signal,
      onEvent: () => undefined,
    },
  );
  return outcome.kind;
}

/** The files of an export, by suffix. */
async function exported(jobId: string, format: OutputFormat): Promise<Record<string, string>> {
  const folder = `test-${crypto.randomUUID()}`;
  const root = await navigator.storage.getDirectory();
  // A refused export makes none.
  onTestFinished(() => root.removeEntry(folder, { recursive: true }).catch(() => undefined));
  const port = spawners(() => undefined).export();
  const target = { kind: 'opfs', folder, baseName: 'out', manifestSuffix: MANIFEST_SUFFIX } as const;
  const { files } = await port.api.export({ jobId, format, target }, () => undefined);
  port.terminate();
  const handle = await root.getDirectoryHandle(folder);
  const texts = files
    .filter((suffix) => suffix !== MANIFEST_SUFFIX)
    .map(async (suffix): Promise<[string, string]> => {
      const file = await (await handle.getFileHandle(`out${suffix}`)).getFile();
      return [suffix, await file.text()];
    });
  return Object.fromEntries(await Promise.all(texts));
}

type Answer = {
  readonly custom_id: string | null;
  readonly response: {
    readonly body: {
      readonly data: readonly { readonly embedding: string | number[] }[];
      readonly model: string;
      readonly usage: { readonly prompt_tokens: number };
      readonly error: { readonly message: string };
    };
  };
};

const answersOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((one) => JSON.parse(one) as Answer);

test('a batch file is answered in kind, and a job that was stopped and resumed writes the same two files', async () => {
  const job: Job = {
    id: testJobId(),
    input: { kind: 'blob', name: 'requests.jsonl', blob: new Blob([requests()]) },
    model: await demoModel(),
  };
  expect(await run(job, false, Infinity)).toBe('computed');
  const whole = await exported(job.id, 'openai');
  expect(Object.keys(whole)).toEqual(['.jsonl', '.errors.jsonl']);
  const answers = new Map(
    answersOf(whole['.jsonl']!).map((answer) => [answer.custom_id, answer.response.body]),
  );
  expect([...answers.keys()].slice(0, 3)).toEqual(['one', 'many', 'ids']);
  expect(answers.size).toBe(303);
  expect(answers.get('many')!.data).toHaveLength(1100);
  expect(atob(answers.get('many')!.data[1099]!.embedding as string)).toHaveLength(16);
  expect(answers.get('t10')!.data[0]!.embedding).toHaveLength(11);
  expect(answers.get('one')).toMatchObject({ model: 'glove-30k' });
  // Special tokens stand around each input.
  const extra = answers.get('ids')!.usage.prompt_tokens - 6;
  expect(extra % 3).toBe(0);
  const errors = answersOf(whole['.errors.jsonl']!);
  expect(errors.map(({ custom_id }) => custom_id)).toEqual([null, 'many', 'half', 'foreign']);
  expect(errors[2]!.response.body.error.message).toMatch(/^input 1: This model's maximum context length/);

  await deleteJobDatabase(job.id);
  expect(await run(job, false, 4)).toBe('paused');
  await expect(exported(job.id, 'openai')).rejects.toMatchObject({ code: 'JOB_UNFINISHED' });
  expect(await run(job, true, Infinity)).toBe('computed');
  expect(await exported(job.id, 'openai')).toEqual(whole);

  const plain = await exported(job.id, 'jsonl');
  const [first, second] = plain['.jsonl']!.split('\n').map((one) => JSON.parse(one || '{}') as object);
  expect(Object.keys(first!)).toEqual(['row', 'custom_id', 'index', 'embedding']);
  expect(second).toMatchObject({ row: 1, custom_id: 'many', index: 0 });
  // Those of `half` that have a vector are rows of a table, too.
  expect(plain['.jsonl']!.split('\n').length - 1).toBe(1 + 1100 + 3 + 2 + 1 + 300);
  expect(plain['.quarantine.jsonl']!.trimEnd().split('\n')).toHaveLength(4);
});
