import type { ByteRange } from '../core/byte-range.ts';
import { compressionOf } from './compressed/compression.ts';
import { DecompressedRange } from './compressed/decompressed-range.ts';
import { ColumnarRange } from './columnar/columnar-range.ts';
import { withoutZips } from './compressed/zip-members.ts';
import { joinFiles } from './join-files.ts';
import { hasInputFormat, nameFits, type InputFormat } from '../core/input-format.ts';
import type { SourceFile } from './source-format.ts';

/** Files looked at side by side. */
const AT_ONCE = 16;

/**
 * The files of a dataset as its format reads them: taken out of archives, unpacked, and files that are a row each joined. Which they are depends on the files
 * and the options alone, so that a position's `file` means the same at any time.
 * @param columns that are wanted; null for all
 */
export async function openDataset(
  given: readonly ByteRange[],
  format: InputFormat,
  columns: readonly string[] | null,
  signal: AbortSignal,
): Promise<readonly SourceFile[]> {
  const files = await withoutZips(format === 'images' ? pictures(given) : given, format, signal);
  if (format === 'textfiles' || format === 'images') return [joinFiles(files)];
  const opened: SourceFile[] = [];
  for (let first = 0; first < files.length; first += AT_ONCE) {
    const some = files
      .slice(first, first + AT_ONCE)
      .map((file) =>
        format === 'parquet' || format === 'arrow'
          ? openColumns(file, format, columns, files.length > 1, signal)
          : openLines(file, signal),
      );
    // What is in an archive may be packed.
    for (const [index, file] of (await Promise.all(some)).entries())
      opened.push({
        ...file,
        seekable: file.compression === undefined && given.includes(files[first + index]!),
      });
  }
  return opened;
}

/** A folder of pictures may have a list of them, or a note, beside them: what has another format's name is no picture. */
function pictures(files: readonly ByteRange[]): readonly ByteRange[] {
  const wanted = files.filter(({ name }) => !hasInputFormat(name) || nameFits(name, 'images'));
  return wanted.length === 0 ? files : wanted;
}

async function openColumns(
  file: ByteRange,
  format: 'parquet' | 'arrow',
  columns: readonly string[] | null,
  several: boolean,
  signal: AbortSignal,
): Promise<SourceFile> {
  const storedBytes = file.byteLength;
  // An empty file among others is passed over, as with any format.
  if (storedBytes === 0 && several) return { range: file, storedBytes };
  // Loaded when needed: most datasets are lines.
  const open =
    format === 'parquet'
      ? (await import('./columnar/parquet-file.ts')).openParquet
      : (await import('./columnar/arrow-file.ts')).openArrow;
  const opened = await open(file, columns, signal);
  const range = new ColumnarRange(file, opened);
  return { range, storedBytes, storedBefore: (row) => (storedBytes * row) / Math.max(range.byteLength, 1) };
}

async function openLines(file: ByteRange, signal: AbortSignal): Promise<SourceFile> {
  const storedBytes = file.byteLength;
  const compression = await compressionOf(file, signal);
  if (compression === null) return { range: file, storedBytes };
  const range = new DecompressedRange(file, compression);
  return {
    range,
    storedBytes,
    compression: compression.label,
    storedBefore: (byte) => range.storedBefore(byte),
  };
}
