import type { ByteTarget, ExportTarget } from '../../core/export-target.ts';
import { JobError, toJobError } from '../../core/job-error.ts';

/** Of a file of the origin's private file system; only dedicated workers have it. */
interface SyncAccessHandle {
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(byteLength: number): void;
  flush(): void;
  close(): void;
}

type OpfsFileHandle = FileSystemFileHandle & {
  createSyncAccessHandle(): Promise<SyncAccessHandle>;
  /** Renames within the folder. In Chromium, not in TypeScript's library (whatwg/fs#10). */
  move(name: string): Promise<void>;
};

export interface OpfsTargetOptions {
  /** Path of folder names with `/` between. */
  readonly folder: string;
  readonly baseName: string;
}

/**
 * Writes files to the origin's private file system, from a dedicated worker. A file is `<name>.part` until it is
 * complete; one left behind by a killed export is overwritten.
 */
export class OpfsTarget implements ExportTarget {
  readonly #options: OpfsTargetOptions;

  constructor(options: OpfsTargetOptions) {
    this.#options = options;
  }

  async open(suffix: string): Promise<ByteTarget> {
    return this.#at(suffix, async (directory, name) => {
      const file = (await directory.getFileHandle(`${name}.part`, { create: true })) as OpfsFileHandle;
      const access = await file.createSyncAccessHandle();
      access.truncate(0);
      return new OpfsFile(directory, name, file, access);
    });
  }

  /** A finished file. */
  async read(suffix: string): Promise<File> {
    return this.#at(suffix, async (directory, name) => (await directory.getFileHandle(name)).getFile());
  }

  async #at<T>(
    suffix: string,
    act: (directory: FileSystemDirectoryHandle, name: string) => Promise<T>,
  ): Promise<T> {
    const { folder, baseName } = this.#options;
    // Parts of a partitioned output lie in a folder of the base name.
    const path = [...folder.split('/').filter((each) => each !== ''), ...`${baseName}${suffix}`.split('/')];
    const name = path.at(-1)!;
    return wrapErrors(name, async () => {
      let directory = await navigator.storage.getDirectory();
      for (const part of path.slice(0, -1))
        directory = await directory.getDirectoryHandle(part, { create: true });
      return act(directory, name);
    });
  }
}

class OpfsFile implements ByteTarget {
  readonly #directory: FileSystemDirectoryHandle;
  readonly #name: string;
  readonly #file: OpfsFileHandle;
  #access: SyncAccessHandle | null;
  #written = 0;
  #finished = false;

  constructor(
    directory: FileSystemDirectoryHandle,
    name: string,
    file: OpfsFileHandle,
    access: SyncAccessHandle,
  ) {
    this.#directory = directory;
    this.#name = name;
    this.#file = file;
    this.#access = access;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await wrapErrors(this.#name, async () => {
      const access = this.#open();
      for (let done = 0; done < bytes.length;) {
        const count = access.write(bytes.subarray(done), { at: this.#written });
        if (count === 0)
          throw new JobError('EXPORT_FAILED', `The output file ${this.#name} takes no more bytes.`);
        done += count;
        this.#written += count;
      }
    });
  }

  async finish(): Promise<void> {
    await wrapErrors(this.#name, async () => {
      this.#open().flush();
      this.#close();
      await this.#file.move(this.#name);
      this.#finished = true;
    });
  }

  async abort(): Promise<void> {
    this.#close();
    await wrapErrors(this.#name, async () => {
      // What stood under the final name before is not this file's to remove.
      const name = this.#finished ? this.#name : `${this.#name}.part`;
      await this.#directory.removeEntry(name).catch((error: unknown) => {
        if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error;
      });
    });
  }

  #open(): SyncAccessHandle {
    if (this.#access === null)
      throw new TypeError(`expected the open file ${this.#name}, got one that is closed`);
    return this.#access;
  }

  #close(): void {
    this.#access?.close();
    this.#access = null;
  }
}

/** A full disk stays `QUOTA_EXCEEDED`; everything else says which file it was. */
async function wrapErrors<T>(name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    if (thrown instanceof TypeError) throw thrown;
    const error = toJobError(thrown, 'EXPORT_FAILED');
    if (error === thrown || error.code !== 'EXPORT_FAILED') throw error;
    throw new JobError('EXPORT_FAILED', `The output file ${name} cannot be written: ${error.message}`, {
      cause: thrown,
    });
  }
}
