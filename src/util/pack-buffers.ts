const BYTES = '$bytes';

const VIEWS = { Uint8Array, Uint16Array, Uint32Array, Int8Array, Int32Array, Float32Array, Float64Array };

type ViewName = keyof typeof VIEWS;

/**
 * A value of plain objects, arrays and buffers as JSON: an ArrayBuffer or a typed array becomes
 * `{ "$bytes": <base64>, "as": <its class> }`. @throws TypeError for what neither JSON nor this can hold.
 */
export function packBuffers(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return { [BYTES]: toBase64(new Uint8Array(value)), as: 'ArrayBuffer' };
  if (ArrayBuffer.isView(value)) {
    const as = value.constructor.name;
    if (!(as in VIEWS)) throw new TypeError(`expected a buffer that can be packed, got ${as}`);
    return { [BYTES]: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)), as };
  }
  if (Array.isArray(value)) return value.map(packBuffers);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, packBuffers(part)]));
  }
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol')
    throw new TypeError(`expected a value that can be packed, got a ${typeof value}`);
  return value;
}

/** What `packBuffers` was given. @throws TypeError for an unknown class of buffer. */
export function unpackBuffers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpackBuffers);
  if (typeof value !== 'object' || value === null) return value;
  const { [BYTES]: text, as } = value as Record<string, unknown>;
  if (typeof text === 'string' && typeof as === 'string') return viewOf(fromBase64(text), as);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, unpackBuffers(part)]));
}

function viewOf(bytes: Uint8Array<ArrayBuffer>, as: string): unknown {
  if (as === 'ArrayBuffer') return bytes.buffer;
  if (!(as in VIEWS)) throw new TypeError(`expected a buffer that can be packed, got ${as}`);
  return new VIEWS[as as ViewName](bytes.buffer);
}

/** As many bytes as one call may have arguments, and a multiple of 3. */
const PIECE = 24_576;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += PIECE)
    text += btoa(String.fromCharCode(...bytes.subarray(start, start + PIECE)));
  return text;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
