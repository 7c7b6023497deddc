import { describe, expect, test } from 'vitest';
import type { ExportTarget } from '../../../src/core/export-target.ts';
import type { JobError } from '../../../src/core/job-error.ts';
import { rowInput, type QuarantineRecord } from '../../../src/core/quarantine.ts';
import type { ResultBatch } from '../../../src/core/result-schema.ts';
import { exportResults, type ExportResultsOptions } from '../../../src/export/export-results.ts';
import { MemoryTarget } from '../../../src/export/targets/memory-target.ts';
import { batchesOf, randomResults, sliceResults } from '../../conformance/export/random-results.ts';

const results = randomResults(1, 50, 4);
const record: QuarantineRecord = {
  row: 7,
  id: null,
  code: 'ROW_EMPTY',
  message: 'line 8: "text" is empty',
  attempts: 0,
};

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

function options(target: ExportTarget, overrides: Partial<ExportResultsOptions> = {}): ExportResultsOptions {
  return {
    schema: results.schema,
    format: 'jsonl',
    batches: each(batchesOf(results, 20)),
    quarantine: each([]),
    target,
    ...overrides,
  };
}

describe('exportResults', () => {
  test('writes results and quarantine, and says what it wrote', async () => {
    const target = new MemoryTarget();
    const progress: [number, number][] = [];
    const input = rowInput('x'.repeat(40_000));
    const records = [record, { ...record, row: 9, id: 'ü\n"', attempts: 3, input }];
    const outcome = await exportResults(
      options(target, {
        format: 'npy',
        quarantine: each(records),
        onProgress: (rowsWritten, rowsTotal) => progress.push([rowsWritten, rowsTotal]),
      }),
    );
    expect(outcome).toEqual({
      rows: 50,
      inputRows: 50,
      quarantined: 2,
      files: ['.npy', '.ids.jsonl', '.quarantine.jsonl'],
      rowsByFile: { '.npy': 50, '.ids.jsonl': 50, '.quarantine.jsonl': 2 },
      notices: [],
    });
    expect([...target.files.keys()].sort()).toEqual([...outcome.files].sort());
    expect(progress).toEqual([
      [20, 50],
      [40, 50],
      [50, 50],
    ]);
    const lines = new TextDecoder().decode(target.files.get('.quarantine.jsonl')).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { ...record, input: null, inputCut: false },
      { ...record, row: 9, id: 'ü\n"', attempts: 3, input: 'x'.repeat(32_768), inputCut: true },
    ]);
  });

  test('makes no quarantine file when nothing is in quarantine', async () => {
    const target = new MemoryTarget();
    expect((await exportResults(options(target))).files).toEqual(['.jsonl']);
    expect([...target.files.keys()]).toEqual(['.jsonl']);
  });

  test('completes the results last', async () => {
    const finished: string[] = [];
    const target: ExportTarget = {
      open: async (suffix) => ({
        write: async () => {},
        finish: async () => void finished.push(suffix),
        abort: async () => {},
      }),
    };
    await exportResults(options(target, { format: 'npy', quarantine: each([record]) }));
    expect(finished).toEqual(['.quarantine.jsonl', '.ids.jsonl', '.npy']);
  });

  describe('leaves no file', () => {
    /** What an export that must fail throws, for two formats, and the files that it leaves. */
    async function failures(overrides: () => Partial<ExportResultsOptions>) {
      const outcomes: unknown[] = [];
      for (const format of ['jsonl', 'npy'] as const) {
        const target = new MemoryTarget();
        const error: unknown = await exportResults(
          options(target, { format, quarantine: each([record]), ...overrides() }),
        ).catch((thrown: unknown) => thrown);
        const { code, message } = error as JobError;
        outcomes.push({ code, message, files: [...target.files.keys()] });
      }
      return outcomes;
    }

    function nothing(message: string) {
      const outcome = { code: 'EXPORT_FAILED', message, files: [] };
      return [outcome, outcome];
    }

    test('when a row is missing', async () => {
      const overrides = () => ({ batches: each([sliceResults(results, 0, 49)]) });
      expect(await failures(overrides)).toEqual(nothing('The export has 49 rows, expected 50.'));
    });

    test('when a row comes twice', async () => {
      const [first, again] = [results.rows[8], results.rows[9]];
      const overrides = () => ({
        batches: each([sliceResults(results, 0, 10), sliceResults(results, 8, 10)]),
      });
      expect(await failures(overrides)).toEqual(nothing(`The export got row ${first} after row ${again}.`));
    });

    test('when the results cannot be read, and says why', async () => {
      async function* broken(): AsyncGenerator<ResultBatch> {
        yield sliceResults(results, 0, 10);
        throw new Error('checksum of segment 3');
      }
      expect(await failures(() => ({ batches: broken() }))).toEqual(nothing('checksum of segment 3'));
    });

    test('when the quarantine cannot be read', async () => {
      async function* broken(): AsyncGenerator<QuarantineRecord> {
        yield record;
        throw new Error('gone');
      }
      expect(await failures(() => ({ quarantine: broken() }))).toEqual(nothing('gone'));
    });

    test('when it is stopped, at any batch', async () => {
      for (const stopAt of [20, 50]) {
        for (const format of ['jsonl', 'npy'] as const) {
          const controller = new AbortController();
          const target = new MemoryTarget();
          const onProgress = (rows: number) => {
            if (rows === stopAt) controller.abort();
          };
          const stopped = exportResults(options(target, { format, onProgress, signal: controller.signal }));
          await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
          expect([...target.files.keys()]).toEqual([]);
        }
      }
    });

    test('when the last file cannot be completed', async () => {
      const memory = new MemoryTarget();
      const target: ExportTarget = {
        open: async (suffix) => {
          const file = await memory.open(suffix);
          if (suffix !== '.npy') return file;
          return { ...file, finish: () => Promise.reject(new Error('rename failed')) };
        },
      };
      const failing = exportResults(options(target, { format: 'npy', quarantine: each([record]) }));
      await expect(failing).rejects.toMatchObject({ code: 'EXPORT_FAILED', message: 'rename failed' });
      expect([...memory.files.keys()]).toEqual([]);
    });
  });
});
