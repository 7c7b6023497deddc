import { passageNumber } from '../core/passage.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import type { JobTotals, StoredExamples, StoredResults, StoredWindow } from '../store/job-schema.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { commitResults, readWindowResults } from '../store/result-store.ts';
import { ChangeSignal } from '../util/signal-change.ts';
import { Mutex } from '../util/mutex.ts';
import type { DeviceResult } from './device-result.ts';
import { joinBatches, OpenWindow, type FinishedBatch } from './open-window.ts';

/** Commit at the latest so long after the first result that waits. */
const COMMIT_AFTER_MS = 500;
/** Commit as soon as so much waits: values of 1-16 MiB are written fastest. */
const COMMIT_AFTER_BYTES = 4 * 2 ** 20;
/** With so much waiting, the device has to wait as well. */
const MAX_PENDING_BYTES = 4 * COMMIT_AFTER_BYTES;

/** Rows of a window to be counted when it is opened. */
export type WindowCounts = {
  /** Cut to the model's longest input. */
  readonly truncated: number;
  /** Not run, because they have the tokens of another row. */
  readonly copies: number;
  /** What the window is the first to have. */
  readonly newExamples?: readonly StoredExamples[];
  /** Whose text was split, and the windows of all texts; left out: none. */
  readonly split?: number;
  readonly passages?: number;
};

type Opening = {
  readonly record: StoredWindow;
  /** By the task. */
  readonly refused: readonly QuarantineRecord[];
  readonly counts: WindowCounts;
};

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
  #pending: FinishedBatch[] = [];
  #pendingBytes = 0;
  #rowsWaiting = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #totals: JobTotals;
  #computeSince: number;
  #failed = false;
  #failure: unknown;
  #held = false;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
    this.#totals = options.totals;
    this.#computeSince = options.now();
  }

  get totals(): JobTotals {
    return this.#totals;
  }

  /** Rows of batches that were added and are not committed, those of a commit under way among them. */
  get rowsWaiting(): number {
    return this.#rowsWaiting;
  }

  /**
   * Records a new window, its budget and the rows that the task refused, before its first batch runs; in the same transaction
   * what waits to be committed, as the disk is flushed once for both. @throws what writing failed with
   */
  async openWindow(
    record: StoredWindow,
    isNew: boolean,
    refused: readonly QuarantineRecord[],
    counts: WindowCounts,
  ): Promise<OpenWindow> {
    const window = new OpenWindow(record);
    if (!isNew) {
      if ((counts.passages ?? 0) > 0) await this.#recount(window);
      return window;
    }
    try {
      await this.#writing.run(() => this.#commitPending({ record, refused, counts }));
    } catch (thrown) {
      // What waited went with it: nobody is to wait for room.
      this.#fail(thrown);
      throw thrown;
    } finally {
      this.#drained.notify();
    }
    return window;
  }

  add(batch: FinishedBatch): void {
    this.#pending.push(batch);
    this.#pendingBytes += bytesOf(batch.result);
    this.#rowsWaiting += rowsOf(batch);
    if (this.#pendingBytes >= COMMIT_AFTER_BYTES) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), COMMIT_AFTER_MS);
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
    await this.#drained.until(() => this.#failed || this.#pendingBytes < MAX_PENDING_BYTES);
  }

  /** Commits what waits, unless it is held. Never throws: a failure goes to `onError`, once. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#held) return;
    try {
      await this.#writing.run(() => this.#commitPending());
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

  /** Also records a window that is opened, if one is given. */
  async #commitPending(opened?: Opening): Promise<void> {
    const batches = this.#held || this.#failed ? [] : this.#pending;
    if (batches.length === 0 && opened === undefined) return;
    const startedAt = this.#options.now();
    if (batches.length > 0) this.#clearPending();
    const bytes = batches.reduce((total, { result }) => total + bytesOf(result), 0);
    const byWindow = new Map<OpenWindow, FinishedBatch[]>();
    for (const batch of batches) {
      const group = byWindow.get(batch.window);
      if (group === undefined) byWindow.set(batch.window, [batch]);
      else group.push(batch);
    }
    const results: StoredResults[] = [];
    for (const [window, group] of byWindow) results.push(await joinBatches(window, group));
    const tallied = batches.map(({ window, result }) => window.tally.add(result));
    const refused = tallied.flatMap(({ records }) => records);
    const sum = (pick: (batch: FinishedBatch) => number) =>
      batches.reduce((total, batch) => total + pick(batch), 0);
    const before = opened === undefined ? this.#totals : withWindow(this.#totals, opened);
    await this.#write(
      [
        ...[...byWindow.keys()].map((window) => window.record),
        ...(opened === undefined ? [] : [opened.record]),
      ],
      results,
      [...refused, ...(opened?.refused ?? [])],
      {
        ...before,
        rowsEmbedded: before.rowsEmbedded + tallied.reduce((total, { embedded }) => total + embedded, 0),
        rowsRefused: before.rowsRefused + tallied.reduce((total, each) => total + each.refused, 0),
        tokens: before.tokens + sum((batch) => batch.tokens),
        paddedTokens: before.paddedTokens + sum((batch) => batch.paddedTokens),
        batches: before.batches + batches.length,
      },
      startedAt,
      opened?.counts.newExamples,
    );
    this.#pendingBytes -= bytes;
    this.#rowsWaiting -= sum(rowsOf);
  }

  /** Counts anew what is stored of a window that an earlier run opened. */
  async #recount({ record, tally }: OpenWindow): Promise<void> {
    for (const segment of await readWindowResults(this.#options.db, record.ordinal)) tally.addStored(segment);
  }

  #clearPending(): void {
    this.#pending = [];
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #write(
    windows: readonly StoredWindow[],
    results: readonly StoredResults[],
    refused: readonly QuarantineRecord[],
    totals: JobTotals,
    startedAt: number,
    examples: readonly StoredExamples[] = [],
  ): Promise<void> {
    const { db, epoch, now, onCommit, onCost, whenRoom = (write) => write() } = this.#options;
    const at = now();
    const timed = { ...totals, computeMs: totals.computeMs + (at - this.#computeSince) };
    const commit = {
      windows,
      results,
      refused,
      examples,
      totals: timed,
      dropChunks: windows
        .filter((window) => window.complete)
        .map((window) => [window.firstChunk, window.firstChunk + window.chunkCount - 1] as const),
    };
    await whenRoom(() => commitResults(db, epoch, commit));
    const endedAt = now();
    onCost?.(endedAt - startedAt, endedAt - at);
    this.#computeSince = at;
    this.#totals = timed;
    onCommit(timed, refused);
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

function withWindow(totals: JobTotals, { refused, counts }: Opening): JobTotals {
  const { split = 0, passages = 0 } = counts;
  const ofTexts = {
    rowsSplit: (totals.rowsSplit ?? 0) + split,
    passages: (totals.passages ?? 0) + passages,
  };
  return {
    ...totals,
    ...(passages === 0 ? {} : ofTexts),
    rowsRefused: totals.rowsRefused + refused.length,
    rowsTruncated: totals.rowsTruncated + counts.truncated,
    rowsCopied: totals.rowsCopied + counts.copies,
    windows: totals.windows + 1,
  };
}
