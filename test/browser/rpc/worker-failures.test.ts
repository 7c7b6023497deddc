import { describe, expect, onTestFinished, test } from 'vitest';
import { connectWorker, type ConnectOptions } from '../../../src/rpc/connect-worker.ts';
import type { RpcProbe } from '../../support/rpc-probe.ts';

function connect(worker: Worker, options: ConnectOptions = {}) {
  const port = connectWorker<RpcProbe>(worker, 'probe worker', options);
  onTestFinished(() => port.terminate());
  return port;
}

function startProbe(options: ConnectOptions = {}) {
  return connect(
    new Worker(new URL('../../support/rpc-probe-worker.ts', import.meta.url), { type: 'module' }),
    options,
  );
}

function crashed(message: RegExp) {
  return expect.objectContaining({ code: 'WORKER_CRASHED', message: expect.stringMatching(message) });
}

test('a worker that throws while it loads fails the calls in flight and all later ones', async () => {
  const { api } = connect(
    new Worker(new URL('../../support/broken-worker.ts', import.meta.url), { type: 'module' }),
  );
  const calls = [api.give(1), api.givenLength()];
  for (const call of calls)
    await expect(call).rejects.toThrow(crashed(/The probe worker stopped: .*broken while loading/));
  await expect(api.give(2)).rejects.toThrow(crashed(/broken while loading/));
});

test('a worker whose script is not there fails its calls', async () => {
  const { api } = connect(new Worker('/no-such-worker.js', { type: 'module' }));
  await expect(api.give(1)).rejects.toThrow(
    crashed(/The probe worker stopped: its script could not be loaded/),
  );
});

test('a worker that throws outside a call fails every call in flight', async () => {
  const { api } = startProbe();
  await api.give(1);
  const hanging = api.hang();
  const crashing = api.crash();
  await expect(hanging).rejects.toThrow(crashed(/out of the blue/));
  await expect(crashing).rejects.toThrow(crashed(/out of the blue/));
});

test('a worker that ends by itself, of which no event tells, fails every call in flight and all later ones', async () => {
  const { api } = startProbe();
  await api.give(1);
  const hanging = api.hang();
  await api.end();
  await expect(hanging).rejects.toThrow(crashed(/The probe worker ended without a word/));
  await expect(api.give(1)).rejects.toThrow(crashed(/ended without a word/));
});

test('a worker that blocks is ended where its pulse is watched, and one that only waits is not', async () => {
  const waiting = startProbe({ pulse: { everyMs: 20, missed: 40 } });
  const blocking = startProbe({ pulse: { everyMs: 20, missed: 40 } });
  await Promise.all([waiting.api.give(1), blocking.api.give(1)]);
  const waits = waiting.api.hang().catch((thrown: unknown) => thrown);
  await expect(blocking.api.spin()).rejects.toThrow(crashed(/has not answered for \d+ s: it hangs/));
  await expect(blocking.api.give(1)).rejects.toThrow(crashed(/it hangs/));
  expect((await waiting.api.give(3)).dims).toBe(3);
  waiting.terminate();
  expect(await waits).toMatchObject({ message: expect.stringContaining('was ended') });
});

test('a worker that ends before its script has begun fails every call', async () => {
  const { api } = connect(
    new Worker(new URL('../../support/closed-worker.ts', import.meta.url), { type: 'module' }),
    { startMs: 300 },
  );
  await expect(api.give(1)).rejects.toThrow(crashed(/The probe worker did not begin within/));
  await expect(api.give(2)).rejects.toThrow(crashed(/did not begin/));
});

describe('terminate', () => {
  test('rejects the calls in flight', async () => {
    const port = startProbe();
    await port.api.give(1);
    const hanging = [port.api.hang(), port.api.hang()];
    port.terminate();
    for (const call of hanging) await expect(call).rejects.toThrow(crashed(/The probe worker was ended/));
  });

  test('rejects later calls, of methods used before and of others', async () => {
    const port = startProbe();
    await port.api.give(1);
    port.terminate();
    await expect(port.api.give(1)).rejects.toThrow(crashed(/ended/));
    await expect(port.api.givenLength()).rejects.toThrow(crashed(/ended/));
  });

  // Each of several batches in flight ends the worker that failed.
  test('can be called again', async () => {
    const port = startProbe();
    port.terminate();
    port.terminate();
    await expect(port.api.give(1)).rejects.toThrow(crashed(/ended/));
  });

  test('reports the crash that came before it', async () => {
    const port = startProbe();
    await expect(port.api.crash()).rejects.toThrow(crashed(/out of the blue/));
    port.terminate();
    await expect(port.api.give(1)).rejects.toThrow(crashed(/out of the blue/));
  });
});
