import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TableFormat } from '../../../src/core/output-format.ts';
import type { ResultOutput } from '../../../src/core/result-output.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { expectedResult, nearestHalf } from './expected-result.ts';
import { randomResults, type Results } from './random-results.ts';
import { writeFiles } from './write-files.ts';

const LABELS = ['plain', 'naïve "café"', '日本語', 'a,b;c', '=1+1'];
const OUTPUTS: Readonly<Record<string, ResultOutput>> = {
  float32: { kind: 'vector', dims: 24, element: 'float32' },
  float16: { kind: 'vector', dims: 24, element: 'float16' },
  int8: { kind: 'vector', dims: 24, element: 'int8' },
  binary: { kind: 'vector', dims: 24, element: 'binary' },
  best: { kind: 'labels', labels: LABELS, count: 1 },
  top3: { kind: 'labels', labels: LABELS, count: 3 },
};

type Row = Readonly<Record<string, unknown>>;

/** What a reader must find: numbers that JSON can carry, so that -0 is 0. */
function expectedRows(results: Results): readonly Row[] {
  const { output } = results.schema;
  return Array.from(results.rows, (row, index) => {
    const result = expectedResult(output, results.values, index);
    if ('numbers' in result) return { row, embedding: result.numbers.map((each) => each + 0) };
    const scores = result.scores.map((each) => each + 0);
    return scores.length === 1
      ? { row, label: result.labels[0], score: scores[0] }
      : { row, labels: result.labels, scores };
  });
}

/** Text stands for the number of the output's precision that is nearest to it. */
function asRead(rows: readonly Row[], output: ResultOutput, withRow: boolean): readonly Row[] {
  const half = output.kind === 'vector' && output.element === 'float16';
  const round = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(round);
    if (typeof value === 'bigint') return Number(value);
    return typeof value === 'number' ? (half ? nearestHalf(value) : Math.fround(value)) + 0 : value;
  };
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).flatMap(([name, value]) => {
        if (name === 'row') return withRow ? [[name, Number(value)]] : [];
        return [[name, round(value)]];
      }),
    ),
  );
}

const folder = temporaryFolder();
const all = new Map<string, Results>();

beforeAll(async () => {
  for (const [base, output] of Object.entries(OUTPUTS)) {
    const results = randomResults(21, 300, output);
    all.set(base, results);
    const formats: TableFormat[] = ['parquet', 'arrow', 'arrows', 'jsonl', 'csv'];
    if (output.kind === 'vector') formats.push('npy');
    for (const format of formats) await writeFiles(format, results, folder, base);
  }
});

describe.each(Object.keys(OUTPUTS))('DuckDB reads %s', (base) => {
  let duck: DuckDBConnection;
  beforeAll(async () => {
    duck = await (await DuckDBInstance.create(':memory:')).connect();
  });

  const list = OUTPUTS[base]!.kind === 'vector' ? 'embedding::DOUBLE[]' : 'scores::DOUBLE[]';
  const columns = {
    vector: `row, ${list} AS embedding`,
    best: 'row, label, score::DOUBLE AS score',
    top3: 'row, labels::VARCHAR[] AS labels, scores::DOUBLE[] AS scores',
  };
  const select = base === 'best' || base === 'top3' ? columns[base] : columns.vector;

  test.each([
    ['Parquet', `read_parquet('${folder}/${base}.parquet')`],
    ['CSV', `read_csv('${folder}/${base}.csv', header = true, strict_mode = true)`],
    ['JSON Lines', `read_json('${folder}/${base}.jsonl')`],
  ])('from %s', async (_name, from) => {
    const results = all.get(base)!;
    const read = await duck.runAndReadAll(`SELECT ${select} FROM ${from}`);
    const rows = asRead(read.getRowObjectsJS(), OUTPUTS[base]!, true);
    expect(rows).toEqual(asRead(expectedRows(results), OUTPUTS[base]!, true));
  });
});

const PYTHON = process.env['PYTHON'] ?? 'python3';
const python = spawnSync(PYTHON, ['-c', 'import numpy'], { encoding: 'utf8' });

describe.skipIf(python.status !== 0)('Python (skipped where python3 has no NumPy)', () => {
  test('reads the files with each of pyarrow, pandas, Polars and NumPy that it has', () => {
    const script = fileURLToPath(new URL('read-by-python.py', import.meta.url));
    const run = spawnSync(PYTHON, [script, folder], { encoding: 'utf8', maxBuffer: 1 << 28 });
    expect(run.stderr).toBe('');
    const found = JSON.parse(run.stdout) as Readonly<Record<string, readonly Row[]>>;
    expect(Object.keys(found)).toContain('float32.npy numpy');
    for (const [name, rows] of Object.entries(found)) {
      const base = name.slice(0, name.indexOf('.'));
      const withRow = !name.endsWith('numpy');
      const output = OUTPUTS[base]!;
      expect(asRead(rows, output, withRow), name).toEqual(
        asRead(expectedRows(all.get(base)!), output, withRow),
      );
    }
  });
});
