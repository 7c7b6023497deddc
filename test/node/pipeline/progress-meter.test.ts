import { describe, expect, test } from 'vitest';
import { ProgressMeter } from '../../../src/pipeline/progress-meter.ts';
import { NO_TOTALS } from '../../../src/store/job-schema.ts';
import { ingestOf, totalsOf } from '../../support/job-totals.ts';

/** A meter with a clock that the test sets. */
function startMeter(totals = NO_TOTALS) {
  const clock = { ms: 1_000_000 };
  return { clock, meter: new ProgressMeter(() => clock.ms, totals) };
}

describe('ProgressMeter', () => {
  test('knows no rate and no time left before the first commit', () => {
    const { clock, meter } = startMeter();
    clock.ms += 5000;
    expect(meter.progress(NO_TOTALS, ingestOf(0), 12)).toEqual({
      rowsDone: 0,
      rowsQuarantined: 0,
      rowsWaiting: 12,
      rowsTotal: null,
      rowsTotalExact: false,
      bytesRead: 0,
      bytesTotal: 1000,
      rowsPerSecond: 0,
      tokensPerSecond: 0,
      secondsLeft: null,
    });
  });

  test('takes rates from what was committed since the start', () => {
    const { clock, meter } = startMeter();
    clock.ms += 2000;
    const totals = totalsOf({ rowsEmbedded: 90, rowsRefused: 10, tokens: 3000 });
    meter.sample(totals);
    const progress = meter.progress(totals, ingestOf(10, { rows: 500, complete: true }), 0);
    expect(progress).toMatchObject({
      rowsPerSecond: 50,
      tokensPerSecond: 1500,
      secondsLeft: 8,
      rowsTotalExact: true,
    });
  });

  test('does not count rows of an earlier run in the rate', () => {
    const { clock, meter } = startMeter(totalsOf({ rowsEmbedded: 1000, tokens: 9000 }));
    clock.ms += 1000;
    const totals = totalsOf({ rowsEmbedded: 1010, tokens: 9100 });
    meter.sample(totals);
    expect(meter.progress(totals, ingestOf(1), 0)).toMatchObject({
      rowsPerSecond: 10,
      tokensPerSecond: 100,
      rowsDone: 1010,
    });
  });

  test('forgets what was before the last fifteen seconds', () => {
    const { clock, meter } = startMeter();
    let rowsEmbedded = 0;
    for (let second = 1; second <= 60; second++) {
      clock.ms += 1000;
      rowsEmbedded += second <= 30 ? 1000 : 10;
      meter.sample(totalsOf({ rowsEmbedded }));
    }
    expect(meter.progress(totalsOf({ rowsEmbedded }), ingestOf(1), 0).rowsPerSecond).toBe(10);
  });

  test('has a rate also when commits are further apart than that', () => {
    const { clock, meter } = startMeter();
    clock.ms += 60_000;
    meter.sample(totalsOf({ rowsEmbedded: 600 }));
    clock.ms += 60_000;
    meter.sample(totalsOf({ rowsEmbedded: 1800 }));
    expect(meter.progress(totalsOf({ rowsEmbedded: 1800 }), ingestOf(1), 0).rowsPerSecond).toBeGreaterThan(0);
  });

  test('estimates the rows from the share of the bytes that is read, and knows them at the end', () => {
    const { meter } = startMeter();
    const reading = ingestOf(2, { rows: 30, byte: 250 });
    expect(meter.progress(NO_TOTALS, reading, 0)).toMatchObject({
      rowsTotal: 120,
      rowsTotalExact: false,
      bytesRead: 250,
    });
    const read = ingestOf(9, { rows: 77, complete: true });
    expect(meter.progress(NO_TOTALS, read, 0)).toMatchObject({ rowsTotal: 77, rowsTotalExact: true });
  });

  test('counts rows that the reader refused as done and as quarantined', () => {
    const { meter } = startMeter();
    const progress = meter.progress(
      totalsOf({ rowsEmbedded: 5, rowsRefused: 2 }),
      ingestOf(3, { rejects: 4 }),
      0,
    );
    expect(progress).toMatchObject({ rowsDone: 11, rowsQuarantined: 6 });
  });
});
