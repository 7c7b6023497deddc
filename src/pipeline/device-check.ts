import type { DeviceLoadRequest, DeviceReport } from '../core/device-info.ts';
import type { DeviceAgreement } from '../core/job-event.ts';
import type { WorkerSpawner } from '../rpc/worker-port.ts';
import { compareWithWasm } from './canary.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { DeviceRunner } from './device-runner.ts';
import type { DeviceApi } from './ports.ts';
import type { PreparedWindow } from './prepare-windows.ts';

export type DeviceCheckOptions = {
  readonly spawn: WorkerSpawner<DeviceApi>;
  readonly runner: DeviceRunner;
  readonly request: DeviceLoadRequest;
  readonly device: DeviceReport;
  readonly commits: CommitQueue;
  /** What an earlier run of the job found; null when it is still to be found. */
  readonly agreement: DeviceAgreement | null;
  /** Records what was found. Nothing is committed before it resolves. */
  readonly onAgreed: (agreement: DeviceAgreement) => Promise<void>;
  /** The comparison failed: nothing will be committed. */
  readonly onFailed: (thrown: unknown) => void;
};

/** Compares the GPU with WASM, once a job, beside the first batches: they are computed, but not committed, meanwhile. */
export class DeviceCheck {
  readonly #options: DeviceCheckOptions;
  #agreement: DeviceAgreement | null;
  #running: Promise<void> | null = null;

  constructor(options: DeviceCheckOptions) {
    this.#options = options;
    this.#agreement = options.agreement;
  }

  /** Null on WASM, and until the GPU was compared with it. */
  get agreement(): DeviceAgreement | null {
    return this.#agreement;
  }

  /** Begins with the first window that has rows to run; to be called before its first batch is started. */
  begin(window: PreparedWindow): void {
    const { device, commits, onFailed } = this.#options;
    if (device.provider === 'wasm' || this.#agreement !== null) return;
    if (this.#running !== null || window.plans.length === 0) return;
    const compared = this.#compare(window);
    commits.holdUntil(compared);
    this.#running = compared.catch(onFailed);
  }

  /** Resolves when what was begun has ended, one way or the other: its worker is gone, and commits are free or dropped. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #compare(window: PreparedWindow): Promise<void> {
    const { spawn, runner, request, device, onAgreed } = this.#options;
    const agreement = await compareWithWasm(spawn, runner, request, device, window);
    await onAgreed(agreement);
    this.#agreement = agreement;
  }
}
