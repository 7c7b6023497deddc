import { JobError, type JobErrorCode } from '../core/job-error.ts';

const outOfMemory = [
  /bad_alloc|out of memory|\bOOM\b|cannot enlarge memory/i,
  /(failed|unable|cannot|can't) to allocate|allocation (of .*)?failed/i,
  // ONNX Runtime's WebGPU provider, before it binds a tensor.
  /exceeding maxStorageBufferBindingSize/,
  // Dawn's validation of a buffer or of a binding that is too large.
  /exceeds the max(imum)? buffer size|larger than the maximum.*binding size/i,
];
const lost =
  /device (is|was) lost|lost device|Instance reference no longer exists|Failed to get GPU adapter/i;

/** What ONNX Runtime or the browser threw, as text. C++ exceptions arrive as bare numbers. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error || thrown instanceof GPUError) {
    // `failed to call OrtRun(). ERROR_CODE: 2, ERROR_MESSAGE: ` says nothing to a person.
    return thrown.message.replace(/^.{0,60}ERROR_CODE: \d+, ERROR_MESSAGE: /s, '').trim();
  }
  if (typeof thrown === 'number') return `ONNX Runtime stopped with C++ exception ${thrown}.`;
  return String(thrown);
}

/** `DEVICE_OUT_OF_MEMORY` or `DEVICE_LOST` where the reason says so, else null. */
export function deviceCodeOf(thrown: unknown): JobErrorCode | null {
  if (thrown instanceof GPUOutOfMemoryError) return 'DEVICE_OUT_OF_MEMORY';
  const reason = reasonOf(thrown);
  if (outOfMemory.some((pattern) => pattern.test(reason))) return 'DEVICE_OUT_OF_MEMORY';
  return lost.test(reason) ? 'DEVICE_LOST' : null;
}

/**
 * An error of a run as a JobError: `DEVICE_OUT_OF_MEMORY`, `DEVICE_LOST`, `MODEL_UNSUPPORTED` for 16-bit arithmetic that
 * the GPU lacks, or `DEVICE_RUN_FAILED`, with ONNX Runtime's reason.
 */
export function runError(thrown: unknown): JobError {
  if (thrown instanceof JobError) return thrown;
  const code = deviceCodeOf(thrown) ?? 'DEVICE_RUN_FAILED';
  const reason = reasonOf(thrown);
  if (/requires f16/.test(reason)) {
    return new JobError(
      'MODEL_UNSUPPORTED',
      `The model computes in 16-bit floats, which this GPU cannot: ${reason}`,
      {
        hint: 'Use the float32 weights of the model, or --device wasm.',
        cause: thrown,
      },
    );
  }
  if (code === 'DEVICE_OUT_OF_MEMORY') {
    return new JobError(code, `The batch does not fit into the device's memory: ${reason}`, {
      hint: 'A smaller --batch-tokens needs less memory.',
      cause: thrown,
    });
  }
  if (code === 'DEVICE_LOST') return lostError(reason, thrown);
  return new JobError(code, `The model failed to run: ${reason}`, { cause: thrown });
}

/** @param lost the browser's reason; `unknown` when the GPU process crashed or the driver was reset */
export function lostError(reason: string, cause?: unknown, lost?: GPUDeviceLostReason): JobError {
  return new JobError('DEVICE_LOST', `The GPU device was lost: ${reason}`, {
    ...(cause === undefined ? {} : { cause }),
    ...(lost === undefined ? {} : { details: { lost } }),
  });
}

/** For a run that was not tried, or whose result is not trusted, because one before it failed or the device was closed. */
export function refusedError(first: JobError): JobError {
  if (first.code === 'ABORTED') return first;
  return new JobError(
    'DEVICE_LOST',
    `The device worker must be replaced, an earlier run failed: ${first.message}`,
    {
      details: { refused: true, firstCode: first.code },
      cause: first,
    },
  );
}
