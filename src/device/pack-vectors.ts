import type { VectorElement } from '../core/result-output.ts';
import { toFloat16Bits } from './float16.ts';

type Packed = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Rows with a value that the element cannot hold. */
  readonly outOfRange: readonly number[];
};

/** Added to a number of less than 2^51 and taken away again, this leaves the nearest whole one, ties to even. */
const ROUND = 1.5 * 2 ** 52;

/**
 * Vectors in the element asked for, by the same rules as the kernel of pack-vectors-shader.ts.
 * @param values `[rows, dims]`; float32 is passed on as it is, without a copy
 */
export function packVectors(values: Float32Array<ArrayBuffer>, dims: number, element: VectorElement): Packed {
  switch (element) {
    case 'float32':
      return { bytes: new Uint8Array(values.buffer), outOfRange: [] };
    case 'float16':
      return packFloat16(values, dims);
    case 'int8':
      return { bytes: packInt8(values), outOfRange: [] };
    case 'binary':
      return { bytes: packBits(values), outOfRange: [] };
  }
}

function packFloat16(values: Float32Array<ArrayBuffer>, dims: number): Packed {
  const words = new Int32Array(values.buffer);
  const halves = new Uint16Array(values.length);
  const outOfRange = new Set<number>();
  for (let i = 0; i < halves.length; i++) {
    const half = toFloat16Bits(words[i]!);
    halves[i] = half;
    if ((half & 0x7c00) === 0x7c00) outOfRange.add(Math.floor(i / dims));
  }
  return { bytes: new Uint8Array(halves.buffer), outOfRange: [...outOfRange] };
}

function packInt8(values: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Int8Array(values.length);
  for (let i = 0; i < bytes.length; i++) {
    const scaled = Math.fround(Math.max(-1, Math.min(1, values[i]!)) * 127);
    bytes[i] = scaled + ROUND - ROUND;
  }
  return new Uint8Array(bytes.buffer);
}

/** The first value in the highest bit; a row is a whole number of bytes. */
function packBits(values: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length / 8);
  for (let i = 0; i < values.length; i++) {
    if (values[i]! > 0) bytes[i >> 3]! |= 0x80 >> (i & 7);
  }
  return bytes;
}
