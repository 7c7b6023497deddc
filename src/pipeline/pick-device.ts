import type { DeviceReport } from '../core/device-info.ts';
import { JobError } from '../core/job-error.ts';
import type { DeviceChoice } from '../core/job-spec.ts';
import { chooseDevice } from '../device/choose-device.ts';
import type { WorkerSpawner } from '../rpc/worker-port.ts';
import { onFreshWorker } from './on-fresh-worker.ts';
import type { DeviceApi } from './ports.ts';

/** A driver that has not answered by then does not. */
const PROBE_MS = 60_000;

/**
 * Which device a run uses. A job that was begun goes on with the provider and the threads that it began with, because
 * another one gives other last digits.
 * @throws JobError `DEVICE_UNAVAILABLE` when it needs a GPU that is not there.
 */
export async function pickDevice(
  spawn: WorkerSpawner<DeviceApi>,
  choice: DeviceChoice,
  cores: number,
  recorded: DeviceReport | null,
): Promise<DeviceReport> {
  const wanted = recorded?.provider ?? choice;
  const environment = { hardwareConcurrency: cores, crossOriginIsolated };
  const adapter = wanted === 'wasm' ? null : await probe(spawn);
  if (recorded?.provider === 'webgpu' && adapter === null) {
    throw new JobError(
      'DEVICE_UNAVAILABLE',
      `The job was begun on a GPU (${recorded.label}), and WebGPU has no adapter now.`,
      {
        hint: 'Resume where the GPU is, or run a new job with --device wasm.',
      },
    );
  }
  const report = chooseDevice(wanted, adapter, environment);
  return recorded === null
    ? report
    : { ...report, threads: recorded.threads, reason: 'as the job was begun' };
}

async function probe(spawn: WorkerSpawner<DeviceApi>) {
  // Its own worker: a driver that hangs on the first question must not take the job's device with it.
  return onFreshWorker(spawn, { name: 'The worker that asks for the GPU', silentMs: PROBE_MS }, (api) =>
    api.probe(),
  );
}
