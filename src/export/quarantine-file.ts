import type { ExportTarget } from '../core/export-target.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import { LineFile } from './text/line-file.ts';

export const QUARANTINE_SUFFIX = '.quarantine.jsonl';

/** Rows set aside, as they are in the input and why, one JSON object a line, beside the results. Nothing is created when there are none, unless `open` is called. */
export class QuarantineFile {
  readonly #file: LineFile;

  constructor(target: ExportTarget, suffix: string) {
    this.#file = new LineFile(target, suffix);
  }

  /** Suffix of the file, once there is one. */
  get files(): readonly string[] {
    return this.#file.isOpen ? [this.#file.suffix] : [];
  }

  /** Makes the file, even if no row is to come. */
  async open(): Promise<void> {
    await this.#file.open();
  }

  async write({ row, id, code, message, attempts, input }: QuarantineRecord): Promise<void> {
    // The keys are named, so that their order never depends on how a record was stored.
    const line = {
      row,
      id,
      code,
      message,
      attempts,
      input: input?.text ?? null,
      inputCut: input?.cut ?? false,
    };
    await this.#file.line((buffer) => buffer.text(`${JSON.stringify(line)}\n`));
  }

  async finish(): Promise<void> {
    await this.#file.finish();
  }

  async abort(): Promise<void> {
    await this.#file.abort();
  }
}
