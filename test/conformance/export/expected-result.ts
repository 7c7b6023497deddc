import { resultRowBytes, type ResultOutput } from '../../../src/core/result-output.ts';

/** What a reader makes of one row's result: the numbers of a vector (bytes of a binary one), or labels and scores. */
export type RowResult =
  | { readonly numbers: readonly number[] }
  | { readonly labels: readonly string[]; readonly scores: readonly number[] };

/** Every finite half that is not negative, ascending: the index is its bits. */
const HALVES = Array.from({ length: 0x7c00 }, (_, bits) => {
  const exponent = bits >> 10;
  return exponent === 0 ? bits * 2 ** -24 : (1 + (bits & 1023) / 1024) * 2 ** (exponent - 15);
});

/** The half nearest to a number, ties to the even one, by search. */
export function nearestHalf(value: number): number {
  const size = Math.abs(value);
  let low = 0;
  let high = HALVES.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (HALVES[middle]! <= size) low = middle;
    else high = middle;
  }
  const [below, above] = [size - HALVES[low]!, HALVES[high]! - size];
  const nearest = HALVES[below < above || (below === above && low % 2 === 0) ? low : high]!;
  return value < 0 || Object.is(value, -0) ? -nearest : nearest;
}

export function expectedResult(
  output: ResultOutput,
  values: Uint8Array<ArrayBuffer>,
  index: number,
): RowResult {
  const rowBytes = resultRowBytes(output);
  const bytes = values.slice(index * rowBytes, (index + 1) * rowBytes);
  if (output.kind === 'labels') {
    const indices = new Uint32Array(bytes.buffer, 0, output.count);
    const scores = [...new Float32Array(bytes.buffer, 4 * output.count)];
    return { labels: Array.from(indices, (label) => output.labels[label]!), scores };
  }
  switch (output.element) {
    case 'float32':
      return { numbers: [...new Float32Array(bytes.buffer)] };
    case 'float16': {
      const bits = new Uint16Array(bytes.buffer);
      return {
        numbers: Array.from(bits, (each) => (each & 0x8000 ? -1 : 1) * HALVES[each & 0x7fff]!),
      };
    }
    case 'int8':
      return { numbers: [...new Int8Array(bytes.buffer)] };
    case 'binary':
      return { numbers: [...bytes] };
  }
}
