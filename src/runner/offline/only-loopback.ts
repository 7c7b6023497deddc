import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** Whether nothing but loopback can be reached from this process: no other interface has an address, no route leads out. Linux. */
export function hasOnlyLoopback(): boolean {
  if (process.platform !== 'linux') return false;
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  if (addresses.length === 0 || addresses.some((address) => !address.internal)) return false;
  // The first column of the one names the interface, the last column of the other; the one has a headline.
  const v4 = rowsOf('/proc/net/route')
    .slice(1)
    .map((row) => row[0]);
  const v6 = rowsOf('/proc/net/ipv6_route').map((row) => row.at(-1));
  return [...v4, ...v6].every((name) => name === 'lo');
}

function rowsOf(path: string): readonly (readonly string[])[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => line.trim().split(/\s+/));
  } catch {
    return [];
  }
}
