import type { ChunkExamples } from '../core/examples.ts';
import { packPassages, type Passage } from '../core/passage.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import { noTokens, rowReject, tokenizerFailed } from './row-reject.ts';
import {
  MAX_TEXT_TOKENS,
  splitText,
  TextTooLong,
  type SplitLimits,
  type TextPassage,
} from './tokenize/split-text.ts';
import { codePoints } from './tokenize/text-units.ts';
import type { TextTokenizer } from './tokenize/text-tokenizer.ts';
import { TokenBuffer } from './tokenize/token-buffer.ts';

const TOKENS_PER_ROW = 128;

/**
 * One example a text that fits the model, and one for each window of one that does not. Rejects are as those of `prepareTexts`, and
 * `ROW_TOO_LONG` for a text whose windows would not fit into memory.
 * @param overlap most tokens that a window has in common with the one before
 * @param maxTextTokens most tokens of all windows of a text together
 */
export function prepareSplitTexts(
  tokenizer: TextTokenizer,
  overlap: number,
  rows: Uint32Array,
  texts: readonly string[],
  chunk: number,
  maxTextTokens = MAX_TEXT_TOKENS,
): ChunkExamples {
  const rowIndex: number[] = [];
  const lengths: number[] = [];
  const passages: Passage[] = [];
  const tokens = new TokenBuffer(texts.length * TOKENS_PER_ROW);
  const rejects: QuarantineRecord[] = [];
  let truncated = 0;
  for (const [index, text] of texts.entries()) {
    const start = tokens.length;
    let windows: readonly TextPassage[];
    try {
      windows = windowsOf(text, tokenizer, { overlap, maxTextTokens }, tokens);
    } catch (error) {
      tokens.length = start;
      rejects.push(
        error instanceof TextTooLong
          ? textTooLong(rows[index]!, text, error)
          : tokenizerFailed(rows[index]!, text, error),
      );
      continue;
    }
    if (tokens.length === start) {
      rejects.push(noTokens(rows[index]!));
      continue;
    }
    for (const [number, window] of windows.entries()) {
      const own = window.length - tokenizer.specialTokens;
      rowIndex.push(index);
      lengths.push(window.length);
      passages.push({ number, count: windows.length, start: window.start, end: window.end, tokens: own });
    }
    if (windows.some(({ cut }) => cut)) truncated++;
  }
  return {
    chunk,
    rowIndex: Uint32Array.from(rowIndex),
    lengths: Uint32Array.from(lengths),
    tokenIds: tokens.toArray(),
    rejects,
    truncated,
    passages: packPassages(passages),
  };
}

function windowsOf(
  text: string,
  tokenizer: TextTokenizer,
  limits: SplitLimits,
  tokens: TokenBuffer,
): readonly TextPassage[] {
  const start = tokens.length;
  if (!tokenizer.encodeInto(text, tokens))
    return [{ start: 0, end: codePoints(text), length: tokens.length - start, cut: false }];
  tokens.length = start;
  return splitText(text, tokenizer, limits, tokens);
}

function textTooLong(row: number, text: string, error: TextTooLong): QuarantineRecord {
  const message = `A text of ${text.length} characters is too long to be split: ${error.message}. Cut it into several rows, or take a smaller overlap.`;
  return rowReject(row, 'ROW_TOO_LONG', message);
}
