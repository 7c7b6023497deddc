import { describe, expect, it } from 'vitest';
import type { JobEvent } from '../../../src/core/job-event.ts';
import type { QuarantineRecord } from '../../../src/core/quarantine.ts';
import {
  finishedRun,
  fractionDone,
  isBusy,
  MAX_NOTICES,
  MAX_QUARANTINED,
  NEW_RUN,
  quarantinedCount,
  reduceRun,
  type RunAction,
  type RunView,
} from '../../../src/app/job/run-view.ts';
import { progressOf, recordOf, SUMMARY, WASM_DEVICE } from './scripted-job-api.ts';

function after(actions: readonly RunAction[], view: RunView = NEW_RUN): RunView {
  return actions.reduce(reduceRun, view);
}

function events(...list: readonly JobEvent[]): readonly RunAction[] {
  return list.map((event) => ({ kind: 'event', event }));
}

function rejectOf(row: number): QuarantineRecord {
  return { row, id: null, code: 'ROW_NOT_JSON', message: `line ${row + 1} is not JSON`, attempts: 0 };
}

describe('reduceRun', () => {
  it('keeps what a run says on its way to files', () => {
    const view = after([
      { kind: 'started' },
      ...events(
        { kind: 'stage', stage: 'running', message: 'Computing' },
        { kind: 'device', device: WASM_DEVICE },
        { kind: 'progress', progress: progressOf({ rowsDone: 25, rowsTotal: 100 }) },
      ),
    ]);
    expect(view).toMatchObject({
      phase: 'running',
      stage: 'Computing',
      device: WASM_DEVICE,
      computed: false,
    });
    expect(fractionDone(view)).toBe(0.25);
    const computed = reduceRun(view, { kind: 'outcome', outcome: { kind: 'computed', summary: SUMMARY } });
    expect(computed).toMatchObject({ phase: 'computed', computed: true, summary: SUMMARY });
    const file = { name: 'a.parquet', file: new File([], 'a.parquet') };
    const done = after(
      [
        { kind: 'exporting', names: null },
        ...events({ kind: 'export', rowsWritten: 1, rowsTotal: 4 }),
        { kind: 'exported', files: [file] },
      ],
      computed,
    );
    expect(done).toMatchObject({ phase: 'done', files: [file], exported: null });
  });

  it('does not mistake a drain that was asked for with a cancel for a pause', () => {
    const paused = after([
      { kind: 'pausing' },
      { kind: 'outcome', outcome: { kind: 'paused', rowsDone: 3 } },
    ]);
    expect(paused.phase).toBe('paused');
    const cancelled = after([
      { kind: 'cancelling' },
      { kind: 'outcome', outcome: { kind: 'paused', rowsDone: 3 } },
    ]);
    expect(cancelled.phase).toBe('cancelling');
    const late = after([
      { kind: 'cancelling' },
      { kind: 'outcome', outcome: { kind: 'computed', summary: SUMMARY } },
    ]);
    expect(late.phase).toBe('cancelling');
  });

  it('lists each quarantined row once, the first hundred only, and counts them all', () => {
    const records = Array.from({ length: 250 }, (_, row) => rejectOf(row));
    const view = after(
      events(...records.map((record) => ({ kind: 'quarantined', record }) as const), {
        kind: 'quarantined',
        record: rejectOf(0),
      }),
    );
    expect(view.quarantined).toHaveLength(MAX_QUARANTINED);
    expect(quarantinedCount(view)).toBe(250);
    const withProgress = after(
      events({ kind: 'progress', progress: progressOf({ rowsQuarantined: 251 }) }),
      view,
    );
    expect(quarantinedCount(withProgress)).toBe(251);
  });

  it('says the same notice once and keeps a bounded number of them', () => {
    const twice = after(
      events(
        { kind: 'notice', level: 'warning', message: 'slow' },
        { kind: 'notice', level: 'warning', message: 'slow' },
      ),
    );
    expect(twice.notices).toEqual([{ level: 'warning', message: 'slow' }]);
    const many = Array.from(
      { length: MAX_NOTICES + 5 },
      (_, n) => ({ kind: 'notice', level: 'info', message: `${n}` }) as const,
    );
    expect(after(events(...many)).notices).toHaveLength(MAX_NOTICES);
  });

  it('shows an error, stays exportable when the rows were done, and starts clean', () => {
    const error = { code: 'EXPORT_FAILED', message: 'the disk is full', hint: null };
    const failed = after([
      { kind: 'outcome', outcome: { kind: 'computed', summary: SUMMARY } },
      { kind: 'failed', error },
    ]);
    expect(failed).toMatchObject({ phase: 'failed', computed: true, error });
    expect(reduceRun(failed, { kind: 'started' }).error).toBeNull();
  });

  it('knows no fraction without a total, and none above one', () => {
    expect(fractionDone(NEW_RUN)).toBeNull();
    expect(
      fractionDone(after(events({ kind: 'progress', progress: progressOf({ rowsDone: 5, rowsTotal: 0 }) }))),
    ).toBeNull();
    expect(
      fractionDone(after(events({ kind: 'progress', progress: progressOf({ rowsDone: 5, rowsTotal: 4 }) }))),
    ).toBe(1);
  });

  it('replaces a file that is exported again and keeps those of other formats', () => {
    const named = (name: string): { name: string; file: File } => ({ name, file: new File([], name) });
    const first = named('a.parquet');
    const again = named('a.parquet');
    const view = after([
      { kind: 'exported', files: [first] },
      { kind: 'exported', files: [named('a.jsonl')] },
      { kind: 'exported', files: [again] },
    ]);
    expect(view.files.map(({ name }) => name)).toEqual(['a.jsonl', 'a.parquet']);
    expect(view.files[1]?.file).toBe(again.file);
  });
});

describe('isBusy', () => {
  it('holds while closing the tab would interrupt something', () => {
    const phases = (
      ['running', 'pausing', 'cancelling', 'paused', 'computed', 'exporting', 'done', 'failed'] as const
    ).filter((phase) => isBusy({ ...NEW_RUN, phase }));
    expect(phases).toEqual(['running', 'pausing', 'cancelling', 'exporting']);
  });
});

describe('finishedRun', () => {
  it('shows a job of an earlier session as done only when its files are there', () => {
    const record = recordOf({ id: 'a', state: 'done', rowsDone: 7, rowsTotal: 7 });
    expect(finishedRun(record, [])).toMatchObject({ phase: 'computed', computed: true });
    expect(finishedRun(record, [{ name: 'a', file: new File([], 'a') }])).toMatchObject({ phase: 'done' });
  });
});
