import type { BatchInput, BatchRun } from '../core/batch.ts';
import type { DeviceLoadRequest, LoadedModel } from '../core/device-info.ts';
import { JobError, toJobError, type JobErrorCode } from '../core/job-error.ts';
import type { ResultOutput } from '../core/result-output.ts';
import type { WorkerPort, WorkerSpawner } from '../rpc/worker-port.ts';
import { sleep } from '../util/sleep.ts';
import { withTimeout } from '../util/with-timeout.ts';
import type { DeviceApi } from './ports.ts';

/** A batch that takes longer than this is taken for a hung worker. */
const RUN_TIMEOUT_MS = 10 * 60_000;
/** Waits before a fresh worker is tried again: a GPU process needs a moment to come back. */
const RESTART_DELAYS_MS = [0, 1_000, 5_000] as const;

/** Neither another worker nor a smaller batch mends these. */
const FATAL: ReadonlySet<JobErrorCode> = new Set<JobErrorCode>([
  'SPEC_INVALID',
  'MODEL_INVALID',
  'MODEL_UNSUPPORTED',
  'MODEL_FILE_MISSING',
  'DEVICE_UNAVAILABLE',
  'JOB_MISMATCH',
]);

export function isFatalForDevice(error: JobError): boolean {
  return FATAL.has(error.code);
}

/**
 * A loaded model that outlives its worker: after any failed run the worker is terminated, and the next run starts a fresh
 * one, because onnxruntime-web cannot be trusted after a failure (microsoft/onnxruntime#27634, #27641).
 */
export class DeviceSession {
  readonly #spawn: WorkerSpawner<DeviceApi>;
  readonly request: DeviceLoadRequest;
  readonly #onRestart: (reason: JobError) => void;
  #current: Promise<WorkerPort<DeviceApi>> | null = null;
  #loaded: LoadedModel | null = null;
  #closed = false;

  constructor(
    spawn: WorkerSpawner<DeviceApi>,
    request: DeviceLoadRequest,
    onRestart: (reason: JobError) => void,
  ) {
    this.#spawn = spawn;
    this.request = request;
    this.#onRestart = onRestart;
  }

  /** Loads the model for the first time. @throws JobError when it cannot be loaded. */
  async load(): Promise<LoadedModel> {
    await (this.#current ??= this.#start());
    return this.#loaded!;
  }

  /** What each row's result is, once loaded. */
  get output(): ResultOutput {
    if (this.#loaded === null) throw new TypeError('the model is not loaded yet');
    return this.#loaded.output;
  }

  /** Runs a batch; several may be in flight. When it throws, every other one in flight on the same worker throws too. */
  async run(input: BatchInput): Promise<BatchRun> {
    const current = (this.#current ??= this.#restart());
    const port = await current;
    try {
      return await withTimeout(port.api.run(input), RUN_TIMEOUT_MS, timedOut);
    } catch (thrown) {
      if (leavesDeviceUsable(thrown)) throw thrown;
      if (this.#current === current) {
        this.#current = null;
        if (!this.#closed) this.#onRestart(toJobError(thrown));
      }
      port.terminate();
      throw thrown;
    }
  }

  /** Ends the worker; what is in flight is rejected. */
  close(): void {
    this.#closed = true;
    this.#current?.then((port) => port.terminate()).catch(() => undefined);
  }

  async #restart(): Promise<WorkerPort<DeviceApi>> {
    let last: JobError | null = null;
    for (const delayMs of RESTART_DELAYS_MS) {
      await sleep(delayMs);
      if (this.#closed) break;
      try {
        return await this.#start();
      } catch (thrown) {
        last = toJobError(thrown);
        if (isFatalForDevice(last)) break;
      }
    }
    if (last !== null && isFatalForDevice(last)) throw last;
    throw new JobError(
      'DEVICE_UNAVAILABLE',
      `The device did not come back: ${last?.message ?? 'the job was stopped'}`,
      {
        hint: 'Nothing committed is lost. After several GPU crashes Chromium blocks the GPU for two minutes: resume then, or restart the browser.',
        cause: last,
      },
    );
  }

  async #start(): Promise<WorkerPort<DeviceApi>> {
    const port = this.#spawn();
    try {
      const loaded = await port.api.load(this.request);
      checkSameModel(this.#loaded, loaded);
      this.#loaded ??= loaded;
      return port;
    } catch (thrown) {
      port.terminate();
      throw thrown;
    }
  }
}

/** @throws JobError `JOB_MISMATCH` when a file of the model is another one than `before`. */
export function checkSameModel(before: LoadedModel | null, loaded: LoadedModel): void {
  for (const [path, sha256] of Object.entries(before?.weightSha256 ?? {})) {
    if (loaded.weightSha256[path] !== sha256) {
      throw new JobError('JOB_MISMATCH', `${path} changed while the job was running.`, {
        hint: 'Put the file back and resume, or run the job anew.',
      });
    }
  }
}

/** A batch that was found too large before it ran has harmed nothing. */
function leavesDeviceUsable(thrown: unknown): boolean {
  return thrown instanceof JobError && thrown.code === 'DEVICE_OUT_OF_MEMORY' && 'limit' in thrown.details;
}

function timedOut(): JobError {
  return new JobError('DEVICE_TIMEOUT', `A batch took longer than ${RUN_TIMEOUT_MS / 60_000} minutes.`);
}
