import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { WrittenFile } from '../../core/output-manifest.ts';
import type { OutputNames } from '../job/output-names.ts';
import { syncFolder } from '../state/sync-folder.ts';
import { clearStaging, publishFolder } from './output-folder.ts';

type Part = {
  readonly suffix: string;
  readonly path: string;
  readonly temporary: string;
  readonly handle: FileHandle;
  written: number;
  /** Of the bytes written. */
  sha256: Hash;
  finished: boolean;
};

/** A request that does not fit what was written so far; the message is for the answer. */
export class OutputConflict extends Error {
  override readonly name = 'OutputConflict';
}

/**
 * The files of one export while they are written: temporary names beside the final ones, given their final names
 * together, once all of them are complete; a folder is made beside its final place and moved there as a whole. Calls for one file must not overlap.
 */
export class OutputFiles {
  readonly #names: OutputNames;
  readonly #parts = new Map<string, Part>();

  constructor(names: OutputNames) {
    this.#names = names;
  }

  /** Appends what comes; on a failure half-way the file is cut back to `offset`. @throws OutputConflict. */
  async append(suffix: string, offset: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    // A fresh export worker begins anew; what one that crashed still sends goes into a file that is gone.
    if (offset === 0 && (this.#parts.get(suffix)?.written ?? 0) > 0) await this.discard(suffix);
    const part = this.#parts.get(suffix) ?? (await this.#open(suffix));
    if (part.finished) throw new OutputConflict(`${suffix} is finished.`);
    if (offset !== part.written)
      throw new OutputConflict(`${suffix} has ${part.written} bytes, not ${offset}.`);
    const sha256 = part.sha256.copy();
    try {
      for await (const piece of bytes) {
        sha256.update(piece);
        let done = 0;
        while (done < piece.byteLength) {
          const { bytesWritten } = await part.handle.write(
            piece,
            done,
            piece.byteLength - done,
            part.written + done,
          );
          done += bytesWritten;
        }
        part.written += done;
      }
      part.sha256 = sha256;
    } catch (error) {
      part.written = offset;
      await part.handle.truncate(offset);
      throw error;
    }
  }

  /** Everything of this file has come: to the disk with it. Its final name waits for `publish`. */
  async finish(suffix: string): Promise<void> {
    const part = this.#parts.get(suffix) ?? (await this.#open(suffix));
    if (part.finished) return;
    await part.handle.sync();
    await part.handle.close();
    part.finished = true;
  }

  async discard(suffix: string): Promise<void> {
    const part = this.#parts.get(suffix);
    if (part === undefined) return;
    this.#parts.delete(suffix);
    if (!part.finished) await part.handle.close();
    await rm(part.temporary, { force: true });
  }

  async discardAll(): Promise<void> {
    for (const suffix of this.#parts.keys()) await this.discard(suffix);
    if (this.#names.staging !== null) await clearStaging(this.#names.staging);
  }

  /**
   * Gives the files their final names, and removes companions (a quarantine file, say) that an earlier run left beside them.
   * @param suffixes what the export says that it wrote: all of them must be finished.
   * @param manifest makes the text of the manifest.
   * @returns the final paths, in that order.
   * @throws OutputConflict when a file is missing or unfinished; nothing was renamed then.
   */
  async publish(
    suffixes: readonly string[],
    manifest: (files: readonly WrittenFile[]) => string,
  ): Promise<readonly string[]> {
    const parts = suffixes.map((suffix) => {
      const part = this.#parts.get(suffix);
      if (part?.finished) return part;
      throw new OutputConflict(
        `The export says that it wrote ${suffix}, but that file did not arrive complete.`,
      );
    });
    for (const suffix of this.#parts.keys()) if (!suffixes.includes(suffix)) await this.discard(suffix);
    const { main, staging, success, manifest: manifestPath } = this.#names;
    const files = parts.map(({ suffix, path, written, sha256 }) => ({
      suffix,
      name: basename(path),
      byteLength: written,
      sha256: sha256.copy().digest('hex'),
    }));
    const told = await this.#writeWhole(manifestPath, manifest(files));
    const written = [...parts, told].map((part) => part.path);
    for (const stale of this.#names.companions())
      if (!written.includes(stale)) await rm(stale, { force: true });
    // The main file last: where it stands, everything else does.
    for (const part of [...parts, told].toSorted((a, b) => Number(a.path === main) - Number(b.path === main)))
      await rename(part.temporary, part.path);
    this.#parts.clear();
    if (staging !== null) {
      if (success !== null) await writeFile(success, '');
      await syncFolder(staging);
      await publishFolder(staging, main);
    }
    await syncFolder(dirname(main));
    return staging === null ? written : written.map((path) => join(main, basename(path)));
  }

  /** A small file under its temporary name, on the disk. */
  async #writeWhole(
    path: string,
    text: string,
  ): Promise<{ readonly path: string; readonly temporary: string }> {
    const temporary = `${path}.part`;
    await mkdir(dirname(path), { recursive: true });
    await rm(temporary, { force: true });
    await writeFile(temporary, text, { flag: 'wx', flush: true });
    return { path, temporary };
  }

  async #open(suffix: string): Promise<Part> {
    const path = this.#names.pathFor(suffix);
    const temporary = `${path}.part`;
    const { staging } = this.#names;
    if (staging !== null && this.#parts.size === 0) await clearStaging(staging);
    await mkdir(dirname(path), { recursive: true });
    // A link planted under the temporary name must not be written through.
    await rm(temporary, { force: true });
    const part: Part = {
      suffix,
      path,
      temporary,
      handle: await open(temporary, 'wx'),
      written: 0,
      sha256: createHash('sha256'),
      finished: false,
    };
    this.#parts.set(suffix, part);
    return part;
  }
}
