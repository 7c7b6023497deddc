import { describe, expect, test } from 'vitest';
import { datasetFormat } from '../../../src/source/dataset-format.ts';
import { looksLikeBatch } from '../../../src/core/openai/looks-like-batch.ts';
import { rangeOf } from '../source/read-source.ts';

const REQUEST = '{"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":"x"}}';

describe('looksLikeBatch', () => {
  test.each([
    ['a request', REQUEST],
    ['one behind a byte order mark and blank lines', `\uFEFF\n \n${REQUEST}\n`],
    ['one behind a broken line', `{"custom_id":\n${REQUEST}\n`],
    [
      'one for another endpoint',
      '{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{}}\n',
    ],
    ['the start of a long one', `{"custom_id": "a", "method": "POST", "body": {"input": "${'x'.repeat(200)}`],
  ])('takes %s for one', (_, start) => {
    expect(looksLikeBatch(start)).toBe(true);
  });

  test.each([
    ['rows', '{"id":1,"text":"custom_id and body and url"}\n'],
    ['rows with a custom_id', '{"custom_id":"a","text":"x"}\n'],
    ['answers', '{"id":"batch_req_1","custom_id":"a","response":{"body":{}},"error":null}\n'],
    ['rows whose text is a request', `${JSON.stringify({ text: REQUEST })}\n`],
    ['a list', `[${REQUEST}]\n`],
    ['nothing', ''],
    ['no JSON', 'a,b,c\n1,2,3\n'],
    ['the start of a long row', `{"text": "${'x'.repeat(200)}`],
  ])('does not take %s for one', (_, start) => {
    expect(looksLikeBatch(start)).toBe(false);
  });
});

test('JSON Lines of requests have a format of their own, in several files and packed, too', async () => {
  const { signal } = new AbortController();
  const requests = rangeOf(REQUEST, 'requests.jsonl');
  expect(await datasetFormat([requests], signal)).toBe('openai');
  expect(await datasetFormat([rangeOf('', 'a.jsonl'), requests], signal)).toBe('openai');
  expect(await datasetFormat([rangeOf('{"text":"x"}', 'rows.jsonl')], signal)).toBe('jsonl');
  const packed = await new Response(
    new Blob([REQUEST]).stream().pipeThrough(new CompressionStream('gzip')),
  ).arrayBuffer();
  expect(await datasetFormat([rangeOf(new Uint8Array(packed), 'requests.jsonl.gz')], signal)).toBe('openai');
});
