import { expect, test } from 'vitest';
import { grownCounts, readPacketCounts } from '../../../../src/runner/offline/packet-counts.ts';

const SNMP = `Ip: Forwarding DefaultTTL OutRequests OutDiscards OutNoRoutes ReasmTimeout
Ip: 1 64 1096 9 18 0
Tcp: RtoAlgorithm RtoMin MaxConn ActiveOpens AttemptFails CurrEstab
Tcp: 1 200 -1 12 3 0
Udp: InDatagrams NoPorts OutDatagrams
Udp: 5 0 7
`;
const SNMP6 = `Ip6InReceives                   \t4
Ip6OutRequests                  \t6
Ip6OutNoRoutes                  \t1
Udp6OutDatagrams                \t0
`;

test('reads the counts of what tries to leave, by name', () => {
  expect(readPacketCounts(SNMP, SNMP6)).toEqual({
    'Ip OutNoRoutes': 18,
    'Udp OutDatagrams': 7,
    'Tcp AttemptFails': 3,
    'Ip6 OutNoRoutes': 1,
    'Ip6 OutRequests': 6,
    'Udp6 OutDatagrams': 0,
  });
});

test('a kernel without IPv6 has the others, and one that tells nothing proves nothing', () => {
  expect(Object.keys(readPacketCounts(SNMP, ''))).toEqual([
    'Ip OutNoRoutes',
    'Udp OutDatagrams',
    'Tcp AttemptFails',
  ]);
  expect(() => readPacketCounts('', SNMP6)).toThrow('Ip OutNoRoutes');
});

test('says which of them grew', () => {
  const before = readPacketCounts(SNMP, SNMP6);
  expect(grownCounts(before, before)).toEqual({});
  const after = readPacketCounts(
    SNMP.replace('9 18 0', '9 20 0'),
    SNMP6.replace('Requests                  \t6', 'Requests \t7'),
  );
  expect(grownCounts(before, after)).toEqual({ 'Ip OutNoRoutes': 2, 'Ip6 OutRequests': 1 });
});
