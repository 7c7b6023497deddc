import { missing, RequestFault } from './request-fault.ts';

/** As many as OpenAI's API takes in one request. */
export const MAX_INPUTS = 2048;
const MAX_TOKEN_ID = 2 ** 31 - 1;

/**
 * The inputs of a request: a string, a list of strings, a list of token ids, or a list of such lists.
 * @throws RequestFault.
 */
export function inputsOf(input: unknown): readonly (string | readonly number[])[] {
  if (input === undefined || input === null) throw missing('input');
  if (typeof input === 'string') {
    if (input === '') throw invalid('it is an empty string');
    return [input.toWellFormed()];
  }
  if (!Array.isArray(input)) throw invalid(`it is ${kindOf(input)}, not a string or a list`);
  const items: readonly unknown[] = input;
  if (items.length === 0) throw invalid('it is an empty list');
  if (typeof items[0] === 'number') return [tokensOf(items, '')];
  if (items.length > MAX_INPUTS)
    throw new RequestFault(
      `Invalid 'input': array too long. Expected an array with maximum length ${MAX_INPUTS}, but got an array with length ${items.length} instead.`,
      { code: 'array_above_max_length', param: 'input' },
    );
  return typeof items[0] === 'string' ? textsOf(items) : items.map((item, i) => listOf(item, `[${i}]`));
}

function textsOf(items: readonly unknown[]): readonly string[] {
  return items.map((item, i) => {
    if (typeof item !== 'string') throw invalid(`item ${i} is ${kindOf(item)}, and the first one a string`);
    if (item === '') throw invalid(`item ${i} is an empty string`);
    return item.toWellFormed();
  });
}

function listOf(item: unknown, place: string): readonly number[] {
  if (!Array.isArray(item)) throw invalid(`item ${place.slice(1, -1)} is ${kindOf(item)}`);
  if (item.length === 0) throw invalid(`item ${place.slice(1, -1)} is an empty list`);
  return tokensOf(item, place);
}

function tokensOf(items: readonly unknown[], place: string): readonly number[] {
  return items.map((id, i) => {
    if (Number.isInteger(id) && (id as number) >= 0 && (id as number) <= MAX_TOKEN_ID) return id as number;
    throw invalid(`input${place}[${i}] is ${typeof id === 'number' ? String(id) : kindOf(id)}, no token id`);
  });
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** In the words of the API, which names neither code nor parameter here; what is wrong follows them. */
function invalid(reason: string): RequestFault {
  return new RequestFault(`'$.input' is invalid: ${reason}.`, { code: null, param: null });
}
