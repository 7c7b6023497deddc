import type { BatchRun } from '../core/batch.ts';
import type { ExecutionProvider } from '../core/device-info.ts';
import { JobError } from '../core/job-error.ts';
import type { ModelWeights } from '../core/model-info.ts';
import type { BatchRunner } from './batch-runner.ts';
import { runError } from './device-error.ts';
import { variedBatch, warmUpBatch, type WarmUpFor } from './warm-up-batch.ts';

/**
 * Why a model that was read could not be run once, as a JobError that names the file. On the CPU it is the file's fault;
 * a GPU may have reasons of its own.
 */
export function firstRunError(thrown: unknown, provider: ExecutionProvider, weights: ModelWeights): JobError {
  const error = runError(thrown);
  if (error.code === 'DEVICE_OUT_OF_MEMORY') {
    return new JobError(
      error.code,
      `${weights.onnxPath} does not fit into memory for two short rows: ${error.message}`,
      {
        hint: 'Use a smaller model. A file that asks for absurd sizes is damaged or hostile.',
        cause: thrown,
      },
    );
  }
  if (error.code.startsWith('MODEL_') && !error.message.includes(weights.onnxPath)) {
    const { code, message, hint, details } = error;
    return new JobError(code, `${weights.onnxPath}: ${message}`, {
      ...(hint === undefined ? {} : { hint }),
      details,
      cause: thrown,
    });
  }
  if (error.code !== 'DEVICE_RUN_FAILED') return error;
  const [code, hint] =
    provider === 'wasm'
      ? (['MODEL_INVALID', 'Download the file again; if it is whole, export the model again.'] as const)
      : (['DEVICE_RUN_FAILED', 'Try `--device wasm`: if that fails as well, it is the file.'] as const);
  return new JobError(code, `${weights.onnxPath} failed on two short rows: ${error.message}`, {
    hint,
    cause: thrown,
  });
}

/**
 * Runs two short rows of filler, and where those give zeros, as filler may, two of the vocabulary's first tokens; or pictures.
 * @throws JobError `MODEL_INVALID` for a model that gives nothing but NaN and infinity, or nothing but zeros; no row would
 *   have a vector of use. Or whatever the runner throws.
 */
export async function checkFirstRun(
  runner: BatchRunner,
  request: WarmUpFor,
  weights: ModelWeights,
): Promise<void> {
  const filler = warmUpBatch(request);
  const first = await runner.run(filler);
  if (first.notFinite.length === filler.lengths.length) throw notFiniteError(weights);
  // The bits of a vector whose numbers are all negative are zeros as well.
  const { output } = runner;
  if (output.kind !== 'vector' || output.element === 'binary' || !isZero(first)) return;
  const second = await runner.run(variedBatch(request));
  if (!isZero(second)) return;
  throw new JobError('MODEL_INVALID', `${weights.onnxPath} gives only zeros.`, {
    hint: 'Its weights are missing or damaged: download it again, with its external data if it has some.',
  });
}

function isZero({ values }: BatchRun): boolean {
  return values.every((value) => value === 0);
}

/** For a model whose first vectors are all NaN or infinite: no row would have one. */
function notFiniteError({ onnxPath }: ModelWeights): JobError {
  return new JobError('MODEL_INVALID', `${onnxPath} gives NaN or infinity whatever it is given.`, {
    hint: 'Its weights are damaged, or too large for 16-bit floats: download it again, or take the float32 weights.',
  });
}
