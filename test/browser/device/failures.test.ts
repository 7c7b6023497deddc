import { describe, expect, test } from 'vitest';
import { EXECUTION_PROVIDERS } from '../../../src/core/device-info.ts';
import { sha256Hex } from '../../../src/util/sha256.ts';
import { externalDataModel } from './external-data-model.ts';
import { lookupModel, tokenTable, vocab } from './lookup-model.ts';
import { randomBatch } from './random-batch.ts';
import { loadRequest, startDevice } from './start-device.ts';
import { vectorNumbers } from '../../support/vector-bytes.ts';

const dims = 32;
const table = tokenTable(dims);
const model = lookupModel(table, dims);
const tableBytes = new Uint8Array(table.buffer);

describe.each(EXECUTION_PROVIDERS)('%s', (provider) => {
  test('a model file that is cut short, empty or no model at all is said to be unreadable', async () => {
    const device = startDevice();
    const gitLfsPointer = new TextEncoder().encode(
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
    );
    for (const bytes of [model.slice(0, 6000), new Uint8Array(0), gitLfsPointer]) {
      await expect(device.load(loadRequest(bytes, { provider }))).rejects.toMatchObject({
        code: 'MODEL_INVALID',
        message: expect.stringContaining(
          `onnx/model.onnx (${bytes.length} bytes) is not a readable ONNX model: `,
        ),
        hint: expect.stringContaining('again'),
      });
      await device.renew();
    }
  });

  test('external data is found by its name, hashed, and missed by its name', async () => {
    const name = 'model.onnx_data';
    const onnx = externalDataModel(name, [vocab, dims]);
    const device = startDevice();
    const loaded = await device.load(loadRequest(onnx, { provider, externalData: { [name]: tableBytes } }));
    expect(Object.keys(loaded.weightSha256)).toEqual(['onnx/model.onnx', 'onnx/model.onnx_data']);
    expect(loaded.weightSha256['onnx/model.onnx_data']).toBe(await sha256Hex(tableBytes));

    await device.renew();
    await expect(device.load(loadRequest(onnx, { provider }))).rejects.toMatchObject({
      code: 'MODEL_FILE_MISSING',
      message: expect.stringContaining(name),
    });
    await device.renew();
    const cut = loadRequest(onnx, { provider, externalData: { [name]: tableBytes.slice(0, 100) } });
    await expect(device.load(cut)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('external data'),
    });
  });

  test('a model that text cannot feed, or that gives no vectors, is refused with the names', async () => {
    const device = startDevice();
    const refused = async (
      bytes: Uint8Array<ArrayBuffer>,
      names: string,
      pooling: 'mean' | 'none' = 'mean',
    ) => {
      await expect(device.load(loadRequest(bytes, { provider, pooling }))).rejects.toMatchObject({
        code: 'MODEL_UNSUPPORTED',
        message: expect.stringContaining(names),
      });
      await device.renew();
    };
    await refused(lookupModel(table, dims, { extraInput: 'pixel_values' }), 'pixel_values');
    await refused(lookupModel(table, dims, { mask: false }), 'no attention_mask');
    await refused(model, 'last_hidden_state', 'none');
    await refused(lookupModel(table, dims, { operator: 'Frobnicate' }), 'Frobnicate');
  });

  test('token type ids are fed as zeros where the model takes them', async () => {
    const device = startDevice();
    const loaded = await device.load(
      loadRequest(lookupModel(table, dims, { tokenTypes: true }), { provider, pooling: 'cls' }),
    );
    expect(loaded.inputNames).toEqual(['input_ids', 'attention_mask', 'token_type_ids']);
    const output = await device.run({
      tokenIds: Int32Array.of(9),
      lengths: Uint32Array.of(1),
      paddedLength: 4,
    });
    expect([...vectorNumbers(output.values)]).toEqual([...table.subarray(9 * dims, 10 * dims)]);
  });

  test('a malformed batch is a mistake of the caller and leaves the device as it was', async () => {
    const device = startDevice();
    await device.load(loadRequest(model, { provider }));
    const batch = randomBatch(1, 2, 4);
    await expect(device.run({ ...batch, tokenIds: new Int32Array(1) })).rejects.toThrow(
      /has 1 token ids, its lengths say/,
    );
    await expect(device.run({ ...randomBatch(1, 2, 4), paddedLength: 1 })).rejects.toThrow(/expected 1 to 1/);
    await expect(device.run(randomBatch(2, 3, 5))).resolves.toMatchObject({ rowBytes: 4 * dims });
  });

  test('closing ends what is in flight and what comes later', async () => {
    const device = startDevice();
    await device.load(loadRequest(model, { provider }));
    await device.run(randomBatch(1, 2, 4));
    await device.close();
    await expect(device.run(randomBatch(1, 2, 4))).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

test('a run that ONNX Runtime fails is told with its reason, and no other run is tried', async () => {
  const device = startDevice();
  await device.load(loadRequest(model, { provider: 'wasm' }));
  const unknownToken = { tokenIds: Int32Array.of(1000), lengths: Uint32Array.of(1), paddedLength: 1 };
  await expect(device.run(unknownToken)).rejects.toMatchObject({
    code: 'DEVICE_RUN_FAILED',
    message: expect.stringContaining('idx=1000'),
  });
  await expect(device.run(randomBatch(1, 2, 3))).rejects.toMatchObject({
    code: 'DEVICE_LOST',
    message: expect.stringContaining('must be replaced'),
    details: { firstCode: 'DEVICE_RUN_FAILED' },
  });
});

test('a batch whose hidden state no buffer can hold is refused before the device sees it', async () => {
  const device = startDevice();
  await device.load(loadRequest(model));
  // 3000 x 4096 tokens x 32 x 4 bytes is past the gibibyte that SwiftShader binds.
  await expect(device.run(randomBatch(1, 3000, 4096))).rejects.toMatchObject({
    code: 'DEVICE_OUT_OF_MEMORY',
    details: { bytes: 3000 * 4096 * dims * 4 },
  });
  await expect(device.run(randomBatch(1, 3, 4))).resolves.toMatchObject({ rowBytes: 4 * dims });
});

test('an allocation that fails is out of memory, and what is in flight after it is refused', async () => {
  const device = startDevice();
  await device.load(loadRequest(model));
  await device.failNextBuffer();
  const failing = device.run(randomBatch(2, 300, 50));
  const after = device.run(randomBatch(3, 4, 10));
  await expect(failing).rejects.toMatchObject({ code: 'DEVICE_OUT_OF_MEMORY' });
  await expect(after).rejects.toMatchObject({
    code: 'DEVICE_LOST',
    details: { firstCode: 'DEVICE_OUT_OF_MEMORY' },
  });
});

test('a device lost in the middle rejects all that is in flight at once, and nothing hangs', async () => {
  const device = startDevice();
  await device.load(loadRequest(model));
  const runs = [1, 2, 3, 4].map((seed) => device.run(randomBatch(seed, 64, 512)));
  const settled = Promise.allSettled(runs);
  await device.destroyGpu();
  for (const run of await settled) {
    expect(run).toMatchObject({ status: 'rejected', reason: { code: 'DEVICE_LOST' } });
  }
  await expect(device.run(randomBatch(5, 2, 3))).rejects.toMatchObject({ code: 'DEVICE_LOST' });
  await device.close();
});
