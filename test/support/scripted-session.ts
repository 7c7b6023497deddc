import type { DeviceLoadRequest } from '../../src/core/device-info.ts';
import type { JobError } from '../../src/core/job-error.ts';
import { DeviceSession } from '../../src/pipeline/device-session.ts';
import type { ScriptedDevice } from './scripted-device.ts';

/** A scripted device reads nothing of it. */
const REQUEST: DeviceLoadRequest = {
  provider: 'wasm',
  threads: 1,
  weights: {
    name: 'scripted',
    onnx: { kind: 'blob', name: 'model.onnx', blob: new Blob() },
    onnxPath: 'onnx/model.onnx',
    dtype: 'fp32',
    externalData: {},
  },
  padTokenId: 0,
  finish: { kind: 'vector', pooling: 'none', normalize: false, dimensions: null, element: 'float32' },
};

/** The real session over a scripted device. @param restarts gets the reason of each restart */
export function scriptedSession(device: ScriptedDevice, restarts: JobError[] = []): DeviceSession {
  return new DeviceSession(device.spawn, REQUEST, (reason) => restarts.push(reason));
}
