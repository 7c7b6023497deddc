import { onTestFinished } from 'vitest';
import type { DeviceLoadRequest } from '../../../src/core/device-info.ts';
import type { VectorFinish } from '../../../src/core/finish.ts';
import type { ModelWeights } from '../../../src/core/model-info.ts';
import { connectWorker } from '../../../src/rpc/connect-worker.ts';
import type { WorkerPort } from '../../../src/rpc/worker-port.ts';
import type { DeviceUnderTest } from './device-under-test.ts';

/** Workers that a test left in order, ONNX Runtime loaded: to load it takes longer than most tests. */
const idle: WorkerPort<DeviceUnderTest>[] = [];

/** A device in a worker of its own, as the product has it. */
export function startDevice(): DeviceUnderTest {
  const port = idle.pop() ?? startWorker();
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail' || !(await port.api.isInOrder())) return port.terminate();
    await port.api.renew();
    idle.push(port);
  });
  return port.api;
}

function startWorker(): WorkerPort<DeviceUnderTest> {
  const worker = new Worker(new URL('./device-worker.ts', import.meta.url), {
    type: 'module',
    name: 'device',
  });
  return connectWorker<DeviceUnderTest>(worker, 'device worker');
}

/** A request for the model in `onnx`, with what a test does not care about filled in; vectors unless `finish` says else. */
export function loadRequest(
  onnx: Uint8Array<ArrayBuffer>,
  {
    externalData = {},
    pooling = 'mean',
    normalize = false,
    dimensions = null,
    element = 'float32',
    ...rest
  }: Partial<DeviceLoadRequest & VectorFinish> & {
    externalData?: Record<string, Uint8Array<ArrayBuffer>>;
  } = {},
): DeviceLoadRequest {
  const weights: ModelWeights = {
    name: 'test-model',
    onnx: { kind: 'blob', name: 'model.onnx', blob: new Blob([onnx]) },
    onnxPath: 'onnx/model.onnx',
    dtype: 'fp32',
    externalData: Object.fromEntries(
      Object.entries(externalData).map(([name, bytes]) => [
        name,
        { kind: 'blob', name, blob: new Blob([bytes]) },
      ]),
    ),
  };
  return {
    provider: 'webgpu',
    threads: 1,
    weights,
    padTokenId: 0,
    finish: { kind: 'vector', pooling, normalize, dimensions, element },
    ...rest,
  };
}
