import { describe, expect, test } from 'vitest';
import { WordTable } from '../../../src/task/tokenize/word-table.ts';

/** The characters of the word, and its length: another word has other ids. */
const idsFor = (word: string): readonly number[] => [word.length, ...new TextEncoder().encode(word)];

describe('WordTable', () => {
  test('encodes a word once, wherever it stands', () => {
    const encoded: string[] = [];
    const table = new WordTable((word) => {
      encoded.push(word);
      return idsFor(word);
    });
    expect(table.idsOf('a cat and a cat', 2, 5)).toEqual(idsFor('cat'));
    expect(table.idsOf('a cat and a cat', 12, 15)).toEqual(idsFor('cat'));
    expect(table.idsOf('a cat and a cat', 6, 9)).toEqual(idsFor('and'));
    expect(encoded).toEqual(['cat', 'and']);
  });

  test('tells words apart that begin alike, and those of the same letters', () => {
    const table = new WordTable(idsFor);
    for (let round = 0; round < 2; round++) {
      for (const word of ['a', 'aa', 'ab', 'ba', 'abc', 'acb', 'A', 'Ab'])
        expect(table.idsOf(`x${word}x`, 1, 1 + word.length)).toEqual(idsFor(word));
    }
  });

  test('gives the right ids when it is full, and for words too long to be kept', () => {
    const table = new WordTable(idsFor);
    const long = 'w'.repeat(5000);
    expect(table.idsOf(long, 0, long.length)).toEqual(idsFor(long));
    const words = Array.from({ length: 60_000 }, (_, i) => `w${i.toString(36)}`);
    for (let round = 0; round < 2; round++) {
      const wrong = words.filter((word) => {
        const ids = table.idsOf(word, 0, word.length);
        return ids.length !== word.length + 1 || ids.at(-1) !== word.charCodeAt(word.length - 1);
      });
      expect(wrong).toEqual([]);
    }
  });
});
