import { resultRowBytes, type ResultOutput } from '../../../src/core/result-output.ts';
import type { ColumnType, ResultBatch, ResultSchema } from '../../../src/core/result-schema.ts';

/** A whole result in memory: what batches are cut from, and what a reader must find again. */
export type Results = ResultBatch & { readonly schema: ResultSchema };

const NASTY_STRINGS = [
  '',
  'plain',
  'naïve café',
  '日本語',
  '👩‍👩‍👧‍👦 family',
  'quote " and \\ backslash',
  'line\nbreak\r\nand\ttab',
  '\u0000\u0001\u001f controls',
  '\u2028 and \u2029',
  'null',
  '{"not":"json"}',
  'a,b;c',
  '\ufeffbom',
  'x'.repeat(500),
];

const COLUMNS: readonly {
  readonly name: string;
  readonly type: ColumnType;
  readonly values: readonly unknown[];
}[] = [
  { name: 'id', type: 'utf8', values: ['a1', 'b2', 'c3'] },
  { name: 'text with "quotes", ünïcode.and.dots', type: 'utf8', values: NASTY_STRINGS },
  { name: 'count', type: 'int64', values: [0, -1, 42, 2 ** 53, -(2 ** 53), 2 ** 31] },
  { name: 'weight', type: 'float64', values: [0, -0.5, 1e-300, 1.7976931348623157e308, 3, 0.1] },
  { name: 'flag', type: 'bool', values: [true, false] },
  { name: 'mixed', type: 'json', values: [1, 'one', true, [1, [2]], { a: { b: '"' }, n: null }, -0.25] },
  { name: 'nothing', type: 'utf8', values: [null] },
];

const FLOATS = [0, -0, 1, -1, 0.1, 1 / 3, 1e-45, 3.4028234663852886e38, -1.1754943508222875e-38, 16777217];

/** mulberry32: the same numbers in [0, 1) for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Rows with gaps, as after a quarantine; columns of every type with values that are null, absent or hard to write. */
export function randomResults(seed: number, rowCount: number, shape: number | ResultOutput): Results {
  const output: ResultOutput =
    typeof shape === 'number' ? { kind: 'vector', dims: shape, element: 'float32' } : shape;
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const rows = new Uint32Array(rowCount);
  for (let i = 0, row = -1; i < rowCount; i++)
    rows[i] = row += random() < 0.9 ? 1 : 1 + Math.floor(random() * 5);
  const kept: Record<string, (string | null)[]> = {};
  for (const { name, values } of COLUMNS) {
    kept[name] = Array.from(rows, () => {
      const kind = random();
      if (kind < 0.1) return null;
      return kind < 0.2 ? 'null' : JSON.stringify(pick(values));
    });
  }
  const values = randomValues(output, rowCount, random);
  const columns = COLUMNS.map(({ name, type }) => ({ name, type }));
  return { schema: { columns, output, rowCount }, rows, kept, values };
}

function randomValues(output: ResultOutput, rowCount: number, random: () => number): Uint8Array<ArrayBuffer> {
  const float = () => (random() < 0.05 ? FLOATS[Math.floor(random() * FLOATS.length)]! : random() - 0.5);
  const values = new Uint8Array(rowCount * resultRowBytes(output));
  const view = new DataView(values.buffer);
  if (output.kind === 'labels') {
    for (let at = 0; at < values.length; at += 8 * output.count) {
      for (let place = 0; place < output.count; place++) {
        view.setUint32(at + 4 * place, Math.floor(random() * output.labels.length), true);
        view.setFloat32(at + 4 * (output.count + place), float(), true);
      }
    }
  } else if (output.element === 'float32') {
    for (let at = 0; at < values.length; at += 4) view.setFloat32(at, float(), true);
  } else if (output.element === 'float16') {
    // Any bits but those of NaN and infinity.
    for (let at = 0; at < values.length; at += 2) {
      const sign = random() < 0.5 ? 0x8000 : 0;
      view.setUint16(at, sign | Math.floor(random() * 0x7c00), true);
    }
  } else {
    for (let at = 0; at < values.length; at++) values[at] = Math.floor(random() * 256);
  }
  return values;
}

/** The rows `[start, end)` as a batch of their own. */
export function sliceResults(
  { schema, rows, kept, values }: Results,
  start: number,
  end: number,
): ResultBatch {
  const rowBytes = resultRowBytes(schema.output);
  return {
    rows: rows.slice(start, end),
    kept: Object.fromEntries(Object.entries(kept).map(([name, texts]) => [name, texts.slice(start, end)])),
    values: values.slice(start * rowBytes, end * rowBytes),
  };
}

/** Cuts results into batches of the given size. */
export function* batchesOf(results: Results, size: number): Generator<ResultBatch> {
  for (let start = 0; start < results.rows.length; start += size)
    yield sliceResults(results, start, start + size);
}
