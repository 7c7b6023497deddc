import type { FirstMet } from '../core/batch.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { readWindowResults, resultsHold } from '../store/result-store.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { DeviceResult } from './device-result.ts';
import { corrupt } from './store-corrupt.ts';

/** Of results that are held in memory. */
const MOST_HELD_BYTES = 32 * 2 ** 20;

/** Rows of a window, and one result each. */
type Results = Pick<DeviceResult, 'rows' | 'values'>;

/** Results that are held and dropped together. */
type Held = Results & {
  readonly window: number;
  /** Bytes that were taken up when it was: what was not asked for since grows old. */
  readonly at: number;
};

type Found = Map<number, Uint8Array<ArrayBuffer>>;

/**
 * Results of rows that earlier windows have, for rows that are equal to them: those that were computed or asked for lately
 * from memory, the others as they are committed, each window read once. A batch is held as it came from the device: nothing
 * is done for a row that nobody asks for.
 */
export class EarlierResults {
  readonly #db: JobDatabase;
  readonly #rowBytes: number;
  readonly #commits: Pick<CommitQueue, 'stored'>;
  readonly #most: number;
  /** Oldest first, in all and of each window. */
  readonly #held: Held[] = [];
  readonly #byWindow = new Map<number, Held[]>();
  #heldBytes = 0;
  #takenUp = 0;

  constructor(
    db: JobDatabase,
    rowBytes: number,
    commits: Pick<CommitQueue, 'stored'>,
    mostBytes = MOST_HELD_BYTES,
  ) {
    this.#db = db;
    this.#rowBytes = rowBytes;
    this.#commits = commits;
    this.#most = mostBytes;
  }

  /** Takes note of results of a window that were computed. Holds on to their buffers. */
  add(window: number, { rows, values }: Results): void {
    const held = { window, rows, values, at: this.#takenUp };
    this.#held.push(held);
    const ofWindow = this.#byWindow.get(window);
    if (ofWindow === undefined) this.#byWindow.set(window, [held]);
    else ofWindow.push(held);
    this.#takenUp += bytesOf(held);
    this.#heldBytes += bytesOf(held);
    while (this.#heldBytes > this.#most) this.#dropOldest();
  }

  /**
   * The results of these rows, all of which have ended; null for those that have none, as they went to quarantine.
   * @throws JobError `STORE_CORRUPT` when what is stored is not what was committed.
   */
  async of(rows: readonly FirstMet[]): Promise<readonly (Uint8Array<ArrayBuffer> | null)[]> {
    const found: Found = new Map();
    const asked = new Map<number, Set<number>>();
    for (const { window, row } of rows) asked.set(window, (asked.get(window) ?? new Set()).add(row));
    const missing: [number, Set<number>][] = [];
    for (const [window, wanted] of asked) {
      this.#takeHeld(window, wanted, found);
      const rest = [...wanted].filter((row) => !found.has(row));
      if (rest.length > 0) missing.push([window, new Set(rest)]);
    }
    if (missing.length > 0) await this.#commits.stored();
    for (const [window, wanted] of missing) await this.#read(window, wanted, found);
    return rows.map(({ row }) => found.get(row) ?? null);
  }

  #takeHeld(window: number, wanted: ReadonlySet<number>, found: Found): void {
    const old = this.#takenUp - this.#most / 2;
    const aging: Found = new Map();
    for (const { rows, values, at } of this.#byWindow.get(window) ?? []) {
      for (const [i, row] of rows.entries()) {
        if (!wanted.has(row)) continue;
        found.set(row, this.#resultAt(values, i));
        if (at < old) aging.set(row, found.get(row)!);
        else aging.delete(row);
      }
    }
    this.#holdAnew(window, aging);
  }

  async #read(window: number, wanted: ReadonlySet<number>, found: Found): Promise<void> {
    const read: Found = new Map();
    for (const segment of await readWindowResults(this.#db, window)) {
      if (!segment.rows.some((row) => wanted.has(row))) continue;
      if (!(await resultsHold(segment))) throw corrupt(`segment ${segment.seq} of window ${window}`);
      const values = new Uint8Array(segment.values);
      for (const [i, row] of segment.rows.entries())
        if (wanted.has(row)) read.set(row, this.#resultAt(values, i));
    }
    for (const [row, result] of read) found.set(row, result);
    this.#holdAnew(window, read);
  }

  /** Holds these by themselves: what is often asked for stays, whatever it was computed with. */
  #holdAnew(window: number, results: Found): void {
    if (results.size === 0) return;
    const values = new Uint8Array(results.size * this.#rowBytes);
    let i = 0;
    for (const result of results.values()) values.set(result, this.#rowBytes * i++);
    this.add(window, { rows: Uint32Array.from(results.keys()), values });
  }

  #dropOldest(): void {
    const oldest = this.#held.shift()!;
    const ofWindow = this.#byWindow.get(oldest.window)!;
    ofWindow.shift();
    if (ofWindow.length === 0) this.#byWindow.delete(oldest.window);
    this.#heldBytes -= bytesOf(oldest);
  }

  #resultAt(values: Uint8Array<ArrayBuffer>, i: number): Uint8Array<ArrayBuffer> {
    return values.subarray(i * this.#rowBytes, (i + 1) * this.#rowBytes);
  }
}

function bytesOf({ rows, values }: Results): number {
  return rows.byteLength + values.byteLength;
}
