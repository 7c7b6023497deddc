import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseJobSpec, type JobSpec } from '../../../src/core/job-spec.ts';
import { passageAt, type Passage } from '../../../src/core/passage.ts';
import { prepareSplitTexts } from '../../../src/task/prepare-split-texts.ts';
import { overlapOf } from '../../../src/task/tokenize/split-text.ts';
import type { TextTokenizer } from '../../../src/task/tokenize/text-tokenizer.ts';
import { codePoints } from '../../../src/task/tokenize/text-units.ts';
import { readGlosses } from '../../fixtures/bert/read-glosses.mjs';
import { DEMO_MODEL } from '../../support/fixture-models.ts';
import { NAUGHTY_STRINGS } from '../../support/naughty-strings.ts';
import { encode, goldenJson, goldenNames, tokenizerOf } from './golden-tokenizer.ts';

const demoJson = readFileSync(`${DEMO_MODEL}/tokenizer.json`, 'utf8');
const glosses = await readGlosses();

type Window = Passage & { readonly slice: string; readonly ids: readonly number[] };

/** The windows of one text, each with what a reader would take of the text by its offsets. */
function split(text: string, tokenizer: TextTokenizer, overlap: number): Window[] {
  const { lengths, tokenIds, passages, rejects } = prepareSplitTexts(
    tokenizer,
    overlap,
    Uint32Array.of(0),
    [text],
    0,
  );
  expect(rejects).toEqual([]);
  const chars = Array.from(text);
  let at = 0;
  return Array.from(lengths, (length, index) => {
    const passage = passageAt(passages!, index);
    const ids = [...tokenIds.subarray(at, (at += length))];
    return { ...passage, slice: chars.slice(passage.start, passage.end).join(''), ids };
  });
}

/** What holds of the windows of any text. */
function expectWindows(text: string, tokenizer: TextTokenizer, overlap: number): Window[] {
  const windows = split(text, tokenizer, overlap);
  const chars = Array.from(text);
  let end = 0;
  for (const [number, window] of windows.entries()) {
    const alone = encode(tokenizer, window.slice);
    const gap = chars.slice(end, Math.max(end, window.start)).join('');
    const faults = [
      ...(window.number === number && window.count === windows.length ? [] : ['number']),
      ...(!alone.cut && String(alone.ids) === String(window.ids) ? [] : ['tokens']),
      ...(window.tokens === window.ids.length - tokenizer.specialTokens ? [] : ['count of tokens']),
      // Each goes on where the one before ended, or before, and none lies within another.
      ...(/^\s*$/u.test(gap) ? [] : ['gap']),
      ...(window.end > end && (number === 0 || window.start > windows[number - 1]!.start) ? [] : ['order']),
    ];
    // One assertion a window: all of them would take longer than all the rest.
    if (faults.length > 0) expect.fail(`${faults.join()} of window ${number} of ${JSON.stringify(text)}`);
    end = window.end;
  }
  expect(chars.slice(end).join('')).toMatch(/^\s*$/u);
  return windows;
}

const LONG_TEXT = glosses.slice(2000, 2040).join('; ');

/** Scripts without spaces, marks, joiners, flags, controls, case that changes length, characters that no vocabulary has. */
const UNICODE = [
  'Straße İstanbul ǅ ﬁancé Ångström naïve e\u0301e\u0301 Σίσυφος ΑΣ.Β ',
  '中文没有空格，但是有标点符号。日本語はひらがなとカタカナを使います。ภาษาไทยไม่มีช่องว่าง ',
  '👩‍👩‍👧‍👦👩🏽‍🚀🇩🇪🏴󠁧󠁢󠁥󠁮󠁧󠁿❤️‍🔥 𝕏𝖞𝖟 𓀀𓀁 हिन्दी עִבְרִית العَرَبِيَّة 한국어 ',
  'a\u0000b\u0007c\u200bd\ufeffe\u00adf\u2028g\u3000h\u00a0i [CLS] [SEP] ##ing http://example.com/a_very-long.path?with=a&query=string#and-more ',
].join('');

