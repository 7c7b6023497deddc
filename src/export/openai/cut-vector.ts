/**
 * The first `length` values of a vector (Matryoshka). @param normalize scales what is left to length 1; a vector of zeros
 * stays one, and one that is not cut stays as it is.
 */
export function cutVector(vector: Float32Array, length: number, normalize: boolean): Float32Array {
  if (length >= vector.length) return vector;
  const cut = vector.slice(0, length);
  if (!normalize) return cut;
  let sum = 0;
  for (const value of cut) sum += value * value;
  const norm = Math.sqrt(sum);
  return norm === 0 ? cut : cut.map((value) => value / norm);
}
