/** How {@link RunMetrics.deviceBusyShare} was measured. */
export const BUSY_SOURCES = ['gpu-timestamps', 'runs-in-progress'] as const;
export type BusySource = (typeof BUSY_SOURCES)[number];

/**
 * Where the time of a run went. Of the run that ended the job alone: what earlier runs of a resumed job did is not in it.
 * Shares are of `wallSeconds`; stages work side by side, so their seconds add up to more than that.
 */
export type RunMetrics = {
  /** Wall time of computing, from the first window asked for to the last commit. */
  readonly wallSeconds: number;
  /** Examples that were run on the device; rows that got the result of an equal one are not among them. */
  readonly rowsRun: number;
  /**
   * Share of the time in which the device had something to do, 0 to 1. By timestamps of the GPU: from when it came to a
   * batch to the end of its pooling, overlaps counted once, and the gaps included in which it waited for commands of that
   * same batch. On WASM, and on a GPU without timestamps: the time in which the device worker had at least one run in
   * progress, from taking a batch up to having its rows; with several workers, the mean of them.
   */
  readonly deviceBusyShare: number;
  readonly deviceBusyBy: BusySource;
  /** Read back from a GPU; on WASM the model's outputs, copied out of its memory. */
  readonly readbackBytes: number;
  readonly readbackBytesPerRow: number;
  readonly commits: number;
  /** Share of the time in which a transaction with results was open; the device goes on meanwhile. */
  readonly commitShare: number;
  readonly deviceMemory: {
    /** Most WebAssembly memory and most GPU buffers that one device worker held, in bytes. */
    readonly mostHeapBytes: number;
    readonly mostGpuBytes: number;
    /** Device workers that were replaced by fresh ones, between two batches, to give their memory back. */
    readonly renewals: number;
  };
  /** Seconds of work, summed over the workers that share it. */
  readonly stageSeconds: {
    /** Reading and parsing the input. */
    readonly read: number;
    /** Storing what was read. */
    readonly store: number;
    readonly tokenize: number;
    /** As in `deviceBusyShare`. */
    readonly device: number;
    /** Packing, hashing and writing results. */
    readonly commit: number;
  };
  /** Seconds in which no batch was on the device, by what computing waited for. */
  readonly idleSeconds: {
    /** Rows to be read and tokenized. */
    readonly rows: number;
    /** A commit: a window's record before its first batch, or room for more results. */
    readonly commit: number;
    /** The comparison of the GPU with WASM, and the end of what was in flight. */
    readonly other: number;
  };
};
