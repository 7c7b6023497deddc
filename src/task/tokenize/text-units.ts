/** A stretch of a text that is not cut where that can be helped: a word, with what stands before and after it. */
export type TextUnit = {
  /** In UTF-16 units: `[start, end)`, without white space at either end. */
  readonly start: number;
  readonly end: number;
  /** The same in code points. */
  readonly startChar: number;
  readonly endChar: number;
};

/** A run without white space is cut within, where its script or punctuation lets it, into pieces of about so many units. */
const PIECE_LENGTH = 16;
/** Shorter runs stay whole: words with the punctuation around them. */
const WHOLE_LENGTH = 24;
/** Nothing is longer: what has no place to be cut at is cut anywhere. */
const MAX_LENGTH = 512;

/** Marks, joiners, variation selectors and modifiers: what belongs to the character before it. */
const EXTENDS = /\p{M}|\p{Emoji_Modifier}|\p{Join_Control}|[\u{e0020}-\u{e007f}]/u;
const JOINER = 0x200d;
/** Letters and digits of scripts that put spaces between words. */
const SPACED = /[\p{L}\p{N}\p{M}_]/u;
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Tibt}]/u;

/**
 * The words of a text, in order; all of it but white space is in one of them. A text without spaces (Chinese, a long address) is
 * cut beside a character of its script or beside punctuation, never before what belongs to the character before.
 */
export function* textUnits(text: string): Generator<TextUnit> {
  let at = 0;
  let char = 0;
  while (at < text.length) {
    if (isSpace(text.charCodeAt(at))) {
      at++;
      char++;
      continue;
    }
    const run = runFrom(text, at);
    for (let start = at; start < run;) {
      const end = run - start <= WHOLE_LENGTH ? run : cutWithin(text, start, run);
      const chars = codePoints(text, start, end);
      yield { start, end, startChar: char, endChar: char + chars };
      char += chars;
      start = end;
    }
    at = run;
  }
}

/** The two halves of a unit; null for a single character. */
export function halves(
  text: string,
  { start, end, startChar, endChar }: TextUnit,
): readonly TextUnit[] | null {
  const chars = endChar - startChar;
  if (chars < 2) return null;
  const before = chars >> 1;
  let middle = start;
  for (let char = 0; char < before; char++) middle += text.codePointAt(middle)! > 0xffff ? 2 : 1;
  return [
    { start, end: middle, startChar, endChar: startChar + before },
    { start: middle, end, startChar: startChar + before, endChar },
  ];
}

/** Unicode code points of `text.slice(start, end)`; half of a surrogate pair is one. */
export function codePoints(text: string, start = 0, end = text.length): number {
  let count = end - start;
  for (let at = start + 1; at < end; at++) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800) count--;
  }
  return count;
}

/** Where the run of other characters than white space ends that begins at `start`. */
function runFrom(text: string, start: number): number {
  let at = start;
  while (at < text.length && !isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** White space of Unicode; a byte order mark is none. */
export function isSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
  return unit !== 0xfeff && /\s/.test(String.fromCharCode(unit));
}

/** The first place after `PIECE_LENGTH` units at which a run may be cut. */
function cutWithin(text: string, start: number, run: number): number {
  let before = text.codePointAt(start)!;
  let at = start + (before > 0xffff ? 2 : 1);
  while (at < run) {
    const next = text.codePointAt(at)!;
    const length = at - start;
    if (length >= MAX_LENGTH || (length >= PIECE_LENGTH && mayCut(before, next))) return at;
    before = next;
    at += next > 0xffff ? 2 : 1;
  }
  return run;
}

function mayCut(before: number, next: number): boolean {
  const after = String.fromCodePoint(next);
  if (before === JOINER || EXTENDS.test(after)) return false;
  return !isSpaced(String.fromCodePoint(before)) || !isSpaced(after);
}

function isSpaced(char: string): boolean {
  return SPACED.test(char) && !UNSPACED.test(char);
}
