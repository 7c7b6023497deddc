import { expect, test } from 'vitest';
import type { ByteRangeRef } from '../../../src/core/byte-range.ts';
import type { JobEvent } from '../../../src/core/job-event.ts';
import { parseJobSpec } from '../../../src/core/job-spec.ts';
import type { DeviceApi, IngestApi } from '../../../src/pipeline/ports.ts';
import { runJob } from '../../../src/pipeline/run-job.ts';
import { connectWorker } from '../../../src/rpc/connect-worker.ts';
import { testJobId } from '../../support/test-job.ts';

function notStarted(): never {
  throw new TypeError('a job that cannot begin starts no such worker');
}

const spawn = {
  ingest: () =>
    connectWorker<IngestApi>(
      new Worker(new URL('../../../workers/ingest.ts', import.meta.url), { type: 'module' }),
      'ingest worker',
    ),
  device: () =>
    connectWorker<DeviceApi>(
      new Worker(new URL('../../../workers/device.ts', import.meta.url), { type: 'module' }),
      'device worker',
    ),
  prepare: notStarted,
  export: notStarted,
};

/** The demo model with weights that nothing can load: whoever reads them gets an error of the model. */
async function brokenModel(): Promise<Record<string, ByteRangeRef>> {
  const files: Record<string, ByteRangeRef> = {};
  for (const path of ['config.json', 'tokenizer.json', 'modules.json', '1_Pooling/config.json']) {
    const response = await fetch(`/models/glove-30k/${path}`);
    files[path] = { kind: 'blob', name: path, blob: await response.blob() };
  }
  const blob = new Blob([new Uint8Array(4096).fill(7)]);
  files['onnx/model.onnx'] = { kind: 'blob', name: 'onnx/model.onnx', blob };
  return files;
}

async function run(content: string) {
  const events: JobEvent[] = [];
  const error = await runJob(
    {
      jobId: testJobId(),
      resume: false,
      spec: parseJobSpec({
        input: { path: 'rows.jsonl' },
        model: { path: 'broken' },
        device: 'wasm',
        output: { path: 'out.npy' },
      }),
      input: [{ kind: 'blob', name: 'rows.jsonl', blob: new Blob([content]) }],
      model: { name: 'broken', files: await brokenModel() },
      ingestAhead: 'bounded',
    },
    {
      spawn,
      now: Date.now,
      cores: 1,
      memoryBytes: 2 ** 33,
      stop: new AbortController().signal,
      onEvent: (event) => events.push(event),
    },
  ).catch((thrown: unknown) => thrown);
  return { error, stages: events.flatMap((event) => (event.kind === 'stage' ? [event.stage] : [])) };
}

test.each([
  ['a column that is not there', '{"body":"x"}\n', 'COLUMN_MISSING', 'body'],
  ['no rows', '\n \n', 'INPUT_EMPTY', 'rows.jsonl'],
  ['another format', 'id,text\n1,x\n', 'INPUT_FORMAT', 'JSONL'],
])('an input with %s is told before the weights are read', async (_name, content, code, message) => {
  const { error, stages } = await run(content);
  expect(error).toMatchObject({ code, message: expect.stringContaining(message) as string });
  expect(stages).toEqual(['checking']);
});

test('with a good input these weights are what is wrong', async () => {
  const { error, stages } = await run('{"text":"x"}\n');
  expect(error).toMatchObject({ code: 'MODEL_INVALID' });
  expect(stages).toEqual(['checking', 'loading']);
});
