import type { InputFormat } from '../core/input-format.ts';
import type { SourceRecord } from './source-format.ts';

/** A record whose line nobody has counted to, with its byte in place of the line. @param byte where it begins, about */
export function placeInMiddle(record: SourceRecord, byte: number, format: InputFormat): SourceRecord {
  if (format !== 'jsonl' && format !== 'text') return record;
  const place = `the line at byte ${byte}`;
  return record.kind === 'row'
    ? { ...record, place }
    : { ...record, message: record.message.replace(/^line \d+/, place) };
}
