/** Bytes that are taken at once. */
const STEP = 8;
/** For each place in a step, by byte: what the byte makes of the sum behind the step ("slicing by 8"). */
const TABLES = tables();

/**
 * CRC-32 as gzip and ZIP have it (RFC 1952, section 8): tells every change of up to four bytes in a row, at once and without a
 * promise.
 * @param before of the bytes in front of these
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  let crc = ~before;
  let at = 0;
  for (const last = bytes.length - STEP; at <= last; at += STEP) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      t7[low & 0xff]! ^
      t6[(low >>> 8) & 0xff]! ^
      t5[(low >>> 16) & 0xff]! ^
      t4[low >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) crc = t0[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

type Eight<T> = readonly [T, T, T, T, T, T, T, T];

function tables(): Eight<Int32Array> {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
  const all = [first];
  for (let place = 1; place < STEP; place++)
    all.push(all[place - 1]!.map((crc) => first[crc & 0xff]! ^ (crc >>> 8)));
  return all as unknown as Eight<Int32Array>;
}
