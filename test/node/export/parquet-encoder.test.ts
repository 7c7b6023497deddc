import { describe, expect, test } from 'vitest';
import type { ResultSchema } from '../../../src/core/result-schema.ts';
import { emptyRowGroup } from '../../../src/export/arrow/row-group-buffer.ts';
import { ParquetEncoder } from '../../../src/export/parquet/parquet-encoder.ts';
import { loadParquetInNode } from '../../conformance/export/parquet-in-node.ts';

const output = { kind: 'vector', dims: 4, element: 'float32' } as const;
const schema: ResultSchema = { columns: [], output, rowCount: 12 };

describe('ParquetEncoder', () => {
  test.each([{ vectors: output }, { vectors: null }])(
    'notices rows that parquet-wasm made another number of row groups of, with $vectors of its own',
    async ({ vectors }) => {
      const module = await loadParquetInNode();
      const options = (groupRows: number) => ({
        module,
        schema,
        vectors,
        properties: () => new module.WriterPropertiesBuilder().setMaxRowGroupSize(groupRows).build(),
      });
      const group = { rows: new Uint32Array(12), values: new Uint8Array(12 * 16), kept: [] };
      expect(new ParquetEncoder(options(12)).encode(group).length).toBeGreaterThan(1);
      expect(() => new ParquetEncoder(options(5)).encode(group)).toThrow('one group of 12 rows');
      expect(() => new ParquetEncoder(options(12)).encode(emptyRowGroup(schema))).toThrow(
        'one group of 0 rows',
      );
    },
  );
});
