import type { FirstMet } from '../core/batch.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { readWindowResults, resultsHold } from '../store/result-store.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { DeviceResult } from './device-result.ts';
import { corrupt } from './store-corrupt.ts';

/** Of results that are held in memory. */
const MOST_HELD_BYTES = 32 * 2 ** 20;
/** What an entry costs beside its result, about. */
const ENTRY_BYTES = 150;

/**
 * Results of rows that earlier windows have, for rows that are equal to them: those that were computed or asked for lately
 * from memory, the others as they are committed, each window read once.
 */
export class EarlierResults {
  readonly #db: JobDatabase;
  readonly #rowBytes: number;
  readonly #commits: Pick<CommitQueue, 'stored'>;
  readonly #most: number;
  /** By row; what was used last comes last. */
  readonly #held = new Map<number, Uint8Array<ArrayBuffer>>();

  constructor(
    db: JobDatabase,
    rowBytes: number,
    commits: Pick<CommitQueue, 'stored'>,
    mostBytes = MOST_HELD_BYTES,
  ) {
    this.#db = db;
    this.#rowBytes = rowBytes;
    this.#commits = commits;
    this.#most = Math.floor(mostBytes / (rowBytes + ENTRY_BYTES));
  }

  /** Takes note of results that were computed. */
  add({ rows, values }: Pick<DeviceResult, 'rows' | 'values'>): void {
    for (let i = 0; i < rows.length; i++) this.#hold(rows[i]!, this.#resultAt(values, i));
  }

  /**
   * The results of these rows, all of which have ended; null for those that have none, as they went to quarantine.
   * @throws JobError `STORE_CORRUPT` when what is stored is not what was committed.
   */
  async of(rows: readonly FirstMet[]): Promise<readonly (Uint8Array<ArrayBuffer> | null)[]> {
    const found = new Map<number, Uint8Array<ArrayBuffer>>();
    const missing = new Map<number, Set<number>>();
    for (const { window, row } of rows) {
      const held = this.#held.get(row);
      if (held !== undefined) {
        this.#hold(row, held);
        found.set(row, held);
      } else missing.set(window, (missing.get(window) ?? new Set()).add(row));
    }
    if (missing.size > 0) await this.#commits.stored();
    for (const [window, wanted] of missing) await this.#read(window, wanted, found);
    return rows.map(({ row }) => found.get(row) ?? null);
  }

  async #read(
    window: number,
    wanted: ReadonlySet<number>,
    found: Map<number, Uint8Array<ArrayBuffer>>,
  ): Promise<void> {
    for (const segment of await readWindowResults(this.#db, window)) {
      if (!segment.rows.some((row) => wanted.has(row))) continue;
      if (!(await resultsHold(segment))) throw corrupt(`segment ${segment.seq} of window ${window}`);
      const values = new Uint8Array(segment.values);
      for (const [i, row] of segment.rows.entries()) {
        if (!wanted.has(row)) continue;
        const result = this.#resultAt(values, i);
        found.set(row, result);
        this.#hold(row, result);
      }
    }
  }

  #resultAt(values: Uint8Array<ArrayBuffer>, i: number): Uint8Array<ArrayBuffer> {
    return values.slice(i * this.#rowBytes, (i + 1) * this.#rowBytes);
  }

  #hold(row: number, result: Uint8Array<ArrayBuffer>): void {
    this.#held.delete(row);
    this.#held.set(row, result);
    if (this.#held.size <= this.#most) return;
    for (const oldest of this.#held.keys()) {
      this.#held.delete(oldest);
      break;
    }
  }
}
