import type { ReadColumn } from '../core/chunk.ts';
import type { ChunkExamples } from '../core/examples.ts';
import type { Finish } from '../core/finish.ts';
import type { JobSpec, TaskKind } from '../core/job-spec.ts';
import type { ModelInfo } from '../core/model-info.ts';

/** The rows of one chunk, as the `read` record batch holds them. */
export type RowsToPrepare = {
  /** Ordinal of each row in the dataset; ascending. */
  readonly rows: Uint32Array;
  /** By role: each row's text, in the order of `rows`. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  /** By role: each row's picture, as its file has it. */
  readonly images?: Readonly<Record<string, readonly Uint8Array<ArrayBuffer>[]>>;
};

/** Makes examples of rows; built once a worker and model. Same rows, same examples. */
export interface Preparer {
  /**
   * A row that cannot be prepared is among the rejects, with its ordinal and without an id, and harms no other row.
   * @throws RangeError when a column that the task reads is missing or has another length than `rows`.
   */
  prepare(read: RowsToPrepare, chunk: number): ChunkExamples | Promise<ChunkExamples>;
}

/** What rows are made of, texts or pictures: what a task does with the model's output is the same for both. */
export interface RowKind {
  readColumns(spec: JobSpec): readonly ReadColumn[];
  /** @throws JobError as `Task.createPreparer` does. */
  createPreparer(model: ModelInfo, task: TaskSpec): Preparer;
}

/** A task as the job spec asks for it. */
export type TaskSpec<Kind extends TaskKind = TaskKind> = Extract<JobSpec['task'], { readonly kind: Kind }>;

/** What a row means to a model. Each task is one file. */
export interface Task<Kind extends TaskKind = TaskKind> {
  readonly kind: Kind;
  /** The input columns that make up a row, by the role that `prepare` knows them under. */
  readColumns(spec: JobSpec): readonly ReadColumn[];
  /**
   * @throws JobError `MODEL_UNSUPPORTED` or `MODEL_INVALID` when the model has no tokenizer that can be run, `SPEC_INVALID` when
   * it cannot prepare rows as the task asks for.
   */
  createPreparer(model: ModelInfo, spec: TaskSpec<Kind>): Preparer;
  /**
   * What the device makes of the model's output.
   * @throws JobError `SPEC_INVALID` when the model's results cannot be had as they are asked for.
   */
  finish(spec: TaskSpec<Kind>, model: ModelInfo): Finish;
}

/** A role's texts, checked against the number of rows. */
export function columnOf(read: RowsToPrepare, role: string): readonly string[] {
  const column = read.columns[role];
  if (column?.length === read.rows.length) return column;
  throw new RangeError(
    `expected ${read.rows.length} values of "${role}", got ${column?.length ?? 'no such column'}`,
  );
}
