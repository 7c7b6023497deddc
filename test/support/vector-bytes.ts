/** Numbers as the bytes of float32 vectors. */
export function vectorBytes(numbers: readonly number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Float32Array.from(numbers).buffer);
}

/** Bytes of float32 vectors as numbers. */
export function vectorNumbers({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): Float32Array {
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}
