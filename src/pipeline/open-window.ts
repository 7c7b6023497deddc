import { DoneSet } from '../checkpoint/done-set.ts';
import { JobError } from '../core/job-error.ts';
import { joinPassages } from '../core/passage.ts';
import type { StoredResults, StoredWindow } from '../store/job-schema.ts';
import { resultsSha256 } from '../store/result-store.ts';
import type { DeviceResult } from './device-result.ts';
import { RowTally } from './row-tally.ts';

/** A window while it is worked on: what is stored of it, and what is committed. */
export class OpenWindow {
  readonly done: DoneSet;
  readonly tally = new RowTally();
  record: StoredWindow;

  constructor(record: StoredWindow) {
    this.record = record;
    this.done = new DoneSet(record.batchCount, record.done);
  }
}

/** A batch that is computed and not yet committed. */
export type FinishedBatch = {
  readonly window: OpenWindow;
  readonly ordinal: number;
  readonly result: DeviceResult;
  /** Tokens before padding, and with it. */
  readonly tokens: number;
  readonly paddedTokens: number;
  /** Tokens of each row of the result, where they are kept. */
  readonly rowTokens?: Uint32Array<ArrayBuffer>;
};

/** One segment of the batches of one window; marks them done and the window complete when they were its last. */
export async function joinBatches(
  window: OpenWindow,
  batches: readonly FinishedBatch[],
): Promise<StoredResults> {
  const count = batches.reduce((sum, batch) => sum + batch.result.rows.length, 0);
  const length = batches.reduce((sum, batch) => sum + batch.result.values.length, 0);
  const rows = new Uint32Array(count);
  const values = new Uint8Array(length);
  const rowTokens = batches.every((batch) => batch.rowTokens !== undefined)
    ? new Uint32Array(count)
    : undefined;
  let row = 0;
  let value = 0;
  for (const batch of batches) {
    if (window.done.has(batch.ordinal)) {
      throw new JobError(
        'INTERNAL',
        `Batch ${batch.ordinal} of window ${window.record.ordinal} came out twice.`,
      );
    }
    window.done.add(batch.ordinal);
    rows.set(batch.result.rows, row);
    if (batch.rowTokens !== undefined) rowTokens?.set(batch.rowTokens, row);
    values.set(batch.result.values, value);
    row += batch.result.rows.length;
    value += batch.result.values.length;
  }
  const { passages } = joinPassages(batches.map((batch) => batch.result.passages));
  const seq = window.record.segments;
  window.record = {
    ...window.record,
    done: window.done.bytes.slice(),
    complete: window.done.complete,
    segments: seq + 1,
  };
  return {
    window: window.record.ordinal,
    seq,
    batches: batches.map((batch) => batch.ordinal),
    tokens: batches.reduce((sum, batch) => sum + batch.tokens, 0),
    paddedTokens: batches.reduce((sum, batch) => sum + batch.paddedTokens, 0),
    refused: batches.flatMap((batch) => batch.result.refused.map((record) => record.row)),
    rows,
    values: values.buffer,
    ...(passages === undefined
      ? {}
      : {
          passages,
          refusedPassages: batches.flatMap((batch) => batch.result.refusedPassages ?? []),
        }),
    ...(rowTokens === undefined ? {} : { rowTokens }),
    sha256: await resultsSha256(rows, values.buffer, passages, rowTokens),
  };
}
