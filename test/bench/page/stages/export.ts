import { parquetWriteBuffer } from 'rival:hyparquet-writer';
import type { ResultBatch, ResultSchema } from '../../../../src/core/result-schema.ts';
import { exportResults } from '../../../../src/export/export-results.ts';
import { MemoryTarget } from '../../../../src/export/targets/memory-target.ts';
import { timed, type StageContender } from './work.ts';

const DIMS = 384;
const ROWS = 16_384;
/** Rows of a window, which is what an export reads at once. */
const ROWS_A_BATCH = 8192;

const schema: ResultSchema = {
  columns: [{ name: 'id', type: 'utf8' }],
  output: { kind: 'vector', dims: DIMS, element: 'float32' },
  rowCount: ROWS,
};

/** A list of float32, as hyparquet-writer is told of it. */
const RIVAL_SCHEMA = [
  { name: 'root', num_children: 3 },
  { name: 'row', type: 'INT32', repetition_type: 'REQUIRED' },
  { name: 'id', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'embedding', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
];

async function* asyncly<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

/** Both write the same rows to memory, each with the compression that it writes by default (Zstandard and Snappy). */
export function exportStages(): Record<string, Record<string, StageContender>> {
  const batches = Array.from({ length: ROWS / ROWS_A_BATCH }, (_, batch): ResultBatch => {
    const rows = Uint32Array.from({ length: ROWS_A_BATCH }, (_row, index) => batch * ROWS_A_BATCH + index);
    // Of the size and the entropy of normalised vectors.
    const vectors = Float32Array.from({ length: ROWS_A_BATCH * DIMS }, () => (Math.random() - 0.5) / 10);
    return {
      rows,
      kept: { id: Array.from(rows, (row) => `"row-${row}"`) },
      values: new Uint8Array(vectors.buffer),
    };
  });
  const bytes = ROWS * DIMS * 4;
  return {
    'export Parquet': {
      Millrace: () =>
        timed(async () => {
          const target = new MemoryTarget();
          await exportResults({
            schema,
            format: 'parquet',
            batches: asyncly(batches),
            quarantine: asyncly([]),
            target,
          });
          if (target.files.get('.parquet') === undefined) throw new Error('nothing was written');
          return { rows: ROWS, bytes };
        }),
      'hyparquet-writer': () =>
        timed(async () => {
          const row = batches.flatMap(({ rows }) => [...rows]);
          const id = row.map((ordinal) => `row-${ordinal}`);
          const embedding = batches.flatMap(({ rows, values }) =>
            Array.from(rows, (_row, index) => [...new Float32Array(values.buffer, index * DIMS * 4, DIMS)]),
          );
          const columnData = Object.entries({ row, id, embedding }).map(([name, data]) => ({ name, data }));
          const file = parquetWriteBuffer({ columnData, schema: RIVAL_SCHEMA });
          if (file.byteLength < bytes / 2) throw new Error('nothing was written');
          return { rows: ROWS, bytes };
        }),
    },
  };
}
