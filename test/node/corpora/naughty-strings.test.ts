import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NAUGHTY_STRINGS } from '../../support/naughty-strings.ts';
import { optionsFor, readAll, summary } from '../source/read-source.ts';
import { encode, goldenJson, goldenNames, libraryEncode, tokenizerOf } from '../task/golden-tokenizer.ts';

const demo = readFileSync(
  new URL('../../../public/models/glove-30k/tokenizer.json', import.meta.url),
  'utf8',
);
const TOKENIZERS = [
  ['demo model', demo] as const,
  ...goldenNames.map((name) => [name, goldenJson(name)] as const),
];

/** Each alone, in the middle of a sentence, and after the one before: what stands beside a character matters to tokenizers. */
const TEXTS = NAUGHTY_STRINGS.flatMap((text, index) => [
  text,
  `a word ${text}, and one more`,
  `${NAUGHTY_STRINGS.at(index - 1)}${text}`,
]);

test('the list is whole', () => {
  expect(NAUGHTY_STRINGS).toHaveLength(485);
});

test.each(TOKENIZERS)('%s: every one has the tokens of @huggingface/tokenizers', (_name, json) => {
  const library = libraryEncode(json);
  const tokenizer = tokenizerOf(json, 10_000);
  const differing = TEXTS.filter((text) => {
    const { ids, cut } = encode(tokenizer, text);
    return cut || ids.join() !== library(text).full.join();
  });
  expect(differing).toEqual([]);
});

/** A row that is refused has nothing but white space as its text. */
const readable = NAUGHTY_STRINGS.filter((text) => text.trim() !== '');

test('as JSONL every one comes back exactly, as the text and as a kept value', async () => {
  const lines = NAUGHTY_STRINGS.map((text) => `${JSON.stringify({ text, kept: text })}\n`).join('');
  const { rows, rejects } = summary(await readAll(lines, optionsFor('jsonl', { keep: ['kept'] })));
  expect(rows.map(({ text }) => text)).toEqual(readable);
  expect(rows.map(({ kept }) => JSON.parse(kept['kept']!) as unknown)).toEqual(readable);
  expect(rejects).toHaveLength(NAUGHTY_STRINGS.length - readable.length);
});

test('as CSV every one comes back exactly', async () => {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = NAUGHTY_STRINGS.map((text) => `${quoted(text)},${quoted(text)},end\r\n`).join('');
  const { rows, rejects } = summary(
    await readAll(`text,kept,last\r\n${lines}`, optionsFor('csv', { keep: ['kept', 'last'] })),
  );
  expect(rows.map(({ text }) => text)).toEqual(readable);
  expect(rows.map(({ kept }) => JSON.parse(kept['kept']!) as unknown)).toEqual(readable);
  expect(new Set(rows.map(({ kept }) => kept['last']))).toEqual(new Set(['"end"']));
  expect(rejects).toHaveLength(NAUGHTY_STRINGS.length - readable.length);
});
