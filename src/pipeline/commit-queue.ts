import { passageNumber } from '../core/passage.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import type { JobTotals, StoredWindow } from '../store/job-schema.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { commitResults, readWindowResults, type ResultCommit } from '../store/result-store.ts';
import { deferred, type Deferred } from '../util/deferred.ts';
import { Mutex } from '../util/mutex.ts';
import { ChangeSignal } from '../util/signal-change.ts';
import type { DeviceResult } from './device-result.ts';
import { gatherCommit } from './gather-commit.ts';
import { OpenWindow, type FinishedBatch } from './open-window.ts';
import type { WindowCounts, WindowOpening } from './window-opening.ts';

/** Commit at the latest so long after the first result that waits. */
const COMMIT_AFTER_MS = 500;
/** Commit as soon as so much waits: values of 1-16 MiB are written fastest. */
const COMMIT_AFTER_BYTES = 4 * 2 ** 20;
/** With so much waiting, the device has to wait as well. */
const MAX_PENDING_BYTES = 4 * COMMIT_AFTER_BYTES;

type Waiting = WindowOpening & { readonly stored: Deferred<void> };

export type CommitQueueOptions = {
  readonly db: JobDatabase;
  readonly epoch: number;
  readonly totals: JobTotals;
  /** Clock in milliseconds, for the compute time of the totals. */
  readonly now: () => number;
  readonly onCommit: (totals: JobTotals, refused: readonly QuarantineRecord[]) => void;
  /** Milliseconds that a commit took, packing included, and those of them in which its transaction was open. */
  readonly onCost?: (ms: number, openMs: number) => void;
  readonly onError: (thrown: unknown) => void;
  /** Does a write, and again while there is no room for it. */
  readonly whenRoom?: (write: () => Promise<void>) => Promise<void>;
};

/** Gathers finished batches and writes them, results and checkpoint in one transaction, while the device goes on. */
export class CommitQueue {
  readonly #options: CommitQueueOptions;
  readonly #writing = new Mutex();
  readonly #drained = new ChangeSignal();
  readonly #openings: Waiting[] = [];
  #pending: FinishedBatch[] = [];
  #pendingBytes = 0;
  /** Of the commit under way. */
  #writingBytes = 0;
  #rowsWaiting = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #totals: JobTotals;
  /** Null until the first window is there: to start and to read is not to compute. */
  #computeSince: number | null = null;
  #failed = false;
  #failure: unknown;
  #held = false;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
    this.#totals = options.totals;
  }

  get totals(): JobTotals {
    return this.#totals;
  }

  /** Rows of batches that were added and are not committed, those of a commit under way among them. */
  get rowsWaiting(): number {
    return this.#rowsWaiting;
  }

  /**
   * Records a new window, its budget and the rows that the task refused, before its first batch runs: with what is committed
   * next, as the disk is flushed once for both. Whoever cannot wait for that calls `hurry`. @throws what writing failed with
   */
  async openWindow(
    record: StoredWindow,
    isNew: boolean,
    refused: readonly QuarantineRecord[],
    counts: WindowCounts,
  ): Promise<OpenWindow> {
    this.#computeSince ??= this.#options.now();
    const window = new OpenWindow(record);
    if (!isNew) {
      if ((counts.passages ?? 0) > 0) await this.#recount(window);
      return window;
    }
    const stored = deferred<void>();
    this.#openings.push({ record, refused, counts, stored });
    this.#startTimer();
    await stored.promise;
    return window;
  }

  /** Records the windows that wait for it now, and commits what else waits with them. */
  hurry(): void {
    if (this.#openings.length > 0) void this.flush();
  }

  add(batch: FinishedBatch): void {
    this.#pending.push(batch);
    this.#pendingBytes += bytesOf(batch.result);
    this.#rowsWaiting += rowsOf(batch);
    if (this.#pendingBytes >= COMMIT_AFTER_BYTES) void this.flush();
    else this.#startTimer();
  }

  /**
   * Commits no results until `agreed` resolves; the device may go on as far as there is room. When it rejects, what waits
   * is dropped and nothing is committed any more. Windows are still opened.
   */
  holdUntil(agreed: Promise<unknown>): void {
    this.#held = true;
    agreed.then(
      () => {
        this.#held = false;
        void this.flush();
      },
      (thrown: unknown) => {
        this.#fail(thrown);
        this.#pending = [];
        this.#rowsWaiting = 0;
        this.#drained.notify();
      },
    );
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    const held = () => this.#pendingBytes + this.#writingBytes;
    await this.#drained.until(() => this.#failed || held() < MAX_PENDING_BYTES);
  }

  /** Commits what waits, but for batches that are held. Never throws: a failure goes to `onError`, once. */
  async flush(): Promise<void> {
    try {
      await this.#writing.run(() => this.#commitWaiting());
    } catch (thrown) {
      if (!this.#failed) this.#options.onError(thrown);
      this.#fail(thrown);
    }
    this.#drained.notify();
  }

  /** Resolves when all that was added is committed. @throws what committing failed with */
  async stored(): Promise<void> {
    await this.#drained.until(() => this.#failed || !this.#held);
    await this.flush();
    if (this.#failed) throw this.#failure;
  }

  #fail(thrown: unknown): void {
    if (!this.#failed) this.#failure = thrown;
    this.#failed = true;
  }

  async #commitWaiting(): Promise<void> {
    this.#stopTimer();
    const startedAt = this.#options.now();
    const openings = this.#openings.splice(0);
    const batches = this.#held || this.#failed ? [] : this.#pending.splice(0);
    if (batches.length === 0 && openings.length === 0) return;
    if (batches.length > 0) {
      this.#writingBytes = this.#pendingBytes;
      this.#pendingBytes = 0;
    }
    try {
      await this.#write(await gatherCommit(batches, openings, this.#totals), startedAt);
    } catch (thrown) {
      for (const { stored } of openings) stored.reject(thrown);
      throw thrown;
    } finally {
      this.#writingBytes = 0;
    }
    for (const { stored } of openings) stored.resolve();
    for (const batch of batches) this.#rowsWaiting -= rowsOf(batch);
  }

  /** Counts anew what is stored of a window that an earlier run opened. */
  async #recount({ record, tally }: OpenWindow): Promise<void> {
    for (const segment of await readWindowResults(this.#options.db, record.ordinal)) tally.addStored(segment);
  }

  #startTimer(): void {
    this.#timer ??= setTimeout(() => void this.flush(), COMMIT_AFTER_MS);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #write(commit: ResultCommit, startedAt: number): Promise<void> {
    const { db, epoch, now, onCommit, onCost, whenRoom = (write) => write() } = this.#options;
    const at = now();
    const computeMs = commit.totals.computeMs + (at - (this.#computeSince ?? at));
    const totals = { ...commit.totals, computeMs };
    await whenRoom(() => commitResults(db, epoch, { ...commit, totals }));
    const endedAt = now();
    onCost?.(endedAt - startedAt, endedAt - at);
    this.#computeSince = at;
    this.#totals = totals;
    onCommit(totals, commit.refused);
  }
}

/** About: of a row of several passages the first one counts, as when it is committed. */
function rowsOf({ result }: FinishedBatch): number {
  const { rows, passages, refused } = result;
  if (passages === undefined) return rows.length + refused.length;
  return rows.reduce((count, _, index) => count + (passageNumber(passages, index) === 0 ? 1 : 0), 0);
}

function bytesOf({ values, rows }: DeviceResult): number {
  return values.byteLength + rows.byteLength;
}
