import { JobError } from '../../core/job-error.ts';
import type { InputFormat } from '../../core/input-format.ts';
import { ColumnarCursor } from '../columnar/columnar-cursor.ts';
import { ColumnarRange } from '../columnar/columnar-range.ts';
import type { SourceFormat } from '../source-format.ts';

/** Parquet: row groups and columns as needed, nested fields by their path (`meta.title`). */
export const parquet = columnar('parquet');

/** Arrow IPC files and streams, Feather (version 2) among them. */
export const arrow = columnar('arrow');

function columnar(name: InputFormat): SourceFormat {
  return {
    name,
    async open(range, options) {
      if (range.byteLength === 0)
        throw new JobError('INPUT_EMPTY', `${range.name} is empty: it has no rows.`);
      if (!(range instanceof ColumnarRange)) throw new TypeError(`${name}: expected an opened columnar file`);
      const { columns } = range.file;
      return {
        columns,
        first: { byte: 0, line: 1 },
        facts: { encoding: null, delimiter: null, header: null },
        read: (from, signal) => new ColumnarCursor(range, from, options.columns ?? columns, signal),
      };
    },
  };
}
