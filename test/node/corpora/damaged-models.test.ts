import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JobError } from '../../../src/core/job-error.ts';
import { readModel } from '../../../src/model/read-model.ts';
import { bertFiles, modelRef } from '../model/model-ref.ts';
import { encode, goldenJson, goldenNames, tokenizerOf } from '../task/golden-tokenizer.ts';
import { damage } from './damaged-bytes.ts';

const FILES = Object.entries(bertFiles)
  .filter(([path]) => path.endsWith('.json'))
  .map(([path, content]) => ({
    path,
    bytes: new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content)),
  }));

test('2000 model directories with a damaged file are read, or refused by the name of the file', async () => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...FILES), damage, async ({ path, bytes }, harm) => {
      try {
        await readModel(modelRef({ ...bertFiles, [path]: harm(bytes) }));
      } catch (thrown) {
        if (!(thrown instanceof JobError)) throw thrown;
        refused++;
        expect(thrown.code).toMatch(/^MODEL_(?:INVALID|UNSUPPORTED|FILE_MISSING)$/);
        expect(thrown.message).toContain('tiny-model');
        expect(thrown.hint ?? '').not.toBe('');
      }
    }),
    { numRuns: 2000, seed: 44 },
  );
  expect(refused).toBeGreaterThan(1000);
});

test.each(goldenNames)('a damaged tokenizer %s gives tokens, or a refusal with a reason', (name) => {
  const bytes = new TextEncoder().encode(goldenJson(name));
  let refused = 0;
  fc.assert(
    fc.property(damage, (harm) => {
      const json = new TextDecoder().decode(harm(bytes));
      try {
        const tokenizer = tokenizerOf(json, 32);
        for (const text of ['plain words', 'ünïcödé 日本語', '']) {
          const { ids } = encode(tokenizer, text);
          expect(ids.length).toBeLessThanOrEqual(32);
          expect(ids.every((id) => Number.isInteger(id) && id >= 0)).toBe(true);
        }
      } catch (thrown) {
        if (!(thrown instanceof JobError)) throw thrown;
        refused++;
        expect(thrown.message).toMatch(/tokenizer/i);
      }
    }),
    { numRuns: 200, seed: 45 },
  );
  expect(refused).toBeGreaterThan(50);
});
