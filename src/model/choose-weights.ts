import type { DeviceReport, ExecutionProvider } from '../core/device-info.ts';
import type { Dtype, DtypeChoice } from '../core/dtype.ts';
import { JobError } from '../core/job-error.ts';
import type { ModelWeights } from '../core/model-info.ts';
import type { FoundWeights } from './find-weights.ts';
import type { ModelDirectory } from './model-directory.ts';

/** What the weights are to run on. */
export type WeightsTarget = {
  readonly provider: ExecutionProvider;
  /** The GPU computes in 16-bit floats (`shader-f16`). */
  readonly f16: boolean;
  /** The adapter is software, which computes on the CPU. */
  readonly software: boolean;
};

export type ChosenWeights = {
  readonly weights: ModelWeights;
  /** Why these, in words for a person. */
  readonly reason: string;
  readonly notes: readonly string[];
};

export function weightsTarget({
  provider,
  adapter,
}: Pick<DeviceReport, 'provider' | 'adapter'>): WeightsTarget {
  const f16 = provider === 'webgpu' && adapter?.features.includes('shader-f16') === true;
  return { provider, f16, software: adapter?.software === true };
}

/** Where nothing else is known: what a model runs on everywhere. */
export const CPU_TARGET: WeightsTarget = { provider: 'wasm', f16: false, software: false };

const FILES: Readonly<Record<Dtype, string>> = {
  fp32: 'onnx/model.onnx',
  fp16: 'onnx/model_fp16.onnx',
  q4: 'onnx/model_q4.onnx',
  q4f16: 'onnx/model_q4f16.onnx',
  q8: 'onnx/model_quantized.onnx',
};

const INT8_NOTE =
  'Dynamic int8 weights: the scale of a tensor is that of the whole batch, so a row’s numbers depend a little on the rows beside it.';

/**
 * Which of the weights a job runs. `auto` takes fp16 on a hardware GPU that computes in it and fp32 elsewhere, else what
 * there is; dynamic int8 only when it is asked for by name, and never on WebGPU.
 *
 * @param found at least one
 * @throws JobError `MODEL_FILE_MISSING` or `MODEL_UNSUPPORTED` with what is there and why it will not do;
 *   `MODEL_INVALID` for a Git LFS pointer.
 */
export function chooseWeights(
  directory: Pick<ModelDirectory, 'name' | 'lfsPointer'>,
  found: readonly FoundWeights[],
  choice: DtypeChoice,
  target: WeightsTarget,
): ChosenWeights {
  if (choice !== 'auto') {
    const asked = found.find(({ weights }) => weights.dtype === choice);
    if (asked === undefined) throw missing(directory.name, found, choice);
    const obstacle = obstacleTo(choice, target);
    if (obstacle !== null) throw unsupported(directory.name, asked.weights, obstacle, target);
    return chosen(directory, asked, 'as asked');
  }
  const there = found.filter(({ pointer }) => pointer === null);
  for (const dtype of preferred(target)) {
    const best = there.find(({ weights }) => weights.dtype === dtype);
    if (best !== undefined) return chosen(directory, best, reasonFor(dtype, there, target));
  }
  // Said of a directory that was cloned without Git LFS, in place of what is wrong with the files that are there.
  if (there.length === 0) throw directory.lfsPointer(found[0]!.pointer!);
  throw noneFits(directory.name, there, target);
}

function chosen(
  directory: Pick<ModelDirectory, 'lfsPointer'>,
  { weights, pointer }: FoundWeights,
  reason: string,
): ChosenWeights {
  if (pointer !== null) throw directory.lfsPointer(pointer);
  return { weights, reason, notes: weights.dtype === 'q8' ? [INT8_NOTE] : [] };
}

/** What `auto` takes, best first: nothing that cannot run there, and no dynamic int8. */
function preferred(target: WeightsTarget): readonly Dtype[] {
  const hardware = target.provider === 'webgpu' && !target.software;
  const order: readonly Dtype[] =
    hardware && target.f16 ? ['fp16', 'fp32', 'q4f16', 'q4'] : ['fp32', 'fp16', 'q4', 'q4f16'];
  return order.filter((dtype) => obstacleTo(dtype, target) === null);
}

/** Why weights of this dtype do not run there; null when they do. */
function obstacleTo(dtype: Dtype, { provider, f16 }: WeightsTarget): string | null {
  if (provider === 'wasm') return null;
  if (dtype === 'q8') return 'WebGPU has no kernels for dynamic int8';
  const half = dtype === 'fp16' || dtype === 'q4f16';
  return half && !f16 ? 'this GPU does not compute in 16-bit floats (it has no shader-f16)' : null;
}

function reasonFor(dtype: Dtype, there: readonly FoundWeights[], target: WeightsTarget): string {
  const half = there.find(({ weights }) => weights.dtype === 'fp16')?.weights.onnxPath;
  if (dtype === 'fp16' && preferred(target)[0] === 'fp16') {
    return 'this GPU computes in 16-bit floats (shader-f16), with half the bytes of fp32';
  }
  if (dtype !== 'fp32') {
    const fp32 = there.find(({ weights }) => weights.dtype === 'fp32');
    return fp32 === undefined ? `there are no fp32 weights (${FILES.fp32})` : 'the best of what is there';
  }
  if (target.provider === 'wasm') return 'the CPU computes in 32-bit floats';
  const obstacle = obstacleTo('fp16', target);
  if (obstacle !== null) return half === undefined ? obstacle : `${obstacle}, so not ${half}`;
  if (target.software) return 'the adapter is software, which computes in 32-bit floats';
  return `there is no ${FILES.fp16}, which this GPU would run with half the bytes`;
}

function listOf(found: readonly FoundWeights[]): string {
  return found.map(({ weights }) => `${weights.dtype} (${weights.onnxPath})`).join(', ');
}

function missing(name: string, found: readonly FoundWeights[], dtype: Dtype): JobError {
  return new JobError(
    'MODEL_FILE_MISSING',
    `${name} has no ${dtype} weights (${FILES[dtype]}). It has ${listOf(found)}.`,
    {
      hint: `Download ${FILES[dtype]} from the page of the model, or choose another with --dtype.`,
      details: { model: name, dtype },
    },
  );
}

function unsupported(
  name: string,
  { dtype, onnxPath }: ModelWeights,
  obstacle: string,
  { f16 }: WeightsTarget,
): JobError {
  return new JobError(
    'MODEL_UNSUPPORTED',
    `The ${dtype} weights of ${name} (${onnxPath}) do not run here: ${obstacle}.`,
    {
      hint: `Use --dtype auto or --dtype ${f16 ? 'fp16' : 'fp32'}, or --device wasm, which runs them on the CPU.`,
      details: { model: name, dtype },
    },
  );
}

function noneFits(name: string, there: readonly FoundWeights[], target: WeightsTarget): JobError {
  const why = there.map(({ weights: { dtype, onnxPath } }) => {
    const reason =
      obstacleTo(dtype, target) ??
      'dynamic int8 is not used unless asked for, as its results depend on which rows share a batch';
    return `${onnxPath} (${dtype}: ${reason})`;
  });
  const wasm = target.provider === 'wasm' ? '' : '--device wasm ';
  return new JobError('MODEL_FILE_MISSING', `${name} has no ${FILES.fp32}, only ${why.join(', ')}.`, {
    hint: `Download ${FILES.fp32} from the page of the model, or use ${wasm}--dtype ${there[0]!.weights.dtype}.`,
    details: { model: name },
  });
}
