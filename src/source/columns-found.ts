import type { ByteRange } from '../core/byte-range.ts';
import { formatNamed } from './formats.ts';
import { readLimits, type ReadOptions } from './read-options.ts';

const LOOKED_AT = 100;

/** Names of the columns that the first records have, in the order in which they appear. */
export async function columnsFound(
  range: ByteRange,
  options: Pick<ReadOptions, 'format' | 'parse' | 'limits'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { maxRowBytes, blockBytes } = readLimits(options);
  const { format, parse = {} } = options;
  const reader = await formatNamed(format).open(
    range,
    { columns: null, maxRowBytes, blockBytes, parse },
    signal,
  );
  const cursor = reader.read(reader.first, signal);
  const columns = new Set(reader.columns);
  for (let records = 0; records < LOOKED_AT;) {
    const record = cursor.next();
    if (record === null) {
      if (!(await cursor.fill())) break;
      continue;
    }
    records++;
    if (record.kind === 'row') for (const column of record.columns) columns.add(column);
  }
  return [...columns];
}
