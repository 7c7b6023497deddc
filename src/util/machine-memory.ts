const GIB = 2 ** 30;
const ASSUMED_GIB = 4;

/**
 * Bytes of memory of this machine, as far as the browser says: a power of two, capped (at 8 or 32 GiB), so that it tells
 * machines apart but not users (W3C Device Memory). 4 GiB where it says nothing.
 */
export function machineMemoryBytes(navigator: object): number {
  const gib: unknown = Reflect.get(navigator, 'deviceMemory');
  return (typeof gib === 'number' && gib > 0 ? gib : ASSUMED_GIB) * GIB;
}
