import { crc32 } from '../util/crc32.ts';

/**
 * A record as it is stored, with a checksum over all of it but its large buffers, which have a SHA-256 of their own among
 * the fields. A CRC, because it can be taken inside a transaction, which ends while a promise of `crypto.subtle` is awaited.
 */
export type Sealed<T> = T & { readonly seal?: number };

/** The record with its seal; one that it carries already is replaced. */
export function sealed<T extends object>(record: T): Sealed<T> {
  return { ...record, seal: sealOf(record) };
}

/** False when the record is not what was stored. Those of layouts before the fourth have no seal and are taken as they are. */
export function sealHolds(record: Sealed<object>): boolean {
  return record.seal === undefined || record.seal === sealOf(record);
}

/** The record as it was given. */
export function unsealed<T extends object>(record: Sealed<T>): T {
  const { seal: _, ...given } = record;
  return given as unknown as T;
}

function sealOf(record: object): number {
  const text = JSON.stringify(record, (key, value: unknown) => {
    if (key === 'seal') return undefined;
    if (value instanceof ArrayBuffer || value instanceof Uint32Array) return value.byteLength;
    return value instanceof Uint8Array ? [...value] : value;
  });
  return crc32(new TextEncoder().encode(text));
}
