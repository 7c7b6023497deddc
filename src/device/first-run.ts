import type { ExecutionProvider } from '../core/device-info.ts';
import { JobError } from '../core/job-error.ts';
import type { ModelWeights } from '../core/model-info.ts';
import { runError } from './device-error.ts';

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

/** For a model whose first vectors are all NaN or infinite: no row would have one. */
export function notFiniteError({ onnxPath }: ModelWeights): JobError {
  return new JobError('MODEL_INVALID', `${onnxPath} gives NaN or infinity whatever it is given.`, {
    hint: 'Its weights are damaged, or too large for 16-bit floats: download it again, or take the float32 weights.',
  });
}
