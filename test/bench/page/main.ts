import type { Answer, Call } from './serve-calls.ts';

const spawners: Readonly<Record<string, () => Worker>> = {
  bound: () => new Worker(new URL('./bound-worker.ts', import.meta.url), { type: 'module' }),
  sessions: () => new Worker(new URL('./sessions-worker.ts', import.meta.url), { type: 'module' }),
  stages: () => new Worker(new URL('./stages-worker.ts', import.meta.url), { type: 'module' }),
  rival: () => new Worker(new URL('./rival-worker.ts', import.meta.url), { type: 'module' }),
};

const workers = new Map<string, Worker>();

/** Asks a contender's worker, one call at a time, and starts it when there is none. */
async function call(name: string, method: string, argument: unknown): Promise<unknown> {
  const worker = workers.get(name) ?? spawners[name]!();
  workers.set(name, worker);
  const answer = await new Promise<Answer>((resolve) => {
    worker.addEventListener('message', (event: MessageEvent<Answer>) => resolve(event.data), { once: true });
    worker.addEventListener('error', (event) => resolve({ error: event.message }), { once: true });
    worker.postMessage({ method, argument } satisfies Call, []);
  });
  if ('error' in answer) throw new Error(`${name}.${method}: ${answer.error}`);
  return answer.value;
}

function release(name: string): void {
  workers.get(name)?.terminate();
  workers.delete(name);
}

Object.assign(globalThis, { bench: { call, release } });
