import { passageNumber } from '../core/passage.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import type { StoredResults } from '../store/job-schema.ts';
import type { DeviceResult } from './device-result.ts';

/** What results add to a job's counts. */
export type Tallied = {
  /** Rows with a result; less than none where one of them turns out to be refused. */
  readonly embedded: number;
  /** Rows that are in quarantine from now on. */
  readonly refused: number;
  /** What the quarantine is to hold of them, or to hold in place of what it does. */
  readonly records: readonly QuarantineRecord[];
};

/**
 * Counts the rows of one window of chunks while results come in. A row of several passages counts once, with its first
 * passage, and is refused as a whole as soon as any of them is: for the first of those that are, whatever the order in which
 * they come.
 */
export class RowTally {
  /** Rows whose first passage has a result. */
  readonly #firsts = new Set<number>();
  /** By row: the least passage for which it was refused. */
  readonly #refused = new Map<number, number>();

  /** Rows with a result that are not refused. */
  get embedded(): number {
    let count = 0;
    for (const row of this.#firsts) if (!this.#refused.has(row)) count++;
    return count;
  }

  /** Takes the results of a batch. */
  add(result: Pick<DeviceResult, 'rows' | 'passages' | 'refused' | 'refusedPassages'>): Tallied {
    const { rows, passages, refused, refusedPassages } = result;
    if (passages === undefined) return { embedded: rows.length, refused: refused.length, records: refused };
    let embedded = 0;
    for (const [index, row] of rows.entries()) {
      if (passageNumber(passages, index) !== 0) continue;
      this.#firsts.add(row);
      if (!this.#refused.has(row)) embedded++;
    }
    const records = new Map<number, QuarantineRecord>();
    let newlyRefused = 0;
    for (const [index, record] of refused.entries()) {
      const { row } = record;
      const passage = refusedPassages?.[index] ?? 0;
      const before = this.#refused.get(row);
      if (before === undefined) {
        newlyRefused++;
        if (this.#firsts.has(row)) embedded--;
      } else if (before <= passage) continue;
      this.#refused.set(row, passage);
      records.set(row, record);
    }
    return { embedded, refused: newlyRefused, records: [...records.values()] };
  }

  /** Takes what is stored already. */
  addStored({ rows, passages, refused, refusedPassages }: StoredResults): void {
    if (passages === undefined) return;
    for (const [index, row] of rows.entries())
      if (passageNumber(passages, index) === 0) this.#firsts.add(row);
    for (const [index, row] of refused.entries()) {
      const passage = refusedPassages?.[index] ?? 0;
      this.#refused.set(row, Math.min(passage, this.#refused.get(row) ?? passage));
    }
  }
}
