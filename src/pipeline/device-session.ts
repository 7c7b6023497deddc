import type { BatchInput, BatchRun } from '../core/batch.ts';
import type { DeviceLoadRequest, LoadedModel } from '../core/device-info.ts';
import { JobError, toJobError } from '../core/job-error.ts';
import type { ResultOutput } from '../core/result-output.ts';
import type { WorkerPort, WorkerSpawner } from '../rpc/worker-port.ts';
import { sleep } from '../util/sleep.ts';
import { withTimeout } from '../util/with-timeout.ts';
import type { DeviceApi } from './ports.ts';
import { CrashLimit, dispositionOf, isGpuCrash, RESTART_DELAYS_MS, Watchdog } from './recovery.ts';

/** A batch that takes longer than this, or than many times the slowest one lately, is taken for a hung worker. */
const RUN_LIMITS = { floorMs: 30_000, ceilingMs: 10 * 60_000, factor: 20 };
/** Reading, hashing and compiling gigabytes takes minutes; no more than these. */
const LOAD_TIMEOUT_MS = 15 * 60_000;
/** So many crashes of the GPU process within a minute are no accident. */
const MAX_GPU_CRASHES = 3;
const GPU_CRASHES_WITHIN_MS = 60_000;

/**
 * A loaded model that outlives its worker: after any failed run the worker is terminated, and the next run starts a fresh
 * one, because onnxruntime-web cannot be trusted after a failure (microsoft/onnxruntime#27634, #27641).
 */
export class DeviceSession {
  readonly #spawn: WorkerSpawner<DeviceApi>;
  readonly request: DeviceLoadRequest;
  readonly #onRestart: (reason: JobError) => void;
  readonly #now: () => number;
  readonly #watchdog = new Watchdog(RUN_LIMITS);
  readonly #gpuCrashes: CrashLimit;
  #current: Promise<WorkerPort<DeviceApi>> | null = null;
  #loaded: LoadedModel | null = null;
  #closed = false;

  constructor(
    spawn: WorkerSpawner<DeviceApi>,
    request: DeviceLoadRequest,
    onRestart: (reason: JobError) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#spawn = spawn;
    this.request = request;
    this.#onRestart = onRestart;
    this.#now = now;
    this.#gpuCrashes = new CrashLimit(now, MAX_GPU_CRASHES, GPU_CRASHES_WITHIN_MS);
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
    const startedAt = this.#now();
    try {
      const limitMs = this.#watchdog.limitMs;
      const run = await withTimeout(port.api.run(input), limitMs, () => timedOut('A batch', limitMs));
      this.#watchdog.measured(this.#now() - startedAt);
      return run;
    } catch (thrown) {
      if (leavesDeviceUsable(thrown)) throw thrown;
      port.terminate();
      if (this.#current === current) {
        this.#current = null;
        if (!this.#closed) this.#failed(toJobError(thrown));
      }
      throw thrown;
    }
  }

  /** @throws JobError `DEVICE_UNSTABLE` when the GPU process crashed once too often. */
  #failed(reason: JobError): void {
    if (reason.code === 'DEVICE_TIMEOUT') this.#watchdog.alarm();
    if (isGpuCrash(reason) && this.#gpuCrashes.crashed()) {
      const crashes = `The GPU process crashed ${MAX_GPU_CRASHES} times within a minute`;
      throw unstable(`${crashes}, so the job was stopped: ${reason.message}`, reason);
    }
    this.#onRestart(reason);
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
      if (this.#closed) throw new JobError('ABORTED', 'The device was closed.');
      try {
        return await this.#start();
      } catch (thrown) {
        last = toJobError(thrown);
        // It was there a moment ago: Chromium hides the adapter for a while after crashes.
        if (dispositionOf(last) === 'stop' && last.code !== 'DEVICE_UNAVAILABLE') throw last;
      }
    }
    throw unstable(`The device did not come back: ${last?.message ?? ''}`, last);
  }

  async #start(): Promise<WorkerPort<DeviceApi>> {
    const port = this.#spawn();
    try {
      const loaded = await withTimeout(port.api.load(this.request), LOAD_TIMEOUT_MS, () =>
        timedOut('Loading the model', LOAD_TIMEOUT_MS),
      );
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

function timedOut(what: string, limitMs: number): JobError {
  return new JobError('DEVICE_TIMEOUT', `${what} took longer than ${Math.round(limitMs / 1000)} s.`);
}

function unstable(message: string, cause: JobError | null): JobError {
  return new JobError('DEVICE_UNSTABLE', message, {
    hint: 'Everything committed is kept. Chromium keeps pages from the GPU for two minutes after repeated crashes: run `millrace resume` (or reload the page) then. If it comes back, update the GPU driver, or run a new job with a smaller --batch-tokens or --device wasm.',
    cause,
  });
}
