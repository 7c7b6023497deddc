import { expect, test } from 'vitest';
import type { JobErrorCode } from '../../../src/core/job-error.ts';
import { OnnxGraphBuilder } from '../../fixtures/onnx/onnx-graph-builder.mjs';
import { onnxModel } from '../../fixtures/onnx/onnx-model.mjs';
import { onnxNode } from '../../fixtures/onnx/onnx-node.mjs';
import { onnxValueInfo } from '../../fixtures/onnx/onnx-value-info.mjs';
import {
  protobufBytes,
  protobufMessage,
  stringField,
  varintField,
} from '../../fixtures/onnx/protobuf-message.mjs';
import { seededRandom } from '../../support/seeded-random.ts';
import { externalDataModel } from './external-data-model.ts';
import { lookupModel, tokenTable, vocab } from './lookup-model.ts';
import { loadRequest, startDevice } from './start-device.ts';

const dims = 4;
const table = tokenTable(dims);
const model = lookupModel(table, dims);

type Outcome = {
  readonly code: JobErrorCode | 'loaded';
  readonly message: string;
  readonly hint?: string | undefined;
};

type Load = (
  onnx: Uint8Array<ArrayBuffer>,
  externalData?: Record<string, Uint8Array<ArrayBuffer>>,
) => Promise<Outcome>;

/** Says what becomes of model files, one after the other in one worker. */
function loader(): Load {
  const device = startDevice();
  return async (onnx, externalData = {}) => {
    const outcome = await device.load(loadRequest(onnx, { provider: 'wasm', externalData })).then(
      () => ({ code: 'loaded', message: '', hint: '' }) as const,
      ({ code, message, hint }: Outcome) => ({ code, message, hint }),
    );
    await device.renew();
    return outcome;
  };
}

/** Refused in words that name the file and say what to do. */
function expectRefusal(what: string, outcome: Outcome): void {
  expect(outcome.code, what).toMatch(
    /^(?:MODEL_INVALID|MODEL_UNSUPPORTED|MODEL_FILE_MISSING|DEVICE_OUT_OF_MEMORY)$/,
  );
  expect(outcome.message, what).toContain('onnx/model.onnx');
  expect(outcome.hint ?? '', what).not.toBe('');
}

/** A graph whose hidden states are what `make` gives. */
function graphOf(make: (graph: OnnxGraphBuilder) => string): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraphBuilder();
  graph.input('input_ids', 'int64', ['batch', 'sequence']);
  const mask = graph.input('attention_mask', 'int64', ['batch', 'sequence']);
  const hidden = make(graph);
  const asFloat = graph.add('Cast', [graph.add('Unsqueeze', [mask, graph.ints(-1)])], { to: { int: 1 } });
  graph.add('Mul', [hidden, asFloat], {}, 'last_hidden_state');
  graph.output('last_hidden_state', 'float32', ['batch', 'sequence', 'dims']);
  return protobufBytes(graph.model('hostile'));
}

/** A graph with one initializer whose dims are said, not kept. */
function initializerOf(...shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const lie = protobufMessage([
    ...shape.map((dim) => varintField(1, dim)),
    varintField(2, 1),
    stringField(8, 'table'),
    stringField(9, 'x'.repeat(64)),
  ]);
  const input = (name: string) => onnxValueInfo(name, 'int64', ['batch', 'sequence']);
  return protobufBytes(
    onnxModel({
      graphName: 'lie',
      nodes: [
        onnxNode({ name: 'a', opType: 'Gather', inputs: ['table', 'input_ids'], outputs: ['b'] }),
        onnxNode({ name: 'c', opType: 'Mul', inputs: ['b', 'b'], outputs: ['last_hidden_state'] }),
      ],
      initializers: [lie],
      inputs: [input('input_ids'), input('attention_mask')],
      outputs: [onnxValueInfo('last_hidden_state', 'float32', ['batch', 'sequence', 4])],
    }),
  );
}

