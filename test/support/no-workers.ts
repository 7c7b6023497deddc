import type { RunContext } from '../../src/pipeline/start-engine.ts';

function noWorker(): never {
  throw new Error('no worker was to be started');
}

/** Of a run that has to be refused before it starts a worker. */
export const NO_WORKERS: RunContext = {
  spawn: { ingest: noWorker, prepare: noWorker, device: noWorker, export: noWorker },
  now: Date.now,
  cores: 2,
  memoryBytes: 2 ** 33,
  onEvent: () => undefined,
  stop: new AbortController().signal,
};
