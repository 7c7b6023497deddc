import { expect, onTestFinished, test } from 'vitest';
import type { JobError } from '../../../src/core/job-error.ts';
import type { ModelInfo } from '../../../src/core/model-info.ts';
import type { PrepareApi } from '../../../src/pipeline/ports.ts';
import { PreparePool } from '../../../src/pipeline/prepare-pool.ts';
import { connectWorker } from '../../../src/rpc/connect-worker.ts';
import { encodeReadColumns } from '../../../src/util/arrow/read-columns.ts';

const VOCAB = { '[UNK]': 0, word: 1, end: 2 };
const model = {
  name: 'words',
  maxLength: 16,
  tokenizer: {
    tokenizerJson: JSON.stringify({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: { type: 'Whitespace' },
      post_processor: null,
      decoder: null,
      model: { type: 'WordLevel', vocab: VOCAB, unk_token: '[UNK]' },
    }),
    tokenizerConfig: '{}',
  },
} as unknown as ModelInfo;

async function startPool(reasons: JobError[] = []): Promise<PreparePool> {
  const spawn = () =>
    connectWorker<PrepareApi>(
      new Worker(new URL('../../support/mortal-prepare-worker.ts', import.meta.url), { type: 'module' }),
      'preprocess worker',
    );
  const onRestart = (reason: JobError) => void reasons.push(reason);
  const pool = await PreparePool.start({ spawn, size: 2, task: { kind: 'embed' }, model, onRestart });
  onTestFinished(() => pool.close());
  return pool;
}

/** Rows from 100 on; those at `bad` end every worker. */
function chunkOf(count: number, bad: readonly number[]): () => Promise<ArrayBuffer> {
  const text = Array.from({ length: count }, (_, index) => (bad.includes(index) ? 'the end' : 'word word'));
  const rows = Uint32Array.from(text, (_, index) => 100 + index);
  return async () => encodeReadColumns({ rows, columns: { text } });
}

test('of a chunk that ends every worker only the rows that do it are refused, whatever is prepared beside it', async () => {
  const reasons: JobError[] = [];
  const pool = await startPool(reasons);
  const [hit, ...others] = await Promise.all([
    pool.prepare(chunkOf(8, [3, 7]), 0),
    pool.prepare(chunkOf(8, []), 1),
    pool.prepare(chunkOf(8, []), 2),
  ]);
  const good = Array.from({ length: 8 }, (_, index) => 100 + index).filter(
    (row) => row !== 103 && row !== 107,
  );
  expect(hit.flatMap(({ rows }) => [...rows])).toEqual(good);
  expect(hit.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0)).toBe(2 * good.length);
  const refused = hit.flatMap(({ rejects }) => rejects);
  expect(refused.map(({ row, code }) => [row, code])).toEqual([
    [103, 'ROW_PREPARE_FAILED'],
    [107, 'ROW_PREPARE_FAILED'],
  ]);
  expect(refused[0]!.message).toMatch(/did not survive this one.*ended without a word/);
  for (const parts of others) {
    expect(parts.flatMap(({ rows }) => [...rows])).toHaveLength(8);
    expect(parts.flatMap(({ rejects }) => rejects)).toEqual([]);
  }
  expect(reasons.length).toBeGreaterThan(0);
});
