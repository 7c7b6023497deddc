import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BATCH_COLUMNS, KEPT_BATCH_COLUMNS } from '../../src/core/openai/batch-columns.ts';
import type { QuarantineRecord } from '../../src/core/quarantine.ts';
import type { ResultBatch } from '../../src/core/result-schema.ts';
import { exportAnswers } from '../../src/export/openai/export-answers.ts';
import { MemoryTarget } from '../../src/export/targets/memory-target.ts';
import { IdIndex } from '../../src/source/id-index.ts';
import { readChunks } from '../../src/source/read-chunks.ts';
import type { ReadLimits, ReadOptions } from '../../src/source/read-options.ts';
import { prepareInputs } from '../../src/task/prepare-inputs.ts';
import { createTextTokenizer, type TextTokenizer } from '../../src/task/tokenize/text-tokenizer.ts';
import { decodeKept } from '../../src/util/arrow/kept-columns.ts';
import { decodeReadColumns } from '../../src/util/arrow/read-columns.ts';
import { memoryByteRange } from '../../src/util/byte-range/memory-byte-range.ts';
import { DEMO_MODEL } from './fixture-models.ts';

/** Width of the stand-in's vectors, and most tokens that it takes. */
export const ANSWER_DIMS = 8;
export const ANSWER_TOKENS = 16;

let loaded: TextTokenizer | null = null;

/** The demo model's tokenizer. */
export function demoTokenizer(): TextTokenizer {
  const read = (name: string) => readFileSync(join(DEMO_MODEL, name), 'utf8');
  loaded ??= createTextTokenizer({
    name: 'glove-30k',
    maxLength: ANSWER_TOKENS,
    tokenizer: { tokenizerJson: read('tokenizer.json'), tokenizerConfig: read('tokenizer_config.json') },
  });
  return loaded;
}

export function batchOptions(limits: Partial<ReadLimits> = {}): ReadOptions {
  return {
    format: 'openai',
    read: [{ role: 'input', column: BATCH_COLUMNS.input, type: 'text' }],
    idColumn: BATCH_COLUMNS.customId,
    keep: KEPT_BATCH_COLUMNS,
    ids: new IdIndex(),
    limits,
  };
}

/** A vector of length 1 that depends on the tokens alone. */
export function vectorOfTokens(tokens: ArrayLike<number>): Float32Array {
  const vector = new Float32Array(ANSWER_DIMS);
  for (let i = 0; i < tokens.length; i++) vector[(tokens[i]! + i) % ANSWER_DIMS]! += (tokens[i]! % 97) + 1;
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

export type Answers = {
  readonly output: string;
  readonly errors: string;
  readonly notices: readonly string[];
};

/**
 * Answers a batch file with all that the product does in plain code: read, tokenized and exported. Only the model is a
 * stand-in. @param fails rows that the model refuses
 */
export async function answerBatch(
  content: string | Uint8Array,
  { limits = {}, fails = [] }: { limits?: Partial<ReadLimits>; fails?: readonly number[] } = {},
): Promise<Answers> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const range = memoryByteRange('requests.jsonl', bytes);
  const batches: ResultBatch[] = [];
  const quarantine: QuarantineRecord[] = [];
  for await (const chunk of readChunks(range, batchOptions(limits), null, new AbortController().signal)) {
    const { rows, columns } = decodeReadColumns(chunk.read);
    const kept = decodeKept(chunk.kept);
    const examples = prepareInputs(demoTokenizer(), rows, columns['input']!, chunk.ordinal, {
      maxLength: ANSWER_TOKENS,
      dims: ANSWER_DIMS,
    });
    const idOf = (row: number) => kept.ids[rows.indexOf(row)] ?? null;
    quarantine.push(...chunk.rejects, ...examples.rejects.map((one) => ({ ...one, id: idOf(one.row) })));
    const good: number[] = [];
    const values: number[] = [];
    const tokens: number[] = [];
    let start = 0;
    for (const [example, index] of examples.rowIndex.entries()) {
      const length = examples.lengths[example]!;
      const row = rows[index]!;
      if (fails.includes(row)) {
        const message = 'the model gave a vector with NaN or infinity for this row';
        quarantine.push({ row, id: idOf(row), code: 'ROW_NOT_FINITE', message, attempts: 1 });
      } else {
        good.push(index);
        tokens.push(length);
        values.push(...vectorOfTokens(examples.tokenIds.subarray(start, start + length)));
      }
      start += length;
    }
    batches.push({
      rows: Uint32Array.from(good, (index) => rows[index]!),
      kept: Object.fromEntries(
        KEPT_BATCH_COLUMNS.map((name) => [name, good.map((index) => kept.columns[name]![index]!)]),
      ),
      values: new Uint8Array(Float32Array.from(values).buffer),
      tokens: Uint32Array.from(tokens),
    });
  }
  const target = new MemoryTarget();
  const { notices } = await exportAnswers({
    schema: {
      columns: [],
      output: { kind: 'vector', dims: ANSWER_DIMS, element: 'float32' },
      rowCount: batches.reduce((sum, batch) => sum + batch.rows.length, 0),
    },
    context: { jobId: 'nightly', model: 'all-MiniLM-L6-v2', normalize: true },
    batches: each(batches),
    quarantine: each(quarantine.toSorted((a, b) => a.row - b.row)),
    target,
    errors: true,
  });
  const text = (suffix: string) => new TextDecoder().decode(target.files.get(suffix) ?? new Uint8Array(0));
  return { output: text('.jsonl'), errors: text('.errors.jsonl'), notices };
}

async function* each<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}
