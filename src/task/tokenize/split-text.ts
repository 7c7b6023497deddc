import { JobError } from '../../core/job-error.ts';
import { halves, isSpace, textUnits, type TextUnit } from './text-units.ts';
import type { TextTokenizer } from './text-tokenizer.ts';
import type { TokenBuffer } from './token-buffer.ts';

/** The overlap that is taken where none is named, as a share of the text's tokens in a window. */
const DEFAULT_OVERLAP_SHARE = 1 / 8;
/** With less than this share of a window new in each, the windows of a text would be many times the text. */
const LEAST_STEP_SHARE = 1 / 8;
/** Most UTF-16 units of a window, whatever its tokens: a tokenizer may drop characters, or make one token of very many. */
const MAX_LENGTH = 1 << 17;
/** Most tokens of all windows of a text together, which are held in memory at once: about 16 MB of English. */
export const MAX_TEXT_TOKENS = 1 << 22;
const MAX_TEXT_WINDOWS = 1 << 16;

/** A window of a text, whose ids were appended. */
export type TextPassage = {
  /** In code points. */
  readonly start: number;
  readonly end: number;
  /** Ids appended, special tokens included. */
  readonly length: number;
  /** True when even its single character does not fit the model. */
  readonly cut: boolean;
};

export type SplitLimits = {
  /** Most tokens that a window has in common with the one before. */
  readonly overlap: number;
  /** Most tokens of all windows together. */
  readonly maxTextTokens: number;
};

/** Says that the windows of a text would be too many. */
export class TextTooLong extends Error {}

/**
 * The overlap of a job's windows. @param given null: the default
 * @throws JobError `SPEC_INVALID` for one that leaves too little room for what is new.
 */
export function overlapOf(given: number | null, { room }: Pick<TextTokenizer, 'room'>): number {
  if (given === null) return Math.floor(room * DEFAULT_OVERLAP_SHARE);
  const most = room - Math.max(1, Math.ceil(room * LEAST_STEP_SHARE));
  if (given <= most) return given;
  throw new JobError(
    'SPEC_INVALID',
    `An overlap of ${given} tokens is too much for windows that hold ${room} tokens of a text.`,
    { hint: `Say --overlap ${most} or less.` },
  );
}

/**
 * Appends the windows of a text one after the other. A window is a stretch of the text that fits the model, tokenized as a text of
 * its own: it has the ids that a row with just that text would have. It begins and ends at a word, where its words fit at all,
 * takes as many of them as fit, and begins anew with the last words of the one before, as many as have at most so many tokens as `limits` say.
 * @throws TextTooLong; what was appended by then is to be dropped. Error when the tokenizer fails.
 */
export function splitText(
  text: string,
  tokenizer: TextTokenizer,
  limits: SplitLimits,
  target: TokenBuffer,
): TextPassage[] {
  const splitter = new TextSplitter(text, tokenizer, limits, target);
  for (const unit of textUnits(text)) splitter.add(unit);
  return splitter.finish();
}

/** A word and its tokens, as many as it has by itself. */
type Counted = TextUnit & { readonly tokens: number };

class TextSplitter {
  readonly #text: string;
  readonly #tokenizer: TextTokenizer;
  readonly #limits: SplitLimits;
  readonly #target: TokenBuffer;
  readonly #begin: number;
  readonly #passages: TextPassage[] = [];
  /** Words of the window to come, those that it has in common with the one before first. */
  #units: Counted[] = [];
  #tokens = 0;
  /** How many of them no window has had. */
  #fresh = 0;

  constructor(text: string, tokenizer: TextTokenizer, limits: SplitLimits, target: TokenBuffer) {
    this.#text = text;
    this.#tokenizer = tokenizer;
    this.#limits = limits;
    this.#target = target;
    this.#begin = target.length;
  }

  add(unit: TextUnit): void {
    const text = this.#text;
    // With the space before it, which some tokenizers make part of the word.
    const spaced = unit.start > 0 && isSpace(text.charCodeAt(unit.start - 1));
    const tokens = this.#tokenizer.countTokens(text.slice(spaced ? unit.start - 1 : unit.start, unit.end));
    const parts = tokens > this.#tokenizer.room ? halves(text, unit) : null;
    if (parts === null) this.#append({ ...unit, tokens });
    else for (const part of parts) this.add(part);
  }

  finish(): TextPassage[] {
    while (this.#fresh > 0) this.#close();
    return this.#passages;
  }

  #append(unit: Counted): void {
    while (this.#fresh > 0 && !this.#fits(unit)) this.#close();
    // What it has in common with the one before gives way to what is new.
    while (this.#units.length > 0 && !this.#fits(unit)) this.#tokens -= this.#units.shift()!.tokens;
    this.#units.push(unit);
    this.#tokens += unit.tokens;
    this.#fresh++;
  }

  #fits(unit: Counted): boolean {
    const start = this.#units[0]?.start ?? unit.start;
    return this.#tokens + unit.tokens <= this.#tokenizer.room && unit.end - start <= MAX_LENGTH;
  }

  /**
   * Makes a window of the words so far. Together they may have more tokens than each by itself: then the last of them wait for the
   * next window, and when it is down to one that is new, the first ones are left to the window before.
   */
  #close(): void {
    const units = this.#units;
    const least = units.length - this.#fresh + 1;
    let [from, end, step] = [0, units.length, 1];
    while (!this.#encode(units, from, end)) {
      if (end > least) end = Math.max(least, end - step);
      else from++;
      step *= 2;
    }
    let [kept, tokens] = [end, 0];
    while (kept - 1 > from && tokens + units[kept - 1]!.tokens <= this.#limits.overlap)
      tokens += units[--kept]!.tokens;
    this.#units = units.slice(kept, end);
    this.#tokens = tokens;
    this.#fresh = 0;
    for (const unit of units.slice(end)) this.#append(unit);
  }

  /** False, and nothing appended, when the words do not fit. A single one is cut. */
  #encode(units: readonly Counted[], from: number, end: number): boolean {
    const [first, last] = [units[from]!, units[end - 1]!];
    const before = this.#target.length;
    const cut = this.#tokenizer.encodeInto(this.#text.slice(first.start, last.end), this.#target);
    if (cut && end - from > 1) {
      this.#target.length = before;
      return false;
    }
    const length = this.#target.length - before;
    // No token at all, and no special ones either: there is nothing to run.
    if (length > 0) this.#passages.push({ start: first.startChar, end: last.endChar, length, cut });
    this.#checkSize();
    return true;
  }

  #checkSize(): void {
    const tokens = this.#target.length - this.#begin;
    const { maxTextTokens } = this.#limits;
    if (tokens <= maxTextTokens && this.#passages.length <= MAX_TEXT_WINDOWS) return;
    throw new TextTooLong(
      `its windows would have more than ${maxTextTokens} tokens together, or be more than ${MAX_TEXT_WINDOWS}`,
    );
  }
}
