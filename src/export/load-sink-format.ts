import type { TableFormat } from '../core/output-format.ts';
import type { SinkFormat } from './sink.ts';

// Loaded on use: Parquet brings 4.8 MB of WebAssembly that the others do not need.
const FORMATS: Readonly<Record<TableFormat, () => Promise<SinkFormat>>> = {
  parquet: async () => (await import('./formats/parquet.ts')).parquetFormat,
  arrow: async () => (await import('./formats/arrow.ts')).arrowFormat,
  arrows: async () => (await import('./formats/arrow.ts')).arrowStreamFormat,
  csv: async () => (await import('./formats/csv.ts')).csvFormat,
  jsonl: async () => (await import('./formats/jsonl.ts')).jsonlFormat,
  npy: async () => (await import('./formats/npy.ts')).npyFormat,
};

export function loadSinkFormat(format: TableFormat): Promise<SinkFormat> {
  return FORMATS[format]();
}
