import { FirstRecordsCheck } from './first-records-check.ts';
import { formatNamed } from './formats.ts';
import { JobError } from '../core/job-error.ts';
import { columnsToRead, readLimits, type ReadOptions } from './read-options.ts';
import type { SourceFile } from './source-format.ts';

/**
 * Looks at every file that says itself which columns it has, so that one that lacks a column is told before hours were
 * spent on those before it. Files without a row are passed over.
 * @throws JobError `COLUMN_MISSING`, `INPUT_FORMAT`.
 */
export async function checkDeclaredColumns(
  files: readonly SourceFile[],
  options: ReadOptions,
  signal: AbortSignal,
): Promise<void> {
  const { maxRowBytes, blockBytes } = readLimits(options);
  const columns = columnsToRead(options);
  for (const { range } of files) {
    try {
      const format = { columns, maxRowBytes, blockBytes, parse: options.parse ?? {} };
      const reader = await formatNamed(options.format).open(range, format, signal);
      // Files of a format that declares none all declare none.
      if (reader.columns === null) return;
      await new FirstRecordsCheck(range, options, reader).checkColumns(signal);
    } catch (thrown) {
      if (!(thrown instanceof JobError) || thrown.code !== 'INPUT_EMPTY') throw thrown;
    }
  }
}
