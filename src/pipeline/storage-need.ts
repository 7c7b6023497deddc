import { CHUNKS_AHEAD } from '../checkpoint/window-chunks.ts';
import { PASSAGE_FIELDS } from '../core/passage.ts';
import { resultRowBytes, type ResultOutput } from '../core/result-output.ts';
import type { IngestState, JobTotals, StoredKept } from '../store/job-schema.ts';
import { estimateRows } from './progress-meter.ts';

/** What the engines store beside the values: keys, logs, pages that are not full. */
const OVERHEAD = 1.1;
/** Most source bytes of a chunk. */
const CHUNK_BYTES = 2 * 2 ** 20;
/** A result's row ordinal. */
const ROW_BYTES = 4;

export type NeedOptions = {
  readonly ingest: IngestState;
  readonly totals: JobTotals;
  /** A chunk that is stored already: what it keeps of a row is taken for all rows to come. */
  readonly sample: Pick<StoredKept, 'kept' | 'rowCount'>;
  readonly output: ResultOutput;
  /** Results of a row on average; more than 1, about, where texts are split. */
  readonly resultsPerRow: number;
  /** Whether the input is copied into the storage as a whole. */
  readonly copiesInput: boolean;
};

/** Bytes of storage that the rest of a job will take, by what is read so far; null when that says nothing. */
export function storageNeed({
  ingest,
  totals,
  sample,
  output,
  copiesInput,
  resultsPerRow,
}: NeedOptions): number | null {
  const rows = estimateRows(ingest);
  if (rows === null) return null;
  const rowsDone = totals.rowsEmbedded + totals.rowsRefused + ingest.rejects;
  const ofPassage = resultsPerRow === 1 ? 0 : PASSAGE_FIELDS * Uint32Array.BYTES_PER_ELEMENT;
  const results =
    Math.max(0, rows - rowsDone) * resultsPerRow * (resultRowBytes(output) + ROW_BYTES + ofPassage);
  const keptPerRow = sample.rowCount === 0 ? 0 : sample.kept.byteLength / sample.rowCount;
  const kept = Math.max(0, rows - ingest.rows) * keptPerRow;
  const unread = ingest.complete ? 0 : Math.max(0, ingest.bytesTotal - ingest.next.byte);
  const text = copiesInput ? unread : Math.min(unread, CHUNKS_AHEAD * CHUNK_BYTES);
  return Math.ceil((results + kept + text) * OVERHEAD);
}
