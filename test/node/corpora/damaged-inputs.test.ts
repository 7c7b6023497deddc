import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Chunk } from '../../../src/core/chunk.ts';
import { JobError } from '../../../src/core/job-error.ts';
import { inputFormatOf } from '../../../src/core/input-format.ts';
import type { ReadOptions } from '../../../src/source/read-options.ts';
import { optionsFor, rangeOf, readAll, summary } from '../source/read-source.ts';
import { damage } from './damaged-bytes.ts';

const folder = fileURLToPath(new URL('../../fixtures/source/', import.meta.url));
const fixtures = readdirSync(folder)
  .filter((name) => /\.(jsonl|csv|tsv|txt)$/.test(name))
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(folder + name)) }));

type Outcome = ReturnType<typeof summary> | { readonly refused: string };

/** What a file gives, or the refusal of the file as a whole; any other error is a defect. */
async function read(name: string, bytes: Uint8Array, options: Partial<ReadOptions> = {}): Promise<Outcome> {
  try {
    return summary(await readAll(rangeOf(bytes, name), optionsFor(inputFormatOf({ path: name }), options)));
  } catch (thrown) {
    if (!(thrown instanceof JobError)) throw thrown;
    expect(thrown.code).toMatch(/^(?:INPUT_EMPTY|INPUT_FORMAT|COLUMN_MISSING)$/);
    expect(thrown.message).toContain(name);
    return { refused: `${thrown.code}: ${thrown.message}` };
  }
}

test('3000 damaged files: each row is one thing, each refusal names its line, however the file is read', async () => {
  let whole = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...fixtures), damage, async ({ name, bytes }, harm) => {
      const damaged = harm(bytes);
      const outcome = await read(name, damaged);
      expect(await read(name, damaged, { limits: { blockBytes: 7 } })).toEqual(outcome);
      if ('refused' in outcome) return;
      whole++;
      const ordinals = [...outcome.rows, ...outcome.rejects].map(({ row }) => row).toSorted((a, b) => a - b);
      expect(ordinals).toEqual(ordinals.map((_, index) => index));
      for (const { code, message } of outcome.rejects) {
        expect(code).toMatch(/^ROW_[A-Z0-9_]+$/);
        expect(message).toMatch(/\bline \d+/);
      }
    }),
    { numRuns: 3000, seed: 41 },
  );
  expect(whole).toBeGreaterThan(500);
});

/** What each line of a JSONL file is, by other means: its text, or null for a row that has none. */
function textsByLine(bytes: Uint8Array): (string | null)[] {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const texts: (string | null)[] = [];
  for (let from = start; from <= bytes.length;) {
    const end = bytes.indexOf(10, from);
    const line = Buffer.from(bytes.subarray(from, end < 0 ? bytes.length : end));
    from = end < 0 ? bytes.length + 1 : end + 1;
    const latin = line.toString('latin1');
    if (/^[ \t\r\n\v\f]*$/.test(latin)) continue;
    texts.push(textOf(line));
  }
  return texts;
}

function textOf(line: Buffer): string | null {
  try {
    const value: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line),
    );
    const text =
      typeof value === 'object' && value !== null && Object.hasOwn(value, 'text')
        ? (value as { text: unknown }).text
        : null;
    return typeof text === 'string' && text.trim() !== '' ? text : null;
  } catch {
    return null;
  }
}

test('3000 damaged JSONL files give exactly the texts that an independent reader finds', async () => {
  const lines = ['plain', 'ünïcödé 日本語 👩‍👩‍👧', 'a "quoted" \\ text', 'tab\tand\nline', '', 'x'.repeat(80)];
  const bytes = new TextEncoder().encode(
    lines.map((text, n) => `${JSON.stringify({ n, text, more: [n, { text: 'inner' }] })}\n`).join(''),
  );
  let rows = 0;
  await fc.assert(
    fc.asyncProperty(damage, async (harm) => {
      const damaged = harm(bytes);
      const outcome = await read('in.jsonl', damaged, { parse: { encoding: 'utf-8' } as never });
      if ('refused' in outcome) return;
      const expected = textsByLine(damaged);
      const found = expected.map((): string | null => null);
      for (const { row, text } of outcome.rows) found[row] = text;
      expect(found).toEqual(expected);
      rows += outcome.rows.length;
    }),
    { numRuns: 3000, seed: 42 },
  );
  expect(rows).toBeGreaterThan(6000);
});

/** A refusal may quote what follows it, to show what the reader met. */
function gist(chunk: Chunk) {
  const { rows, rejects } = summary([chunk]);
  return { rows, rejects: rejects.map(({ row, id, code }) => ({ row, id, code })) };
}

test.each(['jsonl-ids.jsonl', 'csv-quotes.csv', 'csv-fields.csv', 'csv-bom-crlf-mix.csv', 'tsv-plain.tsv'])(
  '%s: damage changes nothing before it',
  async (name) => {
    const { bytes } = fixtures.find((fixture) => fixture.name === name)!;
    const format = inputFormatOf({ path: name });
    const options = optionsFor(format, {
      read: [{ role: 'text', column: 'text', type: 'text' }],
      limits: { maxRows: 1 },
      parse: { encoding: 'utf-8', delimiter: format === 'csv' ? ',' : undefined, header: undefined },
    });
    const records = async (content: Uint8Array) => readAll(rangeOf(content, name), options);
    const whole = await records(bytes);
    expect(whole.length).toBeGreaterThan(1);
    // A header or a byte order mark that is damaged changes everything.
    const first = whole[0]!.end.byte;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: first, max: bytes.length - 1 }), fc.nat(8), async (byte, kind) => {
        const damaged = kind === 8 ? bytes.slice(0, byte) : bytes.slice();
        if (kind < 8) damaged[byte]! ^= 1 << kind;
        const found = await records(damaged);
        // A line end may be of two bytes: what ends right before the damage may go on into it.
        const before = whole.filter(({ end }) => end.byte < byte);
        expect(found.slice(0, before.length).map(gist)).toEqual(before.map(gist));
      }),
      { numRuns: 400, seed: 43 },
    );
  },
);
