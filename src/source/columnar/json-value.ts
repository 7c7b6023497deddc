/**
 * A value of a columnar file as JSON has it: 64-bit integers as numbers, or as `bigint` where a number would be rounded (in
 * lists and structs as strings then), bytes as base64, dates as ISO 8601, what is no finite number as null.
 */
export function jsonValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    return depth === 0 ? value : String(value);
  }
  return typeof value === 'object' && value !== null ? jsonObject(value, depth + 1) : null;
}

function jsonObject(value: object, depth: number): unknown {
  if (Array.isArray(value)) return value.map((one) => jsonValue(one, depth));
  if (value instanceof Date) return isoTime(BigInt(value.getTime()) * 1_000_000n);
  if (value instanceof Uint8Array) return base64(value);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, one]) => [String(key), jsonValue(one, depth)]));
  // Typed arrays and vectors of lists can be iterated, and structs are plain objects.
  if (Symbol.iterator in value) return Array.from(value as Iterable<unknown>, (one) => jsonValue(one, depth));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, jsonValue(one, depth)]));
}

/** A field within structs; undefined where a part of the path is missing. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return null;
    found = Reflect.get(found, name);
  }
  return found;
}

/** `2026-11-26T20:35:00.123456Z`: as many decimals as there are. @param nanos since 1970 */
export function isoTime(nanos: bigint): string {
  const NANOS = 1_000_000_000n;
  const second = nanos >= 0n ? nanos / NANOS : -((-nanos + NANOS - 1n) / NANOS);
  const date = new Date(Number(second) * 1000);
  if (Number.isNaN(date.getTime())) return String(nanos);
  const rest = String(nanos - second * NANOS)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${date.toISOString().slice(0, -5)}${rest === '' ? '' : `.${rest}`}Z`;
}

/** `2026-11-26`. */
export function isoDate(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x2000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x2000));
  return btoa(text);
}
