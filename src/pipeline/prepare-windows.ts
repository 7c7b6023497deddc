import type { BatchPlan } from '../core/batch.ts';
import type { Batching } from '../core/batching.ts';
import type { ExampleIndex } from '../batch/example-index.ts';
import { oneRowEach, type ExampleRows } from '../batch/example-rows.ts';
import { findRepeats } from '../batch/find-repeats.ts';
import type { WindowExamples } from '../batch/gather-batch.ts';
import { planWindow } from '../batch/plan-window.ts';
import { shareExamples } from '../batch/share-examples.ts';
import { windowChunks } from '../checkpoint/window-chunks.ts';
import { JobError } from '../core/job-error.ts';
import { joinPassages, passageNumber, type Passages } from '../core/passage.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import type { StoredExamples, StoredWindow } from '../store/job-schema.ts';
import { examplesToStore } from '../store/example-store.ts';
import { chunkHolds } from '../store/chunk-store.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { decodeReadColumns } from '../util/arrow/read-columns.ts';
import type { ChunkFeed } from './chunk-feed.ts';
import type { PreparedChunk } from './ports.ts';
import { prepareWithout } from './prepare-apart.ts';
import type { PreparePool } from './prepare-pool.ts';

/** A window ready to run: its examples in memory, its plan made. */
export type PreparedWindow = {
  readonly record: StoredWindow;
  /** False when a run before this one recorded the window. */
  readonly isNew: boolean;
  readonly examples: WindowExamples;
  readonly rows: ExampleRows;
  /** Rows that have the tokens of another row, of this window or an earlier one, and so are not run. */
  readonly copies: number;
  /** What the window is the first to have, to be stored with its record. */
  readonly newExamples?: readonly StoredExamples[];
  readonly plans: readonly BatchPlan[];
  /** Rows that the task refused; ids are not filled in. */
  readonly refused: readonly QuarantineRecord[];
  readonly truncated: number;
  /** Rows whose text was split, and the windows of all texts; 0 where long texts are truncated. */
  readonly split: number;
  readonly passages: number;
};

/** Windows that earlier runs recorded, by ordinal; of those that are complete nothing else is held. */
export type RecordedWindows = ReadonlyMap<number, StoredWindow | 'complete'>;

export type WindowSource = {
  readonly db: JobDatabase;
  readonly feed: ChunkFeed;
  readonly pool: PreparePool;
  readonly recorded: RecordedWindows;
  /**
   * How to cut a window with these examples, which stand for so many rows; asked once a window, in order, before it is
   * planned.
   */
  readonly batching: (examples: WindowExamples, rows: number) => Promise<Batching>;
  /** Whether rows of a window with the same tokens are run once. */
  readonly dedupe: boolean;
  /**
   * The examples of the windows before, so that one is run once in a job; what is new is added. Null where rows are compared
   * within a window alone. Only for results of one row each.
   */
  readonly known?: ExampleIndex | null;
  readonly signal: AbortSignal;
  /** Told of each chunk's work. */
  readonly onPrepared?: (ms: number) => void;
};

/** The windows that are not complete yet, in order, from what is stored and what is still being read. */
export async function* prepareWindows(source: WindowSource): AsyncGenerator<PreparedWindow> {
  for (let ordinal = 0; ; ordinal++) {
    const recorded = source.recorded.get(ordinal);
    if (recorded === 'complete') continue;
    const window = await prepareWindow(source, ordinal, recorded ?? null);
    if (window === null) return;
    yield window;
  }
}

async function prepareWindow(
  source: WindowSource,
  ordinal: number,
  recorded: StoredWindow | null,
): Promise<PreparedWindow | null> {
  const span = windowChunks(ordinal);
  const pending: Promise<readonly PreparedChunk[]>[] = [];
  for (let chunk = span.first; chunk < span.first + span.count; chunk++) {
    if (!(await source.feed.has(chunk, source.signal))) break;
    const prepared = prepareChunk(source, chunk, recorded !== null);
    // Thrown below, where it is awaited.
    prepared.catch(() => undefined);
    pending.push(prepared);
  }
  if (pending.length === 0) return null;
  const chunks = (await Promise.all(pending)).flat();
  source.signal.throwIfAborted();
  const joined = joinChunks(chunks);
  const { examples, rows } = source.dedupe
    ? shareExamples(joined.examples, joined.rows, joined.passages)
    : { examples: joined.examples, rows: oneRowEach(joined.rows, joined.passages) };
  const { rowCount, split } = countRows(joined);
  const batching = await source.batching(examples, rowCount);
  const budgetTokens = recorded?.budgetTokens ?? batching.budgetTokens;
  const exampleCount = examples.lengths.length;
  // A passage has its result for its own row alone.
  const known = joined.passages === undefined ? (source.known ?? null) : null;
  const found = known === null ? null : findRepeats(known, ordinal, examples, rows);
  // A window that is recorded has stored its own.
  const added = recorded === null && found !== null ? known!.add(ordinal, found.unknown) : null;
  const fresh = found?.fresh ?? Uint32Array.from({ length: exampleCount }, (_, example) => example);
  const repeats = found?.repeats ?? [];
  const plans = planWindow(examples.lengths, rows, { fresh, repeats }, { ...batching, budgetTokens });
  const record: StoredWindow = recorded ?? {
    ordinal,
    firstChunk: span.first,
    chunkCount: pending.length,
    budgetTokens,
    exampleCount,
    ...(added !== null && added.rows.length > 0 ? { newExamples: added.rows.length } : {}),
    batchCount: plans.length,
    done: new Uint8Array(Math.ceil(plans.length / 8)),
    complete: plans.length === 0,
    segments: 0,
  };
  if (record.exampleCount !== exampleCount || record.batchCount !== plans.length) {
    throw new JobError(
      'JOB_MISMATCH',
      `Window ${ordinal} had ${record.exampleCount} examples in ${record.batchCount} batches when the job was stopped and now has ${exampleCount} in ${plans.length}.`,
      { hint: 'The job was begun by another version of Millrace: finish it with that one, or run it anew.' },
    );
  }
  return {
    record,
    isNew: recorded === null,
    examples,
    rows,
    copies: joined.rows.length - fresh.length,
    ...(added === null ? {} : { newExamples: examplesToStore(ordinal, added) }),
    plans,
    refused: chunks.flatMap((chunk) => chunk.rejects),
    truncated: chunks.reduce((sum, chunk) => sum + chunk.truncated, 0),
    split,
    passages: joined.passages === undefined ? 0 : joined.rows.length,
  };
}

