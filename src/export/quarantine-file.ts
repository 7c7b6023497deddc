import type { ByteTarget, ExportTarget } from '../core/export-target.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import { TextBuffer } from './text/text-buffer.ts';

export const QUARANTINE_SUFFIX = '.quarantine.jsonl';
const FLUSH_BYTES = 1 << 20;

/** Rows set aside, as they are in the input and why, one JSON object a line, beside the results. Nothing is created when there are none, unless `open` is called. */
export class QuarantineFile {
  readonly #target: ExportTarget;
  readonly #suffix: string;
  readonly #buffer = new TextBuffer(4096);
  #file: ByteTarget | null = null;

  constructor(target: ExportTarget, suffix: string) {
    this.#target = target;
    this.#suffix = suffix;
  }

  /** Suffix of the file, once there is one. */
  get files(): readonly string[] {
    return this.#file === null ? [] : [this.#suffix];
  }

  /** Makes the file, even if no row is to come. */
  async open(): Promise<ByteTarget> {
    this.#file ??= await this.#target.open(this.#suffix);
    return this.#file;
  }

  async write({ row, id, code, message, attempts, input }: QuarantineRecord): Promise<void> {
    const file = await this.open();
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
    this.#buffer.text(`${JSON.stringify(line)}\n`);
    if (this.#buffer.byteLength >= FLUSH_BYTES) await file.write(this.#buffer.take());
  }

  async finish(): Promise<void> {
    if (this.#file === null) return;
    if (this.#buffer.byteLength > 0) await this.#file.write(this.#buffer.take());
    await this.#file.finish();
  }

  async abort(): Promise<void> {
    await this.#file?.abort();
  }
}
