import { readFileSync } from 'node:fs';

/**
 * What the kernel counts in a network namespace that has only loopback and where nothing but TCP over IPv4 between
 * browser and server is at home: each of these is an attempt to reach something else. UDP counts as a whole, as a lookup at
 * a name server on loopback would find its way. (RFC 4293, RFC 4113, RFC 4022; `Documentation/networking/snmp_counter.rst`)
 */
const ATTEMPTS = [
  ['Ip', 'OutNoRoutes'],
  ['Udp', 'OutDatagrams'],
  ['Tcp', 'AttemptFails'],
  ['Ip6', 'OutNoRoutes'],
  ['Ip6', 'OutRequests'],
  ['Udp6', 'OutDatagrams'],
] as const;

/** Counts by name, such as `Ip OutNoRoutes`. */
export type PacketCounts = Readonly<Record<string, number>>;

/** The counts of this process's network namespace. @throws Error where the kernel does not tell them. */
export function readPacketCounts(
  snmp: string = readFileSync('/proc/net/snmp', 'utf8'),
  snmp6: string = readOrNothing('/proc/net/snmp6'),
): PacketCounts {
  const all = new Map([...pairs(snmp), ...lines(snmp6)]);
  const counts: Record<string, number> = {};
  for (const [protocol, name] of ATTEMPTS) {
    const count = all.get(`${protocol}${name}`);
    if (count !== undefined) counts[`${protocol} ${name}`] = count;
  }
  if (counts['Ip OutNoRoutes'] === undefined) throw new Error('/proc/net/snmp has no Ip OutNoRoutes');
  return counts;
}

/** The counts that grew, and by how much. */
export function grownCounts(before: PacketCounts, after: PacketCounts): PacketCounts {
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
      .filter(([, more]) => more > 0),
  );
}

/** `/proc/net/snmp`: a line of names and a line of values for each protocol. */
function* pairs(text: string): Generator<readonly [string, number]> {
  const rows = text.split('\n').map((line) => line.split(' '));
  for (let index = 0; index + 1 < rows.length; index += 2) {
    const [names = [], values = []] = [rows[index], rows[index + 1]];
    const protocol = names[0]?.replace(':', '') ?? '';
    for (let column = 1; column < names.length; column++)
      yield [`${protocol}${names[column]}`, Number(values[column])];
  }
}

/** `/proc/net/snmp6`: a name and a value a line; empty where there is no IPv6. */
function* lines(text: string): Generator<readonly [string, number]> {
  for (const line of text.split('\n')) {
    const [name = '', value] = line.split(/\s+/);
    if (value !== undefined) yield [name, Number(value)];
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
