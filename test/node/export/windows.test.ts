import { describe, expect, test } from 'vitest';
import type { ResultBatch, ResultSchema } from '../../../src/core/result-schema.ts';
import { exportResults } from '../../../src/export/export-results.ts';
import { MemoryTarget } from '../../../src/export/targets/memory-target.ts';
import { vectorBytes } from '../../support/vector-bytes.ts';

const SCHEMA: ResultSchema = {
  columns: [
    ...['window', 'start_char', 'end_char'].map((name) => ({ name, type: 'int64' as const })),
    { name: 'id', type: 'utf8' },
  ],
  windowed: true,
  output: { kind: 'vector', dims: 1, element: 'float32' },
  rowCount: 5,
};

function batch(windows: readonly (readonly [row: number, window: number])[]): ResultBatch {
  const texts = (numbers: readonly number[]) => numbers.map(String);
  return {
    rows: Uint32Array.from(windows, ([row]) => row),
    kept: {
      window: texts(windows.map(([, window]) => window)),
      start_char: texts(windows.map(([, window]) => window * 10)),
      end_char: texts(windows.map(([, window]) => window * 10 + 12)),
      id: windows.map(([row]) => `"id ${row}"`),
    },
    values: vectorBytes(windows.map(([row, window]) => row + window / 4)),
  };
}

async function write(batches: readonly ResultBatch[], rowsPerFile?: number) {
  const target = new MemoryTarget();
  async function* each() {
    yield* batches;
  }
  async function* none(): AsyncGenerator<never> {}
  const outcome = await exportResults({
    schema: SCHEMA,
    format: 'jsonl',
    batches: each(),
    quarantine: none(),
    target,
    ...(rowsPerFile === undefined ? {} : { choices: { rowsPerFile } }),
  });
  return { outcome, target };
}

describe('windows of texts', () => {
  test('are rows of the output, counted apart from those of the input', async () => {
    const { outcome, target } = await write([
      batch([
        [0, 0],
        [2, 0],
        [2, 1],
      ]),
      batch([
        [2, 2],
        [3, 0],
      ]),
    ]);
    expect(outcome).toMatchObject({ rows: 5, inputRows: 3, rowsByFile: { '.jsonl': 5 } });
    const lines = new TextDecoder().decode(target.files.get('.jsonl')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown).slice(1, 3)).toEqual([
      { row: 2, window: 0, start_char: 0, end_char: 12, id: 'id 2', embedding: [2] },
      { row: 2, window: 1, start_char: 10, end_char: 22, id: 'id 2', embedding: [2.25] },
    ]);
  });

  test('may go on in the next part', async () => {
    const { outcome } = await write(
      [
        batch([
          [0, 0],
          [2, 0],
          [2, 1],
          [2, 2],
          [3, 0],
        ]),
      ],
      2,
    );
    expect(outcome).toMatchObject({ rows: 5, inputRows: 3 });
    expect(Object.values(outcome.rowsByFile)).toEqual([2, 2, 1]);
  });

  test.each([
    [
      'twice',
      [
        [0, 0],
        [2, 0],
        [2, 0],
        [2, 1],
        [3, 0],
      ],
    ],
    [
      'out of order',
      [
        [0, 0],
        [2, 1],
        [2, 0],
        [2, 2],
        [3, 0],
      ],
    ],
    [
      'not from the first on',
      [
        [0, 0],
        [1, 0],
        [2, 1],
        [2, 2],
        [3, 0],
      ],
    ],
  ] as const)('are refused when one comes %s', async (_, windows) => {
    await expect(write([batch(windows)])).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
      message: expect.stringMatching(/^The export got window \d of row \d after row \d\.$/),
    });
  });
});