describe('the windows of a long text', () => {
  test.each(goldenNames)('are stretches of it that have the tokens of rows of their own: %s', (name) => {
    const tokenizer = tokenizerOf(goldenJson(name), 24);
    for (const text of [LONG_TEXT, UNICODE.repeat(3), NAUGHTY_STRINGS.join(' ').slice(0, 6000)])
      expect(expectWindows(text, tokenizer, 5).length).toBeGreaterThan(5);
  });

  test('so are those of real text and of every naughty string in it, by the demo model', () => {
    const tokenizer = tokenizerOf(demoJson, 32);
    for (let at = 0; at < 3000; at += 30) expectWindows(glosses.slice(at, at + 10).join('; '), tokenizer, 6);
    for (const [index, naughty] of NAUGHTY_STRINGS.entries())
      expectWindows(`${glosses[index]!} ${naughty.repeat(8)} ${glosses[index + 1]!}`, tokenizer, 6);
  });

  test('a BERT tokenizer fills them: the words that are left out would not fit', () => {
    const tokenizer = tokenizerOf(demoJson, 64);
    const windows = expectWindows(LONG_TEXT, tokenizer, 8);
    for (const [number, { start, slice }] of windows.entries()) {
      const next = windows[number + 1];
      if (next === undefined) break;
      const more = /^\s*\S+/u.exec(LONG_TEXT.slice(start + slice.length))![0];
      expect(encode(tokenizer, slice + more).cut).toBe(true);
      // Begins with as many of the last words as have 8 tokens at most.
      const shared = LONG_TEXT.slice(next.start, start + slice.length);
      expect(tokenizer.countTokens(shared)).toBeLessThanOrEqual(8);
      const before = /\S+\s*$/u.exec(LONG_TEXT.slice(start, next.start))![0];
      expect(tokenizer.countTokens(before + shared)).toBeGreaterThan(8);
    }
  });

  test('do not overlap when none is asked for', () => {
    const windows = expectWindows(LONG_TEXT, tokenizerOf(demoJson, 32), 0);
    for (const [number, { end }] of windows.slice(0, -1).entries())
      expect(windows[number + 1]!.start).toBeGreaterThan(end);
  });

  test('a word that does not fit by itself is cut between characters', () => {
    const tokenizer = tokenizerOf(goldenJson('byte-bpe'), 16);
    expect(expectWindows('👩‍👩‍👧‍👦'.repeat(40), tokenizer, 4).length).toBeGreaterThan(5);
    expect(
      expectWindows('x'.repeat(3000), tokenizerOf(goldenJson('unigram-suffix'), 16), 4).length,
    ).toBeGreaterThan(5);
  });
});

describe('prepareSplitTexts', () => {
  test('gives a row that fits as a whole, beside those of several windows', () => {
    const tokenizer = tokenizerOf(demoJson, 32);
    const texts = ['a 👍 text', LONG_TEXT, '', 'another'];
    const { rowIndex, passages, truncated } = prepareSplitTexts(
      tokenizer,
      4,
      Uint32Array.of(3, 5, 6, 8),
      texts,
      0,
    );
    const count = rowIndex.filter((index) => index === 1).length;
    expect(count).toBeGreaterThan(10);
    expect([...rowIndex]).toEqual([0, ...Array<number>(count).fill(1), 2, 3]);
    expect(passageAt(passages!, 0)).toEqual({
      number: 0,
      count: 1,
      start: 0,
      end: 8,
      tokens: expect.any(Number),
    });
    expect(passageAt(passages!, count)).toMatchObject({
      number: count - 1,
      count,
      end: codePoints(LONG_TEXT),
    });
    expect(passageAt(passages!, count + 1)).toMatchObject({ start: 0, end: 0, tokens: 0 });
    expect(truncated).toBe(0);
  });

  test('refuses a row whose windows would fill the memory, and goes on', () => {
    const tokenizer = tokenizerOf(demoJson, 32);
    const texts = [LONG_TEXT, 'b'];
    const { rowIndex, rejects } = prepareSplitTexts(tokenizer, 4, Uint32Array.of(0, 1), texts, 0, 200);
    expect([...rowIndex]).toEqual([1]);
    const message = `A text of ${LONG_TEXT.length} characters is too long to be split: its windows would have more than 200 tokens together, or be more than 65536. Cut it into several rows, or take a smaller overlap.`;
    expect(rejects).toEqual([{ row: 0, id: null, code: 'ROW_TOO_LONG', message, attempts: 0 }]);
  });
});

describe('an overlap', () => {
  test('is an eighth of the text in a window where none is named', () => {
    expect(overlapOf(null, { room: 510 })).toBe(63);
    expect(overlapOf(null, { room: 1 })).toBe(0);
  });

  test('leaves room for what is new', () => {
    expect(overlapOf(446, { room: 510 })).toBe(446);
    expect(() => overlapOf(447, { room: 510 })).toThrow(
      expect.objectContaining({ code: 'SPEC_INVALID', hint: 'Say --overlap 446 or less.' }),
    );
  });
});

describe('the job spec', () => {
  const parse = (task: object): JobSpec['task'] =>
    parseJobSpec({ input: { path: 'in.jsonl' }, model: { path: 'demo' }, task, output: { path: 'out.npy' } })
      .task;

  test('takes long texts and an overlap', () => {
    expect(parse({ long: 'split', overlap: 3 })).toEqual({ kind: 'embed', long: 'split', overlap: 3 });
    expect(parse({ kind: 'classify', long: 'split' })).toMatchObject({ long: 'split' });
    expect(parse({})).toEqual({ kind: 'embed' });
  });

  test.each([
    [{ overlap: 3 }, /task.overlap: windows overlap only where long texts are split or pooled/],
    [{ long: 'truncate', overlap: 3 }, /task.overlap/],
    [{ kind: 'classify', long: 'pool' }, /task.long: pool makes one vector .* take split/],
    [{ long: 'cut' }, /task.long/],
    [{ long: 'split', overlap: -1 }, /task.overlap/],
  ])('refuses %o', (task, message) => {
    expect(() => parse(task)).toThrow(
      expect.objectContaining({ code: 'SPEC_INVALID', message: expect.stringMatching(message) }),
    );
  });
});
