import { JobError } from '../core/job-error.ts';
import type { ResultOutput } from '../core/result-output.ts';
import type { ResultBatch } from '../core/result-schema.ts';
import { sliceBatch } from './slice-batch.ts';

/** So many rows go on together, where rows of several sources take turns. */
const ROWS_TOGETHER = 4096;

/**
 * The rows of several sources in one order. Each source is in order by itself, and no row is in two of them.
 * One batch of each is in memory at a time.
 */
export async function* mergeBatches(
  sources: readonly AsyncGenerator<ResultBatch>[],
  output: ResultOutput,
): AsyncGenerator<ResultBatch, void, undefined> {
  const [only] = sources;
  if (sources.length === 1 && only !== undefined) return yield* only;
  const heads = sources.map((source) => new Head(source));
  let parts: ResultBatch[] = [];
  let count = 0;
  try {
    await Promise.all(heads.map((head) => head.fill()));
    for (;;) {
      const [first, second] = heads.filter(({ row }) => row !== null).sort((a, b) => a.row! - b.row!);
      if (first === undefined) break;
      if (first.row === second?.row)
        throw new JobError(
          'EXPORT_FAILED',
          `Row ${first.row} has two results: one of the job, and one of a retry.`,
        );
      const part = first.takeBefore(second?.row ?? Infinity, output);
      parts.push(part);
      count += part.rows.length;
      await first.fill();
      if (count < ROWS_TOGETHER) continue;
      yield joinBatches(parts);
      parts = [];
      count = 0;
    }
    if (count > 0) yield joinBatches(parts);
  } finally {
    await Promise.allSettled(sources.map((source) => source.return(undefined)));
  }
}

/** A source, and how far it is taken. */
class Head {
  readonly #source: AsyncGenerator<ResultBatch>;
  #batch: ResultBatch | null = null;
  #next = 0;

  constructor(source: AsyncGenerator<ResultBatch>) {
    this.#source = source;
  }

  /** The next row; null at the end. */
  get row(): number | null {
    return this.#batch?.rows[this.#next] ?? null;
  }

  /** Reads on until there is a row, or the end. */
  async fill(): Promise<void> {
    while (this.row === null) {
      const next = await this.#source.next();
      if (next.done === true) return void (this.#batch = null);
      this.#batch = next.value;
      this.#next = 0;
    }
  }

  takeBefore(row: number, output: ResultOutput): ResultBatch {
    const { rows } = this.#batch!;
    const from = this.#next;
    while (this.#next < rows.length && rows[this.#next]! < row) this.#next++;
    return sliceBatch(this.#batch!, output, from, this.#next);
  }
}

function joinBatches(batches: readonly ResultBatch[]): ResultBatch {
  const [first] = batches;
  if (first === undefined || batches.length === 1) return first!;
  const rows = new Uint32Array(batches.reduce((sum, batch) => sum + batch.rows.length, 0));
  const values = new Uint8Array(batches.reduce((sum, batch) => sum + batch.values.length, 0));
  let row = 0;
  let value = 0;
  for (const batch of batches) {
    rows.set(batch.rows, row);
    values.set(batch.values, value);
    row += batch.rows.length;
    value += batch.values.length;
  }
  const kept = Object.keys(first.kept).map(
    (name) => [name, batches.flatMap((batch) => batch.kept[name]!)] as const,
  );
  return { rows, kept: Object.fromEntries(kept), values, ...joinTokens(batches, rows.length) };
}

function joinTokens(batches: readonly ResultBatch[], count: number): Pick<ResultBatch, 'tokens'> {
  const tokens = new Uint32Array(count);
  let row = 0;
  for (const batch of batches) {
    if (batch.tokens === undefined) return {};
    tokens.set(batch.tokens, row);
    row += batch.rows.length;
  }
  return { tokens };
}
