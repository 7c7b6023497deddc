import type { ChunkExamples } from '../core/examples.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import { noTokens, tokenizerFailed } from './row-reject.ts';
import type { TextTokenizer } from './tokenize/text-tokenizer.ts';
import { TokenBuffer } from './tokenize/token-buffer.ts';

/** Guess for the first allocation; the buffer grows from there. */
const TOKENS_PER_ROW = 32;

/**
 * One example a text. A text without a single token is rejected as `ROW_EMPTY` (with a tokenizer that adds special
 * tokens there is none such: an empty text is `[CLS] [SEP]`), one on which the tokenizer fails as `ROW_TOKENIZE_FAILED`.
 */
export function prepareTexts(
  tokenizer: TextTokenizer,
  rows: Uint32Array,
  texts: readonly string[],
  chunk: number,
): ChunkExamples {
  const rowIndex = new Uint32Array(texts.length);
  const lengths = new Uint32Array(texts.length);
  const tokens = new TokenBuffer(texts.length * TOKENS_PER_ROW);
  const rejects: QuarantineRecord[] = [];
  let examples = 0;
  let truncated = 0;
  for (const [index, text] of texts.entries()) {
    const start = tokens.length;
    let cut: boolean;
    try {
      cut = tokenizer.encodeInto(text, tokens);
    } catch (error) {
      tokens.length = start;
      rejects.push(tokenizerFailed(rows[index]!, text, error));
      continue;
    }
    if (tokens.length === start) {
      rejects.push(noTokens(rows[index]!));
      continue;
    }
    rowIndex[examples] = index;
    lengths[examples] = tokens.length - start;
    examples++;
    if (cut) truncated++;
  }
  return {
    chunk,
    rowIndex: rowIndex.slice(0, examples),
    lengths: lengths.slice(0, examples),
    tokenIds: tokens.toArray(),
    rejects,
    truncated,
  };
}
