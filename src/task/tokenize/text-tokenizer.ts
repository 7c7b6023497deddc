import { WordPiece } from '@huggingface/tokenizers';
import { JobError } from '../../core/job-error.ts';
import type { ModelInfo } from '../../core/model-info.ts';
import { bertWordsOf } from './bert-words.ts';
import { cutText } from './cut-text.ts';
import { loadTokenizer } from './load-tokenizer.ts';
import { specialTokensOf } from './special-tokens.ts';
import { TokenBuffer } from './token-buffer.ts';

/** Texts -> token ids of one model. */
export interface TextTokenizer {
  /**
   * Appends the ids of a text: special tokens included, cut to the model's longest row as Hugging Face cuts with
   * `truncation=True`, which keeps the special tokens and drops the text's own from its end (or from its start where
   * `truncation_side` says so). Returns true when something was cut.
   * @throws Error when the library fails on this text; what was appended by then is to be dropped.
   */
  encodeInto(text: string, target: TokenBuffer): boolean;
  /** Whether the vocabulary has the id. */
  hasId(id: number): boolean;
  /**
   * Appends ids that were made elsewhere, uncut: as they are when the special tokens stand around them already, else with
   * these put there.
   */
  appendIds(ids: readonly number[], target: TokenBuffer): void;
  /** Most tokens of a text's own: the special tokens are not among them. */
  readonly room: number;
  /** Tokens that stand around a text's own. */
  readonly specialTokens: number;
  /** Tokens of a short text's own, none cut. @throws Error when the library fails on it. */
  countTokens(text: string): number;
}

/** Texts up to this length have their counts kept, so many of them: the words of a text come again and again. */
const MAX_COUNTED_LENGTH = 40;
const MAX_COUNTS = 50_000;

/** Characters of the first try, for each token that is wanted. English has 4 to 5, code and numbers 2 to 3. */
const CHARS_PER_TOKEN = 8;

/** The first try is made longer by this factor until it gives enough tokens. */
const GROWTH = 4;

/** Tokens at the end of a cut text that are not trusted: those of the word that the cut may have split, and then some. */
const MARGIN_TOKENS = 128;

/**
 * Most characters given to the library at once, so that a row cannot take the worker down: on a text without breaks
 * Unigram needs about 900 bytes a character, and the regular expressions of WordPiece overflow the stack.
 */
const MAX_CHARS = 1 << 18;

/**
 * The tokenizer of a model. `padding` and `truncation` in `tokenizer.json` are not looked at: the library ignores them,
 * and the model's longest row decides.
 *
 * Only the start of a long text is tokenized, cut at white space and long enough to give all tokens that are kept and
 * `MARGIN_TOKENS` more: a cut changes the tokens near it, not those far before it, because every stage of a tokenizer
 * looks only as far as a word (WordPiece, BPE) or a few pieces (Unigram's best path).
 *
 * @param keepsStart drop from the end whatever the model says: for who cuts texts that fit
 * @throws JobError `MODEL_INVALID`, `MODEL_UNSUPPORTED`, or `SPEC_INVALID` when the longest row has no room for text.
 */
export function createTextTokenizer(
  model: Pick<ModelInfo, 'name' | 'tokenizer' | 'maxLength'>,
  keepsStart = false,
): TextTokenizer {
  const { tokenizer, config } = loadTokenizer(model);
  const { prefix, suffix } = specialTokensOf(model.name, tokenizer);
  const room = model.maxLength - prefix.length - suffix.length;
  if (room < 1) {
    throw new JobError(
      'SPEC_INVALID',
      `Rows of ${model.maxLength} tokens have no room for text beside the special tokens of ${model.name}.`,
      {
        hint: `Allow at least ${prefix.length + suffix.length + 1} tokens.`,
      },
    );
  }
  const wordPiece = tokenizer.model instanceof WordPiece ? tokenizer.model : null;
  // A longer word becomes one unknown token, so a cut within it can give as many tokens as it may have characters.
  const enough = room + Math.max(MARGIN_TOKENS, (wordPiece?.max_input_chars_per_word ?? 0) + 1);
  const firstChars = enough * CHARS_PER_TOKEN;
  const maxChars = Math.max(MAX_CHARS, firstChars);

  const encodeWhole = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;

  const encodeStart = (text: string): number[] => {
    for (let chars = firstChars; chars < text.length; chars = Math.min(chars * GROWTH, maxChars)) {
      const ids = encodeWhole(cutText(text, chars));
      if (ids.length >= enough) return ids;
      if (chars === maxChars) {
        throw new RangeError(
          `its first ${maxChars} characters give fewer than the ${model.maxLength} tokens that the model takes`,
        );
      }
    }
    return encodeWhole(text);
  };

  const encodeForEnd = (text: string): number[] => {
    if (text.length <= maxChars) return encodeWhole(text);
    throw new RangeError(
      `it is longer than the ${maxChars} characters that can be tokenized to find its end`,
    );
  };

  const fromLeft = !keepsStart && config['truncation_side'] === 'left';
  const bertWords = fromLeft ? null : bertWordsOf(tokenizer, config);

  const appendText = (text: string, target: TokenBuffer): boolean => {
    const cut = bertWords?.append(text, room, target) ?? null;
    if (cut !== null) return cut;
    const ids = fromLeft ? encodeForEnd(text) : encodeStart(text);
    const kept = Math.min(ids.length, room);
    const start = fromLeft ? ids.length - kept : 0;
    target.append(ids, start, start + kept);
    return kept < ids.length;
  };

  const scratch = new TokenBuffer(0);
  const countAnew = (text: string): number => {
    scratch.length = 0;
    if (bertWords !== null && bertWords.append(text, Infinity, scratch) !== null) return scratch.length;
    return encodeWhole(text).length;
  };
  const counts = new Map<string, number>();

  return {
    room,
    specialTokens: prefix.length + suffix.length,
    countTokens: (text) => {
      const known = counts.get(text);
      if (known !== undefined) return known;
      const count = countAnew(text);
      // Joined anew, because V8 makes a substring a view of its text, which the map would keep alive.
      if (text.length <= MAX_COUNTED_LENGTH && counts.size < MAX_COUNTS)
        counts.set(Array.from(text).join(''), count);
      return count;
    },
    encodeInto: (text, target) => {
      target.append(prefix);
      const cut = appendText(text, target);
      target.append(suffix);
      return cut;
    },
    hasId: (id) => tokenizer.id_to_token(id) !== undefined,
    appendIds: (ids, target) => {
      const isWhole =
        ids.length >= prefix.length + suffix.length &&
        prefix.every((id, i) => ids[i] === id) &&
        suffix.every((id, i) => ids[ids.length - suffix.length + i] === id);
      if (!isWhole) target.append(prefix);
      target.append(ids);
      if (!isWhole) target.append(suffix);
    },
  };
}
