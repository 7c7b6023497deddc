import type { InputInspection, InspectRequest, TokenLengths } from '../core/input-inspection.ts';
import type { JobSpec } from '../core/job-spec.ts';
import type { ModelRef } from '../core/model-info.ts';
import { readModel } from '../model/read-model.ts';
import { encodeReadColumns } from '../util/arrow/read-columns.ts';
import type { WorkerSpawners } from './ports.ts';

const EMBED: JobSpec['task'] = { kind: 'embed' };
/** The upper ends of the histogram's bars; the last one takes whatever is longer. */
const BARS = [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192];
/** Nothing is cut while lengths are taken. */
const NO_LIMIT = 1_000_000;

/** What is in an input, and how long its texts are for a model, before a job is started. Nothing is stored. */
export async function inspectInput(request: InspectRequest, spawn: WorkerSpawners): Promise<InputInspection> {
  const port = spawn.ingest();
  try {
    const { inspection, texts } = await port.api.inspect(request);
    const { model } = request;
    const lengths = model === null || texts.length === 0 ? null : await lengthsOf(texts, model, spawn);
    if (lengths === null) return { ...inspection, tokens: null };
    const { totalRows, sampleRows } = inspection;
    // Rows of the quarantine have no tokens.
    const rows = totalRows === null ? null : (totalRows * texts.length) / sampleRows;
    return { ...inspection, tokens: summary(lengths, rows) };
  } finally {
    port.terminate();
  }
}

type Lengths = { readonly tokens: Uint32Array; readonly model: string; readonly maxLength: number };

async function lengthsOf(texts: readonly string[], ref: ModelRef, spawn: WorkerSpawners): Promise<Lengths> {
  const model = await readModel(ref, { maxLength: undefined, normalize: undefined });
  const port = spawn.prepare();
  try {
    await port.api.init(EMBED, { ...model, maxLength: NO_LIMIT });
    const rows = Uint32Array.from(texts, (_, row) => row);
    const { lengths } = await port.api.prepare(encodeReadColumns({ rows, columns: { text: texts } }), 0);
    return { tokens: lengths.toSorted(), model: model.name, maxLength: model.maxLength };
  } finally {
    port.terminate();
  }
}

/** @param rows of the whole job; null when not known */
function summary({ tokens, model, maxLength }: Lengths, rows: number | null): TokenLengths {
  const at = (share: number) => tokens[Math.min(Math.floor(tokens.length * share), tokens.length - 1)] ?? 0;
  let sum = 0;
  let kept = 0;
  let truncated = 0;
  for (const length of tokens) {
    sum += length;
    kept += Math.min(length, maxLength);
    if (length > maxLength) truncated++;
  }
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
    jobTokens: rows === null ? null : Math.round((kept / tokens.length) * rows),
  };
}
