import type { InputInspection, InspectRequest, TokenLengths } from '../core/input-inspection.ts';
import type { JobSpec } from '../core/job-spec.ts';
import { readModel } from '../model/read-model.ts';
import { encodeReadColumns } from '../util/arrow/read-columns.ts';
import { inspectionNotes } from './inspection-notes.ts';
import { onFreshWorker } from './on-fresh-worker.ts';
import type { WorkerSpawners } from './ports.ts';

const EMBED: JobSpec['task'] = { kind: 'embed' };
/** The upper ends of the histogram's bars; the last one takes whatever is longer. */
const BARS = [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192];
/** Nothing is cut while lengths are taken. */
const NO_LIMIT = 1_000_000;
/** Of texts whose lengths are taken: tokenizers do a few megabytes a second. */
const MOST_CHARS = 8 * 1024 * 1024;
const SILENT_MS = 5 * 60_000;

/**
 * What is in an input, and how long its texts are for a model, before a job is started: by a sample, in workers. Nothing is stored.
 * @param stop ends it, with the signal's reason
 */
export async function inspectInput(
  request: InspectRequest,
  spawn: WorkerSpawners,
  stop: AbortSignal,
): Promise<InputInspection> {
  stop.throwIfAborted();
  const worker = { name: 'The ingest worker', silentMs: SILENT_MS, stop };
  const { inspection, texts } = await onFreshWorker(spawn.ingest, worker, (api) => api.inspect(request));
  const lengths = await lengthsOf(thinned(texts), request, spawn, stop);
  const { totalRows, sampleRows } = inspection;
  // Rows of the quarantine have no tokens.
  const rows = totalRows === null ? null : (totalRows * texts.length) / sampleRows;
  const found = { ...inspection, tokens: lengths === null ? null : summary(lengths, rows) };
  return { ...found, notes: inspectionNotes(found, texts) };
}

type Lengths = {
  readonly tokens: Uint32Array;
  readonly model: string;
  readonly maxLength: number;
  /** Of each window; null where long texts are truncated. */
  readonly windows: Uint32Array | null;
};

async function lengthsOf(
  texts: readonly string[],
  { model: ref, maxLength, long }: InspectRequest,
  spawn: WorkerSpawners,
  stop: AbortSignal,
): Promise<Lengths | null> {
  if (ref === null || texts.length === 0) return null;
  const model = await readModel(ref, { maxLength: maxLength ?? undefined, normalize: undefined });
  stop.throwIfAborted();
  const worker = { name: 'The preprocess worker', silentMs: SILENT_MS, stop };
  const prepared = (task: JobSpec['task'], most: number) =>
    onFreshWorker(spawn.prepare, worker, async (api) => {
      await api.init(task, { ...model, maxLength: most });
      const rows = Uint32Array.from(texts, (_, row) => row);
      return api.prepare(encodeReadColumns({ rows, columns: { text: texts } }), 0);
    });
  const { lengths } = await prepared(EMBED, NO_LIMIT);
  const isSplit = long !== undefined && long.long !== 'truncate';
  const overlap = long?.overlap ?? null;
  const task = { ...EMBED, long: 'split' as const, ...(overlap === null ? {} : { overlap }) };
  const windows = isSplit ? (await prepared(task, model.maxLength)).lengths : null;
  return { tokens: lengths.toSorted(), model: model.name, maxLength: model.maxLength, windows };
}

/** Every so many of the texts, so that they are not too long together. */
function thinned(texts: readonly string[]): readonly string[] {
  const chars = texts.reduce((sum, text) => sum + text.length, 0);
  const step = Math.ceil(chars / MOST_CHARS);
  return step <= 1 ? texts : texts.filter((_, index) => index % step === 0);
}

/** @param rows of the whole job; null when not known */
function summary({ tokens, model, maxLength, windows }: Lengths, rows: number | null): TokenLengths {
  const at = (share: number) => tokens[Math.min(Math.floor(tokens.length * share), tokens.length - 1)] ?? 0;
  let sum = 0;
  let kept = 0;
  let truncated = 0;
  for (const length of tokens) {
    sum += length;
    kept += Math.min(length, maxLength);
    if (length > maxLength) truncated++;
  }
  const ofJob = (count: number) => (rows === null ? null : Math.round((count / tokens.length) * rows));
  const longest = at(1);
  const bars = [...BARS.filter((bar) => bar < longest), longest];
  const histogram = bars.map((upTo, index) => ({
    upTo,
    rows: tokens.filter((length) => length <= upTo && length > (bars[index - 1] ?? 0)).length,
  }));
  return {
    model,
    maxLength,
    rows: tokens.length,
    mean: sum / tokens.length,
    median: at(0.5),
    p95: at(0.95),
    longest,
    histogram,
    truncated,
    ...(windows === null ? {} : { windows: { sample: windows.length, job: ofJob(windows.length) } }),
    jobTokens: ofJob(windows === null ? kept : windows.reduce((total, length) => total + length, 0)),
  };
}
