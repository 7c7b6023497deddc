import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerBatch } from '../../support/answer-batch.ts';

const text = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('some text', '', ' ', '\ud83d', 'a\nb'));
const input = fc.oneof(
  text,
  fc.array(text, { maxLength: 4 }),
  fc.array(fc.integer({ min: -1, max: 40_000 }), { maxLength: 6 }),
  fc.array(fc.array(fc.nat(40_000), { maxLength: 4 }), { maxLength: 3 }),
  fc.jsonValue({ maxDepth: 2 }),
);
/** Mostly what it should be, sometimes anything or nothing. */
const mostly = (...values: readonly unknown[]) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...values) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
  );
const request = fc.record(
  {
    custom_id: mostly('a', 'b', 'c', 'd', 'e'),
    method: mostly('POST'),
    url: mostly('/v1/embeddings'),
    body: fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record(
          {
            model: mostly('m'),
            input,
            dimensions: mostly(1, 4, 8, null),
            encoding_format: mostly('float', 'base64', null),
          },
          { requiredKeys: ['model', 'input'] },
        ),
      },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
    ),
  },
  { requiredKeys: ['custom_id', 'method', 'url', 'body'] },
);
const line = fc.oneof(
  { weight: 8, arbitrary: request.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ maxLength: 30 }).map((value) => value.replaceAll(/[\r\n]/g, '')) },
);

test('whatever the lines are, each request is once in one of the two files', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.nat(20), { maxLength: 3 }),
      async (lines, maxRows, fails) => {
        // Behind one that can be read: a file of nothing but white space has no requests.
        const all = [
          '{"custom_id":"0","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":"x"}}',
          ...lines,
        ];
        const { output, errors } = await answerBatch(all.join('\n'), { limits: { maxRows }, fails });
        const answered = idsOf(output);
        const refused = idsOf(errors);
        const requests = all.filter((one) => /[^ \t\r]/.test(one));
        expect(answered.length + refused.length).toBe(requests.length);
        expect(new Set(answered).size).toBe(answered.length);
        const named = requests.map(customIdOf).filter((id) => id !== null);
        expect([...answered, ...refused].filter((id) => id !== null).toSorted()).toEqual(named.toSorted());
      },
    ),
    { numRuns: 150 },
  );
});

function idsOf(file: string): (string | null)[] {
  return file
    .split('\n')
    .filter((one) => one !== '')
    .map((one) => (JSON.parse(one) as { custom_id: string | null }).custom_id);
}

/** The custom_id that a line names in a way that can be answered. */
function customIdOf(one: string): string | null {
  try {
    const value: unknown = JSON.parse(one);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    if (!Object.hasOwn(value, 'custom_id')) return null;
    const id = (value as { custom_id: unknown }).custom_id;
    return typeof id === 'string' && id !== '' ? id.toWellFormed() : null;
  } catch {
    return null;
  }
}
