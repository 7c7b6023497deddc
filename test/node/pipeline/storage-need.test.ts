import { expect, test } from 'vitest';
import { CHUNKS_AHEAD } from '../../../src/checkpoint/window-chunks.ts';
import { storageNeed, type NeedOptions } from '../../../src/pipeline/storage-need.ts';
import { NO_TOTALS, type IngestState } from '../../../src/store/job-schema.ts';

const MIB = 2 ** 20;

/** A tenth of 100 MiB is read: 1,000 rows, 100 bytes of columns kept of each. */
function needOf(change: Partial<NeedOptions> = {}, ingest: Partial<IngestState> = {}): number | null {
  return storageNeed({
    ingest: {
      next: { chunk: 1, row: 1000, byte: 10 * MIB, line: 1001 },
      complete: false,
      rows: 1000,
      rejects: 0,
      bytesTotal: 100 * MIB,
      ...ingest,
    },
    totals: NO_TOTALS,
    sample: { kept: new ArrayBuffer(100_000), rowCount: 1000 },
    output: { kind: 'vector', dims: 384, element: 'float32' },
    resultsPerRow: 1,
    copiesInput: true,
    ...change,
  });
}

const results = 10_000 * (384 * 4 + 4);
const kept = 9000 * 100;

test('adds up results, kept columns and the text that is copied', () => {
  expect(needOf()).toBe(Math.ceil((results + kept + 90 * MIB) * 1.1));
});

test('counts only the text that is read ahead where the input stays where it is', () => {
  expect(needOf({ copiesInput: false })).toBe(Math.ceil((results + kept + CHUNKS_AHEAD * 2 * MIB) * 1.1));
});

test('leaves out what is done', () => {
  const totals = { ...NO_TOTALS, rowsEmbedded: 4000, rowsRefused: 500 };
  const whole = { complete: true, rows: 10_000, rejects: 500 };
  expect(needOf({ totals }, whole)).toBe(Math.ceil(5000 * (384 * 4 + 4) * 1.1));
});

test('counts every window of a text, and where it lies in it', () => {
  const windows = 10_000 * 3 * (384 * 4 + 4 + 20);
  expect(needOf({ resultsPerRow: 3 })).toBe(Math.ceil((windows + kept + 90 * MIB) * 1.1));
});

test('says nothing before a row is read', () => {
  expect(needOf({}, { rows: 0, next: { chunk: 0, row: 0, byte: 0, line: 1 } })).toBeNull();
});
