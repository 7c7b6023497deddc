import type { DeviceReport, LoadedModel } from '../core/device-info.ts';
import type { Finish } from '../core/finish.ts';
import { inputFormatOf } from '../core/input-format.ts';
import type { RunRequest } from '../core/job-api.ts';
import type { JobError } from '../core/job-error.ts';
import type { JobEvent } from '../core/job-event.ts';
import type { ModelInfo, ModelWeights } from '../core/model-info.ts';
import { weightsTarget } from '../model/choose-weights.ts';
import { readImageModel } from '../model/read-image-model.ts';
import { readModel } from '../model/read-model.ts';
import type { JobHeader } from '../store/job-schema.ts';
import { finishFor } from '../task/task-for.ts';
import { openByteRange } from '../util/byte-range/open-byte-range.ts';
import { Mutex } from '../util/mutex.ts';
import { checkInput } from './check-input.ts';
import { DeviceGroup } from './device-group.ts';
import { DeviceSession } from './device-session.ts';
import { begunDtype } from './job-fingerprint.ts';
import { pickDevice } from './pick-device.ts';
import type { WorkerSpawners } from './ports.ts';
import { RenewedSession } from './renewed-session.ts';
import { splitThreads } from './split-threads.ts';
import { WEAR_LIMITS, type WearLimits } from './worker-wear.ts';

/** Batches on a GPU at once: one computes, one is submitted behind it, one is read back. */
const GPU_DEPTH = 3;
/** Batches at a worker on the CPU: one runs, the next one is there when it ends. */
const WASM_DEPTH = 2;
/** Weights up to this share of the machine's memory are loaded a second time while the old worker still runs. */
const OVERLAP_SHARE = 1 / 16;

/** What a run needs beside the request. */
export type RunContext = {
  readonly spawn: WorkerSpawners;
  /** Clock in milliseconds since the epoch. */
  readonly now: () => number;
  /** Logical cores of this machine. */
  readonly cores: number;
  /** Of this machine, as far as the browser says. */
  readonly memoryBytes: number;
  /** When a device worker is replaced; left out: `WEAR_LIMITS`. */
  readonly wear?: WearLimits;
  readonly onEvent: (event: JobEvent) => void;
  /** Aborted by a drain. */
  readonly stop: AbortSignal;
};

/** The model and the device that a run goes with. */
export type Engine = {
  readonly model: ModelInfo;
  readonly device: DeviceReport;
  readonly loaded: LoadedModel;
  readonly session: DeviceGroup;
};

/** Loads the model on a device. @param begun what a job that goes on was begun with; null for a new one */
export async function startEngine(
  request: RunRequest,
  context: RunContext,
  begun: Pick<JobHeader, 'device' | 'fingerprint'> | null,
): Promise<Engine> {
  const { spawn, onEvent } = context;
  const { task } = request.spec;
  const inputChecked = begun === null ? checkInput(request, spawn.ingest, context.stop) : Promise.resolve();
  // Thrown below, where it is awaited; what is wrong with the model is told first.
  inputChecked.catch(() => undefined);
  onEvent({ kind: 'stage', stage: 'checking', message: `Reading the model directory ${request.model.name}` });
  const device = await pickDevice(spawn.device, request.spec.device, context.cores, begun?.device ?? null);
  onEvent({ kind: 'device', device });
  const ofImages = inputFormatOf(request.spec.input) === 'images';
  const model = await (ofImages ? readImageModel : readModel)(request.model, {
    task: task.kind,
    maxLength: task.maxLength,
    normalize: task.kind === 'embed' ? task.normalize : undefined,
    dtype: begunDtype(request.spec.model.dtype, begun?.fingerprint ?? null),
    target: weightsTarget(device),
  });
  const finish = finishFor(task, model);
  await inputChecked;
  for (const note of model.notes) onEvent({ kind: 'notice', level: 'info', message: note });
  onEvent({
    kind: 'stage',
    stage: 'loading',
    message: `Loading ${model.weights.onnxPath} (${model.weights.dtype}: ${model.weightsReason}) on ${device.label}`,
  });
  const session = openDevice(context, device, model, finish);
  const loaded = await session.load();
  return { model, device, loaded, session };
}

/** Workers for the model, as many as this machine has room for. Nothing is loaded yet. */
function openDevice(
  context: RunContext,
  device: DeviceReport,
  model: ModelInfo,
  finish: Finish,
): DeviceGroup {
  const { spawn, onEvent } = context;
  const { workers, threads } = splitThreads(
    device.provider,
    device.threads,
    weightBytes(model.weights),
    context.memoryBytes,
  );
  const request = {
    provider: device.provider,
    threads,
    weights: model.weights,
    padTokenId: model.padTokenId,
    ...(model.image === undefined ? {} : { image: model.image }),
    finish,
  };
  const warn = (message: string) => onEvent({ kind: 'notice', level: 'warning', message });
  const onRestart = (reason: JobError) =>
    warn(`The device failed (${reason.code}: ${reason.message}). A fresh one runs its batches again.`);
  const renewal = {
    open: () => new DeviceSession(spawn.device, request, onRestart),
    limits: context.wear ?? WEAR_LIMITS,
    overlap: weightBytes(model.weights) <= context.memoryBytes * OVERLAP_SHARE,
    turn: new Mutex(),
    onRenewed: (reason: string) =>
      onEvent({
        kind: 'notice',
        level: 'info',
        message: `A fresh device worker took over, as ${reason}.`,
      }),
    onKept: (reason: JobError) =>
      warn(`No fresh device worker could be loaded (${reason.message}): the job goes on with the old one.`),
  };
  return new DeviceGroup({
    sessions: Array.from({ length: workers }, () => new RenewedSession(renewal)),
    depth: device.provider === 'webgpu' ? GPU_DEPTH : WASM_DEPTH,
    onFewer: (reason) =>
      warn(
        `One worker fewer than planned: another copy of the model could not be loaded (${reason.message}).`,
      ),
  });
}

function weightBytes({ onnx, externalData }: ModelWeights): number {
  return [onnx, ...Object.values(externalData)].reduce((sum, ref) => sum + openByteRange(ref).byteLength, 0);
}
