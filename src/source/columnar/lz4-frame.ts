const MAGIC = 0x184d2204;

/**
 * Undoes an LZ4 frame (lz4_Frame_format.md), whose blocks may refer to those before them. Checksums are passed over.
 * @param length of what it unpacks to, as Arrow says it in front
 * @throws RangeError for what is no such frame.
 */
export function decodeLz4Frame(frame: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError('no LZ4 frame');
  const flags = view.getUint8(4);
  const hasBlockChecksums = (flags & 0x10) !== 0;
  // Magic, flags, block size; content size and dictionary where there are any; header checksum.
  let at = 6 + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4) + 1;
  const out = new Uint8Array(length);
  let written = 0;
  for (;;) {
    const header = view.getUint32(at, true);
    at += 4;
    if (header === 0) break;
    const size = header & 0x7fffffff;
    if (at + size > frame.length) throw new RangeError('an LZ4 block ends behind its frame');
    const block = frame.subarray(at, at + size);
    if (header >>> 31 === 1) {
      out.set(block, written);
      written += size;
    } else {
      written = decodeLz4Block(block, out, written);
    }
    at += size + (hasBlockChecksums ? 4 : 0);
  }
  if (written !== length) throw new RangeError(`an LZ4 frame of ${written} bytes where ${length} were said`);
  return out;
}

/**
 * Undoes one block (lz4_Block_format.md) behind what is there already.
 * @returns where it ends in `out`. @throws RangeError when it is damaged or does not fit.
 */
export function decodeLz4Block(block: Uint8Array, out: Uint8Array, start: number): number {
  let at = 0;
  let to = start;
  const more = (count: number): number => {
    let total = count;
    if (count !== 15) return total;
    for (let byte = 255; byte === 255;) {
      byte = block[at++] ?? 0;
      total += byte;
    }
    return total;
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = more(token >> 4);
    if (at + literals > block.length || to + literals > out.length)
      throw new RangeError('an LZ4 block is damaged');
    out.set(block.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    // The last sequence has no match.
    if (at >= block.length) break;
    const distance = block[at]! | (block[at + 1]! << 8);
    at += 2;
    const matched = more(token & 15) + 4;
    if (distance === 0 || distance > to || to + matched > out.length)
      throw new RangeError('an LZ4 block is damaged');
    // May overlap what it writes: that repeats it.
    if (distance >= matched) out.copyWithin(to, to - distance, to - distance + matched);
    else for (let i = 0; i < matched; i++) out[to + i] = out[to + i - distance]!;
    to += matched;
  }
  return to;
}