/** Rows that the examples are of, and those of several passages. */
function countRows({ rows, passages }: JoinedChunks): { readonly rowCount: number; readonly split: number } {
  if (passages === undefined) return { rowCount: rows.length, split: 0 };
  let rowCount = 0;
  let split = 0;
  for (let index = 0; index < rows.length; index++) {
    const number = passageNumber(passages, index);
    if (number === 0) rowCount++;
    if (number === 1) split++;
  }
  return { rowCount, split };
}

/** What the task reads of a chunk. @throws JobError `STORE_CORRUPT` when it is not what was stored */
export async function readChunk(db: JobDatabase, chunk: number): Promise<ArrayBuffer> {
  const stored = await db.get('chunks', chunk);
  if (stored !== undefined && (await chunkHolds(stored))) return stored.read;
  const what = stored === undefined ? 'is gone' : 'does not match its checksum';
  throw new JobError('STORE_CORRUPT', `The stored text of chunk ${chunk} ${what}.`, {
    hint: 'Resume the job: the chunk is read from the input again.',
  });
}

/** @param isRecorded its window was begun by an earlier run, and must come out with the same rows */
async function prepareChunk(
  { db, feed, pool, onPrepared }: WindowSource,
  chunk: number,
  isRecorded: boolean,
): Promise<readonly PreparedChunk[]> {
  const read = async () => feed.takeText(chunk) ?? (await readChunk(db, chunk));
  const known = isRecorded ? await refusedByCrash(db, await read()) : [];
  const prepared =
    known.length === 0
      ? await pool.prepare(read, chunk)
      : await prepareWithout(await read(), chunk, known, (rest) =>
          pool.prepare(async () => rest.slice(0), chunk),
        );
  for (const { prepareMs } of prepared) onPrepared?.(prepareMs);
  return prepared;
}

/** Rows of a chunk that ended their workers in an earlier run: they must not be among the examples now. */
async function refusedByCrash(db: JobDatabase, read: ArrayBuffer): Promise<readonly QuarantineRecord[]> {
  const { rows } = decodeReadColumns(read);
  if (rows.length === 0) return [];
  const range = IDBKeyRange.bound(rows[0]!, rows.at(-1)!);
  return (await db.getAll('quarantine', range)).filter(({ code }) => code === 'ROW_PREPARE_FAILED');
}

type JoinedChunks = {
  readonly examples: WindowExamples;
  /** Of each example. */
  readonly rows: Uint32Array;
  readonly passages?: Passages;
};

function joinChunks(chunks: readonly PreparedChunk[]): JoinedChunks {
  const count = chunks.reduce((sum, chunk) => sum + chunk.lengths.length, 0);
  const tokens = chunks.reduce((sum, chunk) => sum + chunk.tokenIds.length, 0);
  const tokenIds = new Int32Array(tokens);
  const lengths = new Uint32Array(count);
  const starts = new Uint32Array(count);
  const rows = new Uint32Array(count);
  let example = 0;
  let token = 0;
  for (const chunk of chunks) {
    // Pictures have no token ids.
    if (chunk.pixels === undefined) tokenIds.set(chunk.tokenIds, token);
    lengths.set(chunk.lengths, example);
    rows.set(chunk.rows, example);
    for (const length of chunk.lengths) {
      starts[example++] = token;
      token += length;
    }
  }
  return {
    examples: withPixels({ tokenIds, lengths, starts }, chunks),
    rows,
    ...joinPassages(chunks.map((chunk) => chunk.passages)),
  };
}

/** For a model of images: the pixels of all chunks in the place of token ids. */
function withPixels(examples: WindowExamples, chunks: readonly PreparedChunk[]): WindowExamples {
  const all = chunks.flatMap(({ pixels }) => (pixels === undefined ? [] : [pixels]));
  const [first] = all;
  if (first === undefined) return examples;
  const { each } = first;
  const bytes = new Uint8Array(examples.lengths.length * each);
  let at = 0;
  for (const pixels of all) {
    bytes.set(pixels.bytes, at);
    at += pixels.bytes.length;
  }
  return { ...examples, starts: examples.starts.map((_, i) => i * each), pixels: { bytes, each } };
}
