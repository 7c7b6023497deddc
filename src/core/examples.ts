import type { PixelData } from './image-input.ts';
import type { Passages } from './passage.ts';
import type { QuarantineRecord } from './quarantine.ts';

/**
 * A chunk after `task.prepare`: token ids or pixels, one example a row that can be run, or several where long texts are split. All arrays are transferable.
 */
export type ChunkExamples = {
  readonly chunk: number;
  /** Index of each example's row within the chunk's record batch; ascending, those of one row side by side. */
  readonly rowIndex: Uint32Array<ArrayBuffer>;
  /** Tokens of each example before padding, special tokens included; at least 1. Of a picture: its patches. */
  readonly lengths: Uint32Array<ArrayBuffer>;
  /** Token ids of all examples, one after the other. */
  readonly tokenIds: Int32Array<ArrayBuffer>;
  /** In the place of token ids, of which there are none then, for a model of images. */
  readonly pixels?: PixelData;
  /** Rows that the task refused. */
  readonly rejects: readonly QuarantineRecord[];
  /** Rows cut to the model's longest input. */
  readonly truncated: number;
  /** What each example is of its row; left out where every example is the only one of its row. */
  readonly passages?: Passages;
};
