import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MOST_RUN_COST } from '../../../src/batch/budget-search.ts';
import { defaultBatching } from '../../../src/batch/default-batching.ts';
import { planBatches } from '../../../src/batch/plan-batches.ts';
import type { Batching } from '../../../src/core/batching.ts';
import { createTextTokenizer } from '../../../src/task/tokenize/text-tokenizer.ts';
import { prepareTexts } from '../../../src/task/prepare-texts.ts';
import { readGlosses } from '../../fixtures/bert/read-glosses.mjs';
import { smallBert } from '../../support/fixture-models.ts';

/** Words of a page; with three glosses to a page, as `test/bench` mixes them. */
const PAGE_WORDS = 140;

/** Tokens of real rows, WordNet's glosses alone or three of them to a page of running text. */
async function realLengths(count: number, kind: 'glosses' | 'mixed'): Promise<Uint32Array> {
  const glosses = await readGlosses();
  const words = glosses.join('; ').split(' ');
  const pageAt = (page: number) => (page * 7919 * PAGE_WORDS) % (words.length - PAGE_WORDS);
  const texts = Array.from({ length: count }, (_, row) =>
    kind === 'mixed' && row % 4 === 3
      ? // No page is as long as the next one.
        words.slice(pageAt(row), pageAt(row) + PAGE_WORDS - (row % 61)).join(' ')
      : glosses[(row * 7919) % glosses.length]!,
  );
  const tokenizerJson = readFileSync(`${await smallBert()}/tokenizer.json`, 'utf8');
  const tokenizer = createTextTokenizer({
    name: 'small-bert',
    maxLength: 512,
    tokenizer: { tokenizerJson, tokenizerConfig: '{}' },
  });
  return prepareTexts(tokenizer, Uint32Array.from(texts.keys()), texts, 0).lengths;
}

/** Filler / (tokens + filler) over windows that are planned one by one. */
function paddingOf(windows: readonly Uint32Array[], batching: Batching): number {
  let tokens = 0;
  let padded = 0;
  for (const lengths of windows) {
    tokens += lengths.reduce((sum, length) => sum + length, 0);
    for (const { examples, paddedLength } of planBatches(lengths, batching))
      padded += examples.length * paddedLength;
  }
  return 1 - tokens / padded;
}

const gpu = defaultBatching({
  provider: 'webgpu',
  label: '',
  reason: '',
  adapter: { vendor: '', architecture: '', description: '', software: false, features: [], limits: {} },
  threads: 1,
});

test.each([
  ['glosses', gpu],
  ['mixed', gpu],
  // What a search finds at most.
  ['glosses', { budgetTokens: 65_536, runCostTokens: MOST_RUN_COST }],
  ['mixed', { budgetTokens: 65_536, runCostTokens: MOST_RUN_COST }],
] as const)(
  '%s with %o pad at most 1 % in a large window, and 3 % with a small one before it',
  async (kind, batching) => {
    const lengths = await realLengths(1024 + 8192, kind);
    const [first, second] = [lengths.slice(0, 1024), lengths.slice(1024)];
    expect(paddingOf([second], batching)).toBeLessThan(0.01);
    expect(paddingOf([first, second], batching)).toBeLessThan(0.03);
  },
);
