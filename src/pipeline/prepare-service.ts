import type { JobSpec } from '../core/job-spec.ts';
import type { ModelInfo } from '../core/model-info.ts';
import { preparerFor } from '../task/task-for.ts';
import type { Preparer } from '../task/task.ts';
import { decodeReadColumns } from '../util/arrow/read-columns.ts';
import type { PrepareApi, PreparedChunk } from './ports.ts';

/** What a preprocess worker does: chunks to examples, by the job's task and the model's own tokenizer. */
export class PrepareService implements PrepareApi {
  #preparer: Preparer | null = null;

  async init(task: JobSpec['task'], model: ModelInfo): Promise<void> {
    this.#preparer = preparerFor(task, model);
  }

  async prepare(read: ArrayBuffer, chunk: number): Promise<PreparedChunk> {
    if (this.#preparer === null) throw new TypeError('prepare was called before init');
    const startedAt = performance.now();
    const columns = decodeReadColumns(read);
    const examples = await this.#preparer.prepare(columns, chunk);
    const rows = Uint32Array.from(examples.rowIndex, (index) => columns.rows[index]!);
    return { ...examples, rows, prepareMs: performance.now() - startedAt };
  }
}
