import type { BatchInput, BatchRun } from '../core/batch.ts';
import type { DatasetRef } from '../core/byte-range.ts';
import type { ReadColumn } from '../core/chunk.ts';
import type { AdapterReport, DeviceLoadRequest, LoadedModel } from '../core/device-info.ts';
import type { ChunkExamples } from '../core/examples.ts';
import type {
  ExportOutcome,
  ExportRequest,
  InputPreview,
  OpenedFile,
  PreviewRequest,
} from '../core/job-api.ts';
import type { InspectRequest } from '../core/input-inspection.ts';
import type { InputFormat } from '../core/input-format.ts';
import type { JobSpec, ParseOptions } from '../core/job-spec.ts';
import type { ModelInfo } from '../core/model-info.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import type { WorkerSpawner } from '../rpc/worker-port.ts';
import type { SourceInspection } from '../source/inspect-source.ts';
import type { IngestState } from '../store/job-schema.ts';

/** What the ingest worker is to read, and for whom. */
export type IngestRequest = {
  readonly jobId: string;
  readonly epoch: number;
  readonly input: DatasetRef;
  readonly format: InputFormat;
  readonly parse: ParseOptions;
  readonly read: readonly ReadColumn[];
  readonly idColumn: string | null;
  readonly keep: readonly string[];
  /** Left out: every row is read. */
  readonly retry?: RetryOf;
  /** Chunks below this ordinal may be read at once; see `allow`. */
  readonly allowed: number;
};

/** Whose rows in quarantine are read again. */
export type RetryOf = {
  readonly jobId: string;
  /** Files that it read. */
  readonly fileCount: number;
  /** Ids of its retries that are finished, first to last: what the last one left in quarantine is read. */
  readonly earlier: readonly string[];
};

/** Which input to look at the start of. */
export type HeadRequest = Omit<IngestRequest, 'jobId' | 'epoch' | 'allowed' | 'retry'>;

/** Which input to compare with what a job read of it. */
export type VerifyRequest = Pick<
  IngestRequest,
  'jobId' | 'input' | 'format' | 'parse' | 'read' | 'idColumn' | 'keep'
>;

/** Milliseconds that the ingest worker took for a chunk: to read and parse it, and to store it. */
export type ChunkCost = { readonly readMs: number; readonly storeMs: number };

/** @param text what the task reads of the chunk, as it is stored now */
export type OnChunk = (
  state: IngestState,
  rejects: readonly QuarantineRecord[],
  cost: ChunkCost,
  text: ChunkText,
) => void;

export type ChunkText = { readonly chunk: number; readonly read: ArrayBuffer };

export interface IngestApi {
  /**
   * Reads from where the job's database stands to the end of the input. `onChunk` is called after each commit, with the
   * rows of the chunk that were refused; `onOpen` when reading comes to a file; `onAlive` now and then while bytes are read
   * or a full storage is waited for, as a chunk may be long in coming.
   * Resolves when the input is read to its end, or after `stop`.
   */
  ingest(
    request: IngestRequest,
    onChunk: OnChunk,
    onOpen?: (file: OpenedFile) => void,
    onAlive?: () => void,
  ): Promise<IngestState>;
  /** Lets it read chunks below `chunk`; pass Infinity to let it run to the end. */
  allow(chunk: number): Promise<void>;
  stop(): Promise<void>;
  /**
   * Reads chunks again from the same input and puts back the text of some, and what is kept of others.
   * @throws JobError `INPUT_CHANGED` when they read differently now.
   */
  restore(
    request: Omit<IngestRequest, 'allowed'>,
    texts: readonly number[],
    kept: readonly number[],
  ): Promise<void>;
  /** @throws JobError `INPUT_CHANGED` when a part that was read before reads differently now. */
  verify(request: VerifyRequest): Promise<void>;
  /** Reads the first chunk and keeps nothing of it. @throws what `ingest` would throw there. */
  checkHead(request: HeadRequest): Promise<void>;
  inspect(request: InspectRequest): Promise<SourceInspection>;
  preview(request: PreviewRequest): Promise<InputPreview>;
}

/** A chunk's examples, and which rows of the dataset they are. */
export type PreparedChunk = ChunkExamples & {
  readonly rows: Uint32Array<ArrayBuffer>;
  /** What the worker took for it. */
  readonly prepareMs: number;
};

export interface PrepareApi {
  init(task: JobSpec['task'], model: ModelInfo): Promise<void>;
  /** @param read the chunk's `read` stream, moved to the worker */
  prepare(read: ArrayBuffer, chunk: number): Promise<PreparedChunk>;
}

export interface DeviceApi {
  probe(): Promise<AdapterReport | null>;
  load(request: DeviceLoadRequest): Promise<LoadedModel>;
  run(input: BatchInput): Promise<BatchRun>;
}

export interface ExportApi {
  export(
    request: ExportRequest,
    onProgress: (rowsWritten: number, rowsTotal: number) => void,
  ): Promise<ExportOutcome>;
}

/** How the pipeline starts its workers. It gets them by argument, so that it knows no file names. */
export type WorkerSpawners = {
  readonly ingest: WorkerSpawner<IngestApi>;
  readonly prepare: WorkerSpawner<PrepareApi>;
  readonly device: WorkerSpawner<DeviceApi>;
  readonly export: WorkerSpawner<ExportApi>;
};
