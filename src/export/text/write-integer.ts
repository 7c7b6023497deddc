/** Writes a whole number from -999 to 999. @returns the position after it. */
export function writeInteger(bytes: Uint8Array, at: number, value: number): number {
  let size = value;
  if (value < 0) {
    bytes[at++] = 0x2d;
    size = -value;
  }
  if (size >= 100) bytes[at++] = 48 + ((size / 100) | 0);
  if (size >= 10) bytes[at++] = 48 + (((size / 10) | 0) % 10);
  bytes[at++] = 48 + (size % 10);
  return at;
}
