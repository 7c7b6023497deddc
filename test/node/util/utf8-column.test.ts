import { expect, test } from 'vitest';
import { utf8Builder, utf8Values } from '../../../src/util/arrow/utf8-column.ts';

const ASCII = Array.from({ length: 100 }, (_, i) => (i % 7 === 0 ? null : `value ${i}`));

test.each([
  ['ASCII with values that are missing', ASCII, ASCII],
  [
    'other letters between them',
    [...ASCII, 'Müller', '日本', ...ASCII],
    [...ASCII, 'Müller', '日本', ...ASCII],
  ],
  ['long text of three bytes a letter', ['a', '語'.repeat(5000), 'b'], ['a', '語'.repeat(5000), 'b']],
  ['halves of a pair in two values', ['x\ud83d', '\ude00y', 'z'], ['x\ufffd', '\ufffdy', 'z']],
  ['nothing', [], []],
  ['empty and missing values', ['', null, ''], ['', null, '']],
])('utf8Builder keeps each value by itself: %s', (_name, values, expected) => {
  expect(utf8Values(utf8Builder(values).finish())).toEqual(expected);
});
