import { expect, test } from 'vitest';
import { RESERVE_BYTES, ROOM_BYTES, StorageGate } from '../../../src/pipeline/storage-gate.ts';

function openGate() {
  const world = { freeBytes: ROOM_BYTES, ms: 0 };
  const told: string[] = [];
  const gate = new StorageGate({
    room: async () => ({ freeBytes: world.freeBytes, exact: true }),
    now: () => world.ms,
    onFull: (freeBytes) => told.push(`full ${freeBytes}`),
    onRoom: () => told.push('room'),
  });
  return { gate, world, told };
}

const { signal } = new AbortController();
const quotaError = () => Object.assign(new Error('full'), { name: 'QuotaExceededError' });

test('lets new work wait while less than the reserve is free, and tells of each change once', async () => {
  const { gate, world, told } = openGate();
  await gate.pass(signal);
  world.freeBytes = RESERVE_BYTES - 1;
  await gate.look();
  await gate.look();
  let passed = false;
  const passing = gate.pass(signal).then(() => (passed = true));
  // Some room is not enough: it would be full again at once.
  world.freeBytes = ROOM_BYTES - 1;
  await gate.look();
  expect(passed).toBe(false);
  world.freeBytes = ROOM_BYTES;
  await gate.look();
  await passing;
  expect(told).toEqual([`full ${RESERVE_BYTES - 1}`, 'room']);
});

test('writes again what was refused for want of room, not before five seconds', async () => {
  const { gate, world, told } = openGate();
  let attempts = 0;
  const writing = gate.write(async () => {
    if (++attempts === 1) throw quotaError();
    return 'written';
  }, signal);
  await new Promise((resolve) => setTimeout(resolve));
  expect(gate.full).toBe(true);
  world.ms = 4999;
  await gate.look();
  expect([attempts, told]).toEqual([1, ['full null']]);
  world.ms = 5000;
  await gate.look();
  expect(await writing).toBe('written');
  expect([attempts, told.at(-1)]).toEqual([2, 'room']);
});

test('a stop ends the waiting: a write fails with what refused it', async () => {
  const { gate, world } = openGate();
  world.freeBytes = 0;
  await gate.look();
  const stop = new AbortController();
  const refused = quotaError();
  const writing = gate.write(async () => {
    throw refused;
  }, stop.signal);
  const passing = gate.pass(stop.signal);
  await new Promise((resolve) => setTimeout(resolve));
  stop.abort(new Error('stopped'));
  await expect(writing).rejects.toBe(refused);
  await expect(passing).rejects.toThrow('stopped');
});

test('other failures of a write are not tried again', async () => {
  const { gate } = openGate();
  const failing = gate.write(async () => {
    throw new Error('broken');
  }, signal);
  await expect(failing).rejects.toThrow('broken');
  expect(gate.full).toBe(false);
});
