import { defaultBatching } from '../batch/default-batching.ts';
import type { WindowExamples } from '../batch/gather-batch.ts';
import type { Batching, JobBatching } from '../core/batching.ts';
import { updateHeader } from '../store/job-meta.ts';
import type { StoredWindow } from '../store/job-schema.ts';
import { chooseBatching, rememberBatching, type BatchingContext } from './choose-batching.ts';
import type { OpenedJob } from './open-job.ts';

/**
 * How a job batches its rows: decided once, before its first window is planned, and recorded with the job, so that every
 * window and every resume is planned alike, whatever a search would find then. Only lack of memory makes the budget
 * smaller, for windows that are not planned yet.
 */
export class JobBatcher {
  readonly #job: Pick<OpenedJob, 'db' | 'header'>;
  readonly #context: BatchingContext;
  #chosen: JobBatching | null;
  #saving: Promise<void> = Promise.resolve();

  constructor(job: Pick<OpenedJob, 'db' | 'header'>, context: BatchingContext) {
    this.#job = job;
    this.#context = context;
    this.#chosen = job.header.batching;
  }

  /** Null until the first window with rows. */
  get chosen(): JobBatching | null {
    return this.#chosen;
  }

  /**
   * How to cut a window that is about to be planned. For the first one the device may be measured, and so nothing else may
   * be on it. @param rows rows that the examples stand for
   */
  async forWindow(examples: WindowExamples, rows: number): Promise<Batching> {
    if (this.#chosen === null && examples.lengths.length > 0) {
      this.#chosen = await chooseBatching(this.#context, examples, rows);
      this.#save();
    }
    await this.#saving;
    return this.#chosen ?? defaultBatching(this.#context.device);
  }

  /** A batch of this window, of more than one row, did not fit into the device's memory. */
  outOfMemory(window: Pick<StoredWindow, 'budgetTokens'>): void {
    // Other batches of the same plan may fail alike, and are no reason to halve once more.
    const budgetTokens = Math.max(1, Math.floor(window.budgetTokens / 2));
    if (this.#chosen === null || budgetTokens >= this.#chosen.budgetTokens) return;
    this.#chosen = { ...this.#chosen, budgetTokens, halved: this.#chosen.halved + 1 };
    const message = `A batch did not fit into the device's memory: what is planned from now on has at most ${budgetTokens} tokens a batch.`;
    this.#context.onEvent({ kind: 'notice', level: 'warning', message });
    this.#save();
    if (this.#chosen.source !== 'fixed') void rememberBatching(this.#context, this.#chosen, null);
  }

  /** Resolves when what was decided is recorded. @throws JobError `STATE_BUSY` when the job has a newer owner. */
  async saved(): Promise<void> {
    await this.#saving;
  }

  #save(): void {
    const { db, header } = this.#job;
    const batching = this.#chosen;
    this.#saving = this.#saving.then(async () => void (await updateHeader(db, header.epoch, { batching })));
    // It is thrown to whoever waits for it.
    this.#saving.catch(() => undefined);
  }
}
