export const VECTOR_ELEMENTS = ['float32', 'float16', 'int8', 'binary'] as const;
/**
 * How a vector's values are kept: IEEE 754 floats of 32 or 16 bits; `int8`, a value in [-1, 1] times 127, rounded; `binary`, one
 * bit a value, 1 where it is above 0, the first value in the highest bit of the first byte (NumPy's `packbits`).
 */
export type VectorElement = (typeof VECTOR_ELEMENTS)[number];

/** One vector a row. With `binary`, `dims` is a multiple of 8. */
export type VectorOutput = {
  readonly kind: 'vector';
  readonly dims: number;
  readonly element: VectorElement;
};

/** A row's best labels, best first: `count` label indices as uint32, then as many scores as float32. */
export type LabelsOutput = {
  readonly kind: 'labels';
  /** By label index. */
  readonly labels: readonly string[];
  /** At most the number of labels. */
  readonly count: number;
};

/** What a job gives for a row; little-endian bytes of a fixed length, from the GPU to the export. */
export type ResultOutput = VectorOutput | LabelsOutput;

const BITS: Readonly<Record<VectorElement, number>> = { float32: 32, float16: 16, int8: 8, binary: 1 };

/** Bytes of one row's result. */
export function resultRowBytes(output: ResultOutput): number {
  return output.kind === 'labels' ? 8 * output.count : (output.dims * BITS[output.element]) / 8;
}
