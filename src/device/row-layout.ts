import type { FinishPlan } from './finish-plan.ts';

/** How rows lie in the GPU's buffers. */
export type RowLayout = {
  /** A row's result. */
  readonly rowBytes: number;
  /** From one row to the next: whole words, as kernels write no less. */
  readonly strideBytes: number;
  /** A row's vector before it is packed; 0 where nothing is. */
  readonly scratchBytes: number;
};

export function rowLayout({ steps, rowBytes }: FinishPlan): RowLayout {
  const packs = steps.kind === 'vector' && steps.element !== 'float32';
  return {
    rowBytes,
    strideBytes: Math.ceil(rowBytes / 4) * 4,
    scratchBytes: packs ? steps.dims * Float32Array.BYTES_PER_ELEMENT : 0,
  };
}
