import { oneRowEach } from '../../src/batch/example-rows.ts';
import type { BatchCost, BatchInput, BatchOutput } from '../../src/core/batch.ts';
import type { LoadedModel } from '../../src/core/device-info.ts';
import type { VectorOutput } from '../../src/core/result-output.ts';
import { JobError } from '../../src/core/job-error.ts';
import type { DeviceTask } from '../../src/pipeline/device-result.ts';
import type { DeviceApi } from '../../src/pipeline/ports.ts';
import type { WorkerPort } from '../../src/rpc/worker-port.ts';
import { vectorBytes } from './vector-bytes.ts';

/** Width of the vectors of a scripted device. */
export const SCRIPTED_DIMS = 2;

export const SCRIPTED_OUTPUT: VectorOutput = { kind: 'vector', dims: SCRIPTED_DIMS, element: 'float32' };

export const SCRIPTED_MODEL: LoadedModel = {
  output: SCRIPTED_OUTPUT,
  inputNames: ['input_ids'],
  outputName: 'embedding',
  weightSha256: { 'onnx/model.onnx': 'as it was' },
};

const NO_COST: BatchCost = { readBytes: 0, run: [0, 0], gpu: null };

/** What a scripted device gives for a row: the first token id names the row. */
export function vectorOf(mark: number): readonly number[] {
  return [mark, -mark];
}

/** What a device gives for rows with these vectors. */
export function outputOf(
  vectors: readonly (readonly number[])[],
  notFinite: readonly number[] = [],
): BatchOutput {
  const rowBytes = (vectors[0]?.length ?? 0) * 4;
  return { values: vectorBytes(vectors.flat()), rowBytes, notFinite, outOfRange: [] };
}

/** @param marks first token id of each row of the batch. Throw to fail; return nothing for the vectors of `vectorOf`. */
export type DeviceScript = (marks: readonly number[], worker: number) => Promise<BatchOutput | void>;

/** A device for tests of policy: its workers do as the script says, and behave as real ones when they are ended. */
export class ScriptedDevice {
  /** Marks of every batch that was run, in order. */
  readonly batches: (readonly number[])[] = [];
  /** Workers started and workers ended, by ordinal. */
  started = 0;
  readonly ended = new Set<number>();
  /** Batches given to a worker after one of its runs had failed: there must be none. */
  runsAfterFailure = 0;
  load: (worker: number) => Promise<LoadedModel> = async () => SCRIPTED_MODEL;
  readonly #script: DeviceScript;

  constructor(script: DeviceScript = async () => undefined) {
    this.#script = script;
  }

  readonly spawn = (): WorkerPort<DeviceApi> => {
    const worker = this.started++;
    const rejects = new Set<(reason: JobError) => void>();
    let failed = false;
    const untilEnded = <T>(work: Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        rejects.add(reject);
        work.then(resolve, reject);
      });
    return {
      api: {
        probe: async () => null,
        load: () => untilEnded(this.load(worker)),
        run: (input) => {
          if (failed) this.runsAfterFailure++;
          const marks = marksOf(input);
          this.batches.push(marks);
          const running = this.#script(marks, worker).then((output) => ({
            ...(output ?? echo(marks)),
            cost: NO_COST,
          }));
          running.catch(() => (failed = true));
          return untilEnded(running);
        },
      },
      terminate: () => {
        this.ended.add(worker);
        for (const reject of rejects) reject(new JobError('WORKER_CRASHED', 'The device worker was ended.'));
      },
    };
  };
}

/** Rows with these marks, run in this order; row ordinals are 1000 + mark, and each has `mark % 3 + 1` tokens. */
export function scriptedTask(marks: readonly number[]): DeviceTask {
  // The window holds them the other way round, so that an index is never by chance the place in the batch.
  const held = marks.toReversed();
  const lengths = Uint32Array.from(held, (mark) => (mark % 3) + 1);
  const starts = new Uint32Array(held.length);
  for (let i = 1; i < held.length; i++) starts[i] = starts[i - 1]! + lengths[i - 1]!;
  const tokenIds = Int32Array.from(held.flatMap((mark, i) => Array<number>(lengths[i]!).fill(mark)));
  return {
    window: { tokenIds, lengths, starts },
    rows: oneRowEach(Uint32Array.from(held, rowOf)),
    examples: Uint32Array.from(marks.keys()).reverse(),
    paddedLength: 3,
  };
}

export function rowOf(mark: number): number {
  return 1000 + mark;
}

function marksOf({ tokenIds, lengths }: BatchInput): number[] {
  let at = 0;
  return Array.from(lengths, (length) => {
    const mark = tokenIds[at]!;
    at += length;
    return mark;
  });
}

function echo(marks: readonly number[]): BatchOutput {
  return outputOf(marks.map(vectorOf));
}
