import type { PixelData } from './image-input.ts';

/** Where an example was met first. */
export type FirstMet = {
  /** Ordinal of the window. */
  readonly window: number;
  /** Ordinal in the dataset of the first row that has it. */
  readonly row: number;
};

/** Examples run in one `session.run`, before data is collated. Indices are into the window's examples. */
export type BatchPlan = {
  readonly ordinal: number;
  readonly examples: Uint32Array<ArrayBuffer>;
  /** Tokens that each row is padded to. */
  readonly paddedLength: number;
  /** Where each example was met first, if their results are taken from there; left out where they are run. */
  readonly repeats?: readonly FirstMet[];
};

/** What the device gets: token ids one after the other, and where each row ends. Transferable. */
export type BatchInput = {
  readonly tokenIds: Int32Array<ArrayBuffer>;
  readonly lengths: Uint32Array<ArrayBuffer>;
  readonly paddedLength: number;
  /** Pictures in the place of tokens, of which there are none then; `lengths` are patches, as many as `paddedLength` says. */
  readonly pixels?: PixelData;
};

/** What a device worker holds after a batch. */
export type DeviceMemory = {
  /** WebAssembly memory, which grows and never shrinks: on WASM weights and tensors, on a GPU what loads the model. */
  readonly heapBytes: number;
  /** GPU buffers that are not destroyed; 0 on WASM. */
  readonly gpuBytes: number;
};

/**
 * What a batch took of the device. Times are in milliseconds since the epoch by the worker's clock, but for `gpu`, which is by
 * the GPU's own.
 */
export type BatchCost = {
  /**
   * Bytes that came back from where the model ran: finished rows from a GPU; on WASM the model's whole output, which ONNX
   * Runtime copies out of its memory.
   */
  readonly readBytes: number;
  /** From when the device took the batch up until its rows were there. On a GPU, batches in flight overlap. */
  readonly run: readonly [start: number, end: number];
  /**
   * From when the GPU came to the batch until it had finished it, the gaps included in which it waited for commands of this
   * batch. Null on WASM, and where the GPU gives no times that make sense.
   */
  readonly gpu: readonly [start: number, end: number] | null;
  readonly memory: DeviceMemory;
};

/** The rows of a batch, and what they took. */
export type BatchRun = BatchOutput & { readonly cost: BatchCost };

/** What the device gives back: one result a row, in the order of the input. Transferable. */
export type BatchOutput = {
  /** `rowBytes` a row, laid out as the loaded model's `ResultOutput` says; from the start of a buffer of their own. */
  readonly values: Uint8Array<ArrayBuffer>;
  readonly rowBytes: number;
  /** Rows with a NaN or infinite value; their results must not be stored. */
  readonly notFinite: readonly number[];
  /** Rows with a finite value that the element asked for cannot hold; nor must these. */
  readonly outOfRange: readonly number[];
};
