import type { ByteRange } from '../core/byte-range.ts';
import { datasetFormatOf, type InputFormat } from '../core/input-format.ts';
import { looksLikeBatch } from '../core/openai/looks-like-batch.ts';
import { withoutZips } from './compressed/zip-members.ts';
import { openDataset } from './open-dataset.ts';

const START_BYTES = 64 * 1024;

/**
 * The format of a dataset by the names of its files, those in archives too, and of JSON Lines by their start: they may be
 * OpenAI Batch requests. @throws JobError `INPUT_FORMAT`.
 */
export async function datasetFormat(files: readonly ByteRange[], signal: AbortSignal): Promise<InputFormat> {
  const found = await withoutZips(files, null, signal);
  const isArchive = found.some((file, index) => file !== files[index]);
  const format = datasetFormatOf(
    found.map(({ name }) => name),
    isArchive || found.length > 1,
  );
  return format === 'jsonl' && (await isBatch(files, signal)) ? 'openai' : format;
}

async function isBatch(files: readonly ByteRange[], signal: AbortSignal): Promise<boolean> {
  const opened = await openDataset(files, 'jsonl', null, signal);
  for (const { range } of opened) {
    const start = await range.slice(0, START_BYTES, signal);
    if (start.length > 0) return looksLikeBatch(new TextDecoder().decode(start));
  }
  return false;
}