test('a file that is no model is refused', async () => {
  const text = (content: string) => new TextEncoder().encode(content);
  const random = seededRandom(1);
  const load = loader();
  for (const [what, bytes] of [
    ['nothing', new Uint8Array(0)],
    ['a page that says not found', text('<!doctype html><title>404</title>')],
    ['a Git LFS pointer', text('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n')],
    ['JSON', text('{"error":"Repository not found"}')],
    ['zeros', new Uint8Array(100_000)],
    ['noise', Uint8Array.from({ length: 10_000 }, () => random() * 256)],
    ['a ZIP archive', text('PK\u0003\u0004 and so on')],
  ] as const)
    expectRefusal(what, await load(bytes));
});

test('a file that is cut short is refused, wherever it was cut', async () => {
  const load = loader();
  const lengths = Array.from({ length: 200 }, (_, index) => Math.floor((model.length * (index + 0.5)) / 200));
  for (const length of [1, 2, 3, ...lengths, model.length - 1])
    expectRefusal(`${length} of ${model.length} bytes`, await load(model.slice(0, length)));
});

test('flipped bits give a model or a refusal, and never a crash or a hang', async () => {
  const load = loader();
  const random = seededRandom(4);
  let refused = 0;
  for (let round = 0; round < 300; round++) {
    const bytes = model.slice();
    // Most of the file is weights, where a flip goes unseen: half of the flips are in the graph before and after them.
    const near = round % 2 === 0 ? bytes.length : 300;
    const flips = Array.from({ length: 1 + Math.floor(random() * 8) }, () => {
      const byte = Math.floor(random() * near);
      return (random() < 0.5 ? byte : bytes.length - 1 - byte) * 8 + Math.floor(random() * 8);
    });
    for (const bit of flips) bytes[bit >> 3]! ^= 1 << (bit & 7);
    const outcome = await load(bytes);
    if (outcome.code === 'loaded') continue;
    refused++;
    expectRefusal(`bits ${flips.join()}`, outcome);
  }
  expect(refused).toBeGreaterThan(50);
  expect(refused).toBeLessThan(300);
});

test('external data is not looked for outside of the model’s files', async () => {
  const load = loader();
  const bytes = new Uint8Array(new Float32Array(vocab * dims).fill(0.5).buffer);
  // Files of these names are there, in the model's own directory: a path is not cut to its last part.
  const files = { passwd: bytes, 'model.onnx_data': bytes };
  for (const location of [
    '../model.onnx_data',
    '../../etc/passwd',
    '/etc/passwd',
    'a/../../passwd',
    'C:\\Windows\\win.ini',
    '\\\\host\\share\\x',
    'http://evil.example/weights',
    'file:///etc/passwd',
    'sub/model.onnx_data',
    '',
    '.',
  ])
    expectRefusal(location, await load(externalDataModel(location, [vocab, dims]), files));
  expect((await load(externalDataModel('model.onnx_data', [vocab, dims]), files)).code).toBe('loaded');
});

test('absurd sizes and weights without a value are refused', async () => {
  const filled = (value: number) => lookupModel(new Float32Array(table.length).fill(value), dims);
  const ofShape = (...shape: readonly number[]) =>
    graphOf((graph) => graph.add('ConstantOfShape', [graph.int64('shape', [shape.length], shape)]));
  for (const [what, bytes] of [
    ['8 GiB made by one node', ofShape(2, 16, 1 << 26)],
    ['2^62 values', ofShape(2 ** 31, 2 ** 31)],
    ['negative dims', ofShape(2, -16, 4)],
    ['an initializer of 2^40 values in 64 bytes', initializerOf(2 ** 20, 2 ** 20)],
    ['an initializer of 2^106 values', initializerOf(2 ** 53 - 1, 2 ** 53 - 1)],
    ['a table without dims', initializerOf()],
    ['NaN weights', filled(Number.NaN)],
    ['infinite weights', filled(Infinity)],
    ['weights of zero', filled(0)],
  ] as const)
    // A run that fails may leave ONNX Runtime unusable: a worker each.
    expectRefusal(what, await loader()(bytes));
});
