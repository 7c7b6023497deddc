import { readFile } from 'node:fs/promises';
import { Tokenizer } from '@huggingface/tokenizers';
import { expect, test } from 'vitest';
import { bertWordsOf } from '../../../src/task/tokenize/bert-words.ts';
import { TokenBuffer } from '../../../src/task/tokenize/token-buffer.ts';
import { readGlosses } from '../../fixtures/bert/read-glosses.mjs';
import { seededRandom } from '../../support/seeded-random.ts';

/** More tokens than any of the texts has. */
const ROOM = 10_000;

/** What tokenizers trip over: composed and decomposed marks, joiners, controls, scripts, case that changes length, halves of pairs. */
const NASTY = [
  ...[
    'é',
    'e\u0301',
    'ﬁ',
    'İ',
    'ſ',
    'ẞ',
    'Σς',
    'ǆ',
    '\u200d',
    '\u200b',
    '\u00ad',
    '\ufeff',
    '\ufffd',
    '\u0000',
    '\u0085',
  ],
  ...[
    '\u2028',
    '\u3000',
    '\u00a0',
    '中文',
    'かな',
    '한국',
    'ไทย',
    'हिन्दी',
    'עברית',
    'العربية',
    '👩‍👩‍👧',
    '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    '𝕏',
    '\ud800',
    '\udc00',
  ],
  ...[
    '[CLS]',
    '[SEP]',
    '[UNK]',
    '##ing',
    "don't",
    'a.b',
    '$5',
    '…',
    '„“',
    '½',
    '\u0345',
    '\u1dfa',
    '\u{e0001}',
    '\uffff',
  ],
];

const folder = new URL('../../../public/models/glove-30k/', import.meta.url);
const json = JSON.parse(await readFile(new URL('tokenizer.json', folder), 'utf8')) as object;
const library = new Tokenizer(json, {});
const words = bertWordsOf(library, {})!;

/** Compares id for id. @returns how many texts the fast path took itself. */
function compareAll(texts: Iterable<string>): number {
  let taken = 0;
  for (const text of texts) {
    const buffer = new TokenBuffer(0);
    if (words.append(text, ROOM, buffer) === null) continue;
    taken++;
    const own = buffer.toArray();
    const expected = library.encode(text, { add_special_tokens: false }).ids;
    // One assertion a text would take longer than all the rest.
    if (own.length !== expected.length || expected.some((id, index) => id !== own[index]))
      expect([...own], JSON.stringify(text)).toEqual(expected);
  }
  return taken;
}

test('every definition of WordNet has the tokens of the library, id for id', async () => {
  const glosses = await readGlosses();
  expect(glosses.length).toBeGreaterThan(100_000);
  expect(compareAll(glosses)).toBe(glosses.length);
});

test('so have definitions with nasty Unicode put into them', async () => {
  const random = seededRandom(20);
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)]!;
  const glosses = await readGlosses();
  const texts = Array.from({ length: 20_000 }, () => {
    let text = pick(glosses);
    for (let edits = 1 + Math.floor(random() * 4); edits > 0; edits--) {
      const at = Math.floor(random() * (text.length + 1));
      text = text.slice(0, at) + pick(NASTY) + text.slice(at);
    }
    return text;
  });
  expect(compareAll(texts)).toBeGreaterThan(texts.length / 2);
});
