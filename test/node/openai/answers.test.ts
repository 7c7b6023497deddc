import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { TokenBuffer } from '../../../src/task/tokenize/token-buffer.ts';
import { ANSWER_DIMS, answerBatch, demoTokenizer, vectorOfTokens } from '../../support/answer-batch.ts';

const fixture = readFileSync(
  fileURLToPath(new URL('../../fixtures/openai/embeddings.jsonl', import.meta.url)),
  'utf8',
);

/** A line of an output or error file, as programs that use the official SDK read it. */
type Line = {
  readonly id: string;
  readonly custom_id: string | null;
  readonly response: {
    readonly status_code: number;
    readonly request_id: string;
    readonly body: {
      readonly object: string;
      readonly data: readonly {
        readonly object: string;
        readonly index: number;
        readonly embedding: number[] | string;
      }[];
      readonly model: string;
      readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
      readonly error: { readonly message: string; readonly type: string; readonly [key: string]: unknown };
    };
  };
  readonly error: null;
};

function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** As the SDK decodes base64: `np.frombuffer(base64.b64decode(data), dtype="float32")`. */
function floats(embedding: number[] | string): number[] {
  if (typeof embedding !== 'string') return embedding;
  const bytes = Buffer.from(embedding, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

function tokensOf(text: string): number[] {
  const buffer = new TokenBuffer(0);
  demoTokenizer().encodeInto(text, buffer);
  return [...buffer.toArray()];
}

function expectClose(vector: readonly number[], expected: ArrayLike<number>): void {
  expect(vector).toHaveLength(expected.length);
  for (const [i, value] of vector.entries()) expect(value).toBeCloseTo(expected[i]!, 6);
}

describe('the output file', () => {
  test('has the fields of the API, in its order, one line a request in input order', async () => {
    const { output } = await answerBatch(fixture);
    const lines = linesOf(output);
    expect(lines.map((line) => line.custom_id)).toEqual(['request-1', 'request-2', 'request-3', 'request-4']);
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(['id', 'custom_id', 'response', 'error']);
      expect(line.id).toMatch(/^batch_req_[0-9a-f]{32}$/);
      expect(line.error).toBeNull();
      expect(Object.keys(line.response)).toEqual(['status_code', 'request_id', 'body']);
      expect(line.response).toMatchObject({
        status_code: 200,
        body: { object: 'list', model: 'all-MiniLM-L6-v2' },
      });
      expect(line.response.request_id).toMatch(/^[0-9a-f]{32}$/);
      expect(Object.keys(line.response.body)).toEqual(['object', 'data', 'model', 'usage']);
      for (const [index, entry] of line.response.body.data.entries())
        expect(Object.entries(entry)).toEqual([
          ['object', 'embedding'],
          ['index', index],
          ['embedding', expect.anything()],
        ]);
    }
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
  });

  test('gives each input its vector and counts its tokens', async () => {
    const byId = new Map(linesOf((await answerBatch(fixture)).output).map((line) => [line.custom_id, line]));
    const { body } = byId.get('request-1')!.response;
    const tokens = tokensOf('The quick brown fox jumped over the lazy dog');
    expectClose(floats(body.data[0]!.embedding), vectorOfTokens(tokens));
    expect(body.usage).toEqual({ prompt_tokens: tokens.length, total_tokens: tokens.length });
    const several = byId.get('request-2')!.response.body;
    const texts = ['first text', 'second text', 'a third one'];
    const sum = texts.reduce((total, text) => total + tokensOf(text).length, 0);
    expect(several.usage.prompt_tokens).toBe(sum);
    for (const [index, text] of texts.entries()) {
      const whole = vectorOfTokens(tokensOf(text));
      const norm = Math.hypot(...whole.slice(0, 4));
      expectClose(
        floats(several.data[index]!.embedding),
        whole.slice(0, 4).map((value) => value / norm),
      );
    }
  });

  test('takes token ids as the text between the special tokens, and puts base64 of little-endian floats', async () => {
    const lines = linesOf((await answerBatch(fixture)).output);
    const [first, last] = [tokensOf('x')[0]!, tokensOf('x').at(-1)!];
    const { data, usage } = lines[2]!.response.body;
    expect(data[0]!.embedding).toEqual(expect.any(String));
    expectClose(floats(data[0]!.embedding), vectorOfTokens([first, 5, 6, 7, last]));
    expect(usage.prompt_tokens).toBe(5);
    const whole = `{"custom_id":"w","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":[${first},5,6,7,${last}]}}`;
    const [answer] = linesOf((await answerBatch(whole)).output);
    expect(answer!.response.body.usage.prompt_tokens).toBe(5);
    expectClose(floats(answer!.response.body.data[0]!.embedding), floats(data[0]!.embedding));
    expect(floats(lines[3]!.response.body.data[1]!.embedding)).toHaveLength(4);
  });

  test('and the error file are the same bytes for chunks of any size', async () => {
    const whole = await answerBatch(fixture);
    for (const maxRows of [1, 2, 3])
      expect(await answerBatch(fixture, { limits: { maxRows } })).toEqual(whole);
  });
});

describe('the error file', () => {
  test('has what was refused, with an HTTP status and an error body', async () => {
    const { errors, notices } = await answerBatch(fixture);
    expect(linesOf(errors)).toEqual([
      {
        id: expect.stringMatching(/^batch_req_/),
        custom_id: 'request-5',
        response: {
          status_code: 400,
          request_id: expect.any(String),
          body: {
            error: {
              message: expect.stringContaining("'/v1/chat/completions' cannot be run here"),
              type: 'invalid_request_error',
              param: 'url',
              code: 'url_mismatch',
            },
          },
        },
        error: null,
      },
      expect.objectContaining({ custom_id: 'request-6' }),
    ]);
    expect(notices).toEqual([expect.stringMatching(/^2 of 6 requests failed/)]);
  });

  test('has a request whole when one of its inputs fails, whichever it is', async () => {
    for (const fails of [[1], [2], [3], [1, 2, 3]]) {
      const { output, errors } = await answerBatch(fixture, { fails });
      expect(linesOf(output).map((line) => line.custom_id)).toEqual(['request-1', 'request-3', 'request-4']);
      const [failed] = linesOf(errors);
      expect(failed).toMatchObject({
        custom_id: 'request-2',
        response: { status_code: 500, body: { error: { type: 'server_error', param: null, code: null } } },
      });
      expect(failed!.response.body.error.message).toContain(`input ${fails[0]! - 1}: the model gave`);
    }
  });

  test('is not written when there is nothing to say', async () => {
    const [first] = fixture.split('\n');
    expect(await answerBatch(first!)).toMatchObject({ errors: '', notices: [] });
  });
});

test('vectors of the dimensions that the model has are as they are, more are refused by name', async () => {
  const ask = (dimensions: number) =>
    `{"custom_id":"${dimensions}","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":["a","b"],"dimensions":${dimensions}}}`;
  const { output, errors } = await answerBatch([ask(ANSWER_DIMS), ask(ANSWER_DIMS + 1), ask(1)].join('\n'));
  expect(linesOf(output).map(({ response }) => floats(response.body.data[1]!.embedding).length)).toEqual([
    ANSWER_DIMS,
    1,
  ]);
  expect(linesOf(errors)[0]!.response.body.error).toMatchObject({
    message: "Invalid value for 'dimensions' = 9. Must be less than or equal to 8.",
    param: 'dimensions',
  });
});
