import { expect, test } from 'vitest';
import { answerBatch } from '../../support/answer-batch.ts';

const good = {
  custom_id: 'r',
  method: 'POST',
  url: '/v1/embeddings',
  body: { model: 'm', input: 'some text' } as Record<string, unknown>,
};
const withBody = (change: Record<string, unknown>) => ({ ...good, body: { ...good.body, ...change } });
const without = (name: keyof typeof good) =>
  Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));

type Refusal = readonly [line: unknown, message: RegExp, code: string | null, param: string | null];

const NOTHING = [null, null] as const;

test.each<Refusal>([
  ['not json', /line 1 is not JSON/, 'invalid_json_line', null],
  [[good], /is not a JSON object but an array/, 'invalid_json_line', null],
  [
    without('custom_id'),
    /Missing required parameter: 'custom_id'/,
    'missing_required_parameter',
    'custom_id',
  ],
  [{ ...good, custom_id: '' }, /Missing required/, 'missing_required_parameter', 'custom_id'],
  [{ ...good, custom_id: 7 }, /expected a string, but got a number/, 'invalid_type', 'custom_id'],
  [without('method'), /Missing required parameter: 'method'/, 'missing_required_parameter', 'method'],
  [{ ...good, method: 'GET' }, /Invalid value: 'GET'/, 'invalid_value', 'method'],
  [without('url'), /Missing required parameter: 'url'/, 'missing_required_parameter', 'url'],
  [{ ...good, url: '/v1/responses' }, /'\/v1\/responses' cannot be run here/, 'url_mismatch', 'url'],
  [without('body'), /Missing required parameter: 'body'/, 'missing_required_parameter', 'body'],
  [{ ...good, body: [] }, /'body': expected an object, but got an array/, 'invalid_type', 'body'],
  [withBody({ model: undefined }), /Missing required/, 'missing_required_parameter', 'model'],
  [withBody({ model: 3 }), /'model': expected a string/, 'invalid_type', 'model'],
  [withBody({ input: undefined }), /Missing required/, 'missing_required_parameter', 'input'],
  [withBody({ input: '' }), /'\$\.input' is invalid: it is an empty string/, ...NOTHING],
  [withBody({ input: [] }), /'\$\.input' is invalid: it is an empty list/, ...NOTHING],
  [withBody({ input: 5 }), /'\$\.input' is invalid: it is a number/, ...NOTHING],
  [withBody({ input: { a: 1 } }), /'\$\.input' is invalid: it is an object/, ...NOTHING],
  [withBody({ input: ['a', ''] }), /item 1 is an empty string/, ...NOTHING],
  [withBody({ input: ['a', 5] }), /item 1 is a number, and the first one a string/, ...NOTHING],
  [withBody({ input: ['a', null] }), /item 1 is null/, ...NOTHING],
  [withBody({ input: [5, 'a'] }), /input\[1\] is a string, no token id/, ...NOTHING],
  [withBody({ input: [5, -1] }), /input\[1\] is -1, no token id/, ...NOTHING],
  [withBody({ input: [5.5] }), /input\[0\] is 5.5, no token id/, ...NOTHING],
  [withBody({ input: [[5], []] }), /item 1 is an empty list/, ...NOTHING],
  [withBody({ input: [[5], 'a'] }), /item 1 is a string/, ...NOTHING],
  [withBody({ input: [[5], [2 ** 40]] }), /input\[1\]\[0\] is 1099511627776, no token id/, ...NOTHING],
  [withBody({ input: [29_999_999] }), /token 0 is 29999999, which the model's vocabulary/, ...NOTHING],
  [
    withBody({ input: Array.from({ length: 2049 }, () => 'a') }),
    /array too long.*maximum length 2048.*length 2049/,
    'array_above_max_length',
    'input',
  ],
  [withBody({ input: 'word '.repeat(50) }), /maximum context length is 16 tokens/, ...NOTHING],
  [withBody({ input: Array(30).fill(5) }), /maximum context length is 16 tokens, .*requested 32/, ...NOTHING],
  [withBody({ encoding_format: 'hex' }), /Invalid value: 'hex'/, 'invalid_value', 'encoding_format'],
  [withBody({ encoding_format: 1 }), /Invalid value: 1/, 'invalid_value', 'encoding_format'],
  [withBody({ dimensions: 'a' }), /expected an integer, but got a string/, 'invalid_type', 'dimensions'],
  [withBody({ dimensions: 1.5 }), /expected an integer/, 'invalid_type', 'dimensions'],
  [withBody({ dimensions: 0 }), />= 1, but got 0/, 'integer_below_min_value', 'dimensions'],
  [withBody({ dimensions: 9 }), /less than or equal to 8/, 'invalid_value', 'dimensions'],
  [withBody({ user: 5 }), /'user': expected a string/, 'invalid_type', 'user'],
  [withBody({ truncate: true }), /Unrecognized request argument supplied: truncate/, ...NOTHING],
])('%j is refused as the API does', async (line, message, code, param) => {
  const text = typeof line === 'string' ? line : JSON.stringify(line);
  const { output, errors } = await answerBatch(`${text}\n${JSON.stringify({ ...good, custom_id: 'after' })}`);
  expect(output.trimEnd().split('\n')).toHaveLength(1);
  expect(output).toContain('"custom_id":"after"');
  const refused = JSON.parse(errors) as Record<string, unknown>;
  const given = (line as { custom_id?: unknown }).custom_id;
  expect(refused['custom_id']).toBe(typeof given === 'string' && given !== '' ? given : null);
  expect(refused['response']).toMatchObject({
    status_code: 400,
    body: { error: { type: 'invalid_request_error', message: expect.stringMatching(message), param, code } },
  });
});

test('a custom_id that was used is refused, however many inputs the requests have', async () => {
  const input = ['one', 'two', 'three'];
  const lines = [withBody({ input }), withBody({ input }), good, { ...good, custom_id: 'other' }];
  const { output, errors } = await answerBatch(lines.map((line) => JSON.stringify(line)).join('\n'));
  expect([...output.matchAll(/"custom_id":"(\w+)"/g)].map(([, id]) => id)).toEqual(['r', 'other']);
  const refused = errors.trimEnd().split('\n');
  expect(refused).toHaveLength(2);
  for (const line of refused)
    expect(JSON.parse(line)).toMatchObject({
      custom_id: 'r',
      response: { body: { error: { code: 'duplicate_custom_id', param: 'custom_id' } } },
    });
  expect(new Set(refused.map((line) => (JSON.parse(line) as { id: string }).id)).size).toBe(2);
});

test('a file is for one model: requests that name another than the first are refused', async () => {
  const lines = [good, { ...withBody({ model: 'n' }), custom_id: 's' }];
  const { errors } = await answerBatch(lines.map((line) => JSON.stringify(line)).join('\n'));
  expect(JSON.parse(errors)).toMatchObject({
    custom_id: 's',
    response: { body: { error: { code: 'model_mismatch', param: 'model' } } },
  });
});
