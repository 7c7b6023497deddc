import type { BatchInput } from '../core/batch.ts';
import { JobError } from '../core/job-error.ts';

/** @throws RangeError for a batch that is not what `BatchInput` says. */
export function checkBatch({ tokenIds, lengths, paddedLength, pixels }: BatchInput): void {
  if (lengths.length === 0) throw new RangeError('a batch needs at least one row');
  let tokens = 0;
  for (const [row, length] of lengths.entries()) {
    if (length < 1 || length > paddedLength) {
      throw new RangeError(`row ${row} of the batch has ${length} tokens, expected 1 to ${paddedLength}`);
    }
    tokens += length;
  }
  if (pixels !== undefined) {
    const { bytes, each } = pixels;
    if (bytes.length === lengths.length * each) return;
    throw new RangeError(
      `the batch has ${bytes.length} bytes of pixels for ${lengths.length} pictures of ${each}`,
    );
  }
  if (tokens !== tokenIds.length) {
    throw new RangeError(`the batch has ${tokenIds.length} token ids, its lengths say ${tokens}`);
  }
}

/**
 * Refuses a batch whose hidden state cannot be bound as one GPU buffer, before ONNX Runtime meets it: that failure would
 * cost the worker.
 *
 * @param hidden width of a token's vector; 0 where it is not known
 * @throws JobError `DEVICE_OUT_OF_MEMORY`.
 */
export function checkBatchFits(
  { lengths, paddedLength }: Pick<BatchInput, 'lengths' | 'paddedLength'>,
  hidden: number,
  limits: Pick<GPUSupportedLimits, 'maxBufferSize' | 'maxStorageBufferBindingSize'>,
): void {
  const rows = lengths.length;
  const bytes = rows * paddedLength * hidden * Float32Array.BYTES_PER_ELEMENT;
  const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  if (bytes <= most) return;
  throw new JobError(
    'DEVICE_OUT_OF_MEMORY',
    `A batch of ${rows} rows of ${paddedLength} tokens needs ${bytes} bytes in one GPU buffer; this adapter takes ${most}.`,
    { hint: 'A smaller --batch-tokens needs less memory.', details: { bytes, limit: most } },
  );
}
