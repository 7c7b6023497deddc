import type { ChunkExamples } from '../core/examples.ts';
import { decodeRequestInput } from '../core/openai/request-input.ts';
import type { ApiFault, QuarantineRecord } from '../core/quarantine.ts';
import type { TextTokenizer } from './tokenize/text-tokenizer.ts';
import { TokenBuffer } from './tokenize/token-buffer.ts';

/** Guess for the first allocation; the buffer grows from there. */
const TOKENS_PER_INPUT = 32;

/** What the model takes and gives. */
export type InputLimits = {
  /** Most tokens, special ones included. */
  readonly maxLength: number;
  /** Values of a vector; null where they are not known yet. */
  readonly dims: number | null;
};

type Refusal = Pick<QuarantineRecord, 'code' | 'message' | 'api'>;

const NOTHING_NAMED: ApiFault = { code: null, param: null };

/**
 * One example an input of an OpenAI Batch request (see `encodeRequestInput`). As with the API, nothing is cut: an input with
 * more tokens than the model takes is refused, and so are token ids that its vocabulary lacks and more dimensions than it gives.
 */
export function prepareInputs(
  tokenizer: TextTokenizer,
  rows: Uint32Array,
  inputs: readonly string[],
  chunk: number,
  limits: InputLimits,
): ChunkExamples {
  const rowIndex: number[] = [];
  const lengths: number[] = [];
  const tokens = new TokenBuffer(inputs.length * TOKENS_PER_INPUT);
  const rejects: QuarantineRecord[] = [];
  for (const [index, input] of inputs.entries()) {
    const start = tokens.length;
    const refusal = append(tokenizer, input, tokens, limits);
    if (refusal === null) {
      rowIndex.push(index);
      lengths.push(tokens.length - start);
    } else {
      tokens.length = start;
      rejects.push({ row: rows[index]!, id: null, attempts: 0, ...refusal });
    }
  }
  return {
    chunk,
    rowIndex: Uint32Array.from(rowIndex),
    lengths: Uint32Array.from(lengths),
    tokenIds: tokens.toArray(),
    rejects,
    truncated: 0,
  };
}

/** Why the input cannot be run; null when its tokens were appended. */
function append(
  tokenizer: TextTokenizer,
  input: string,
  tokens: TokenBuffer,
  { maxLength, dims }: InputLimits,
): Refusal | null {
  const { value, dimensions } = decodeRequestInput(input);
  if (dimensions !== null && dims !== null && dimensions > dims)
    return refuse(`Invalid value for 'dimensions' = ${dimensions}. Must be less than or equal to ${dims}.`, {
      code: 'invalid_value',
      param: 'dimensions',
    });
  const start = tokens.length;
  if (typeof value !== 'string') {
    const foreign = value.findIndex((id) => !tokenizer.hasId(id));
    if (foreign >= 0)
      return refuse(
        `'$.input' is invalid: token ${foreign} is ${value[foreign]}, which the model's vocabulary does not have.`,
        NOTHING_NAMED,
      );
    tokenizer.appendIds(value, tokens);
    const length = tokens.length - start;
    return length > maxLength ? tooLong(maxLength, `requested ${length} tokens`) : null;
  }
  try {
    if (tokenizer.encodeInto(value, tokens)) return tooLong(maxLength, 'requested more');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The tokenizer failed on a text of ${value.length} characters: ${reason}`;
    return { code: 'ROW_TOKENIZE_FAILED', message };
  }
  return tokens.length > start ? null : refuse(`'$.input' is invalid: it has no tokens.`, NOTHING_NAMED);
}

/** In the words of the API as far as its counts are known; a long text is tokenized only as far as it takes. */
function tooLong(maxLength: number, requested: string): Refusal {
  return refuse(
    `This model's maximum context length is ${maxLength} tokens, however you ${requested}. Please reduce your prompt.`,
    NOTHING_NAMED,
  );
}

function refuse(message: string, api: ApiFault): Refusal {
  return { code: 'REQUEST_INPUT_REFUSED', message, api };
}
