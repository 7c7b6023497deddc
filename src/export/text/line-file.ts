import type { ByteTarget, ExportTarget } from '../../core/export-target.ts';
import { TextBuffer } from './text-buffer.ts';

const FLUSH_BYTES = 1 << 20;

/** A file of lines, made when the first one comes or `open` is called. */
export class LineFile {
  readonly suffix: string;
  lines = 0;
  readonly #target: ExportTarget;
  readonly #buffer = new TextBuffer(4096);
  #file: ByteTarget | null = null;

  constructor(target: ExportTarget, suffix: string) {
    this.#target = target;
    this.suffix = suffix;
  }

  get isOpen(): boolean {
    return this.#file !== null;
  }

  async open(): Promise<ByteTarget> {
    this.#file ??= await this.#target.open(this.suffix);
    return this.#file;
  }

  async line(write: (buffer: TextBuffer) => void): Promise<void> {
    const file = await this.open();
    write(this.#buffer);
    this.lines++;
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
