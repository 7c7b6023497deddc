import { expect, test } from 'vitest';
import { Utf8Builder } from '../../../src/util/arrow/utf8-builder.ts';
import { utf8Values } from '../../../src/util/arrow/utf8-column.ts';

const LONG = 'a long text of ASCII '.repeat(20);

function mixed(times: number): { readonly builder: Utf8Builder; readonly expected: (string | null)[] } {
  const builder = new Utf8Builder();
  const expected: (string | null)[] = [];
  for (let i = 0; i < times; i++) {
    const text = `${i} é ${LONG}`;
    builder.append(text);
    const utf8 = new TextEncoder().encode(`[${text}][${LONG}][short]["one ""word"", and ""${LONG}"]`);
    const whole = new TextDecoder().decode(utf8);
    const at = (part: string) => new TextEncoder().encode(whole.slice(0, whole.indexOf(part))).length;
    builder.appendUtf8(utf8, 1, at(']['));
    builder.appendUtf8(utf8, at('[short') + 1, at('[short') + 6);
    builder.appendUtf8(utf8, 3, 3);
    builder.append(null);
    const quoted = at('"one') + 1;
    builder.appendQuoted(utf8, quoted, utf8.length - 2);
    expected.push(text, text, 'short', '', null, `one "word", and "${LONG}`);
  }
  return { builder, expected };
}

test('strings, UTF-8, quoted UTF-8 and nothing come out in the order in which they were appended', () => {
  const { builder, expected } = mixed(300);
  expect(utf8Values(builder.finish())).toEqual(expected);
});

test('memory that was taken back does not show in the next column', () => {
  const before = mixed(300);
  before.builder.finish();
  before.builder.release();
  const builder = new Utf8Builder();
  for (const text of ['x', '', 'yz']) builder.append(text);
  const column = builder.finish();
  expect(utf8Values(column)).toEqual(['x', '', 'yz']);
  expect([...(column.data[0]!.values as Uint8Array)]).toEqual([0x78, 0x79, 0x7a, 0, 0, 0, 0, 0]);
});
