import { OUTPUT_WORD, type JobSpec } from '../../core/job-spec.ts';

/** A finished output in the origin's private file system; parts of one have the name of their folder before theirs. */
export type ExportedFile = { readonly name: string; readonly file: File };

const FINAL = /\.(parquet|arrows?|npy|jsonl|csv)$/;

/** Folder of a job's exports in the origin's private file system. */
export function exportFolder(jobId: string): string {
  return `exports-${jobId}`;
}

/** `glosses.jsonl` -> `glosses.vectors`, or `glosses.labels`. */
export function outputBaseName(spec: JobSpec): string {
  const name = spec.input.path.split(/[/\\]/).at(-1) ?? spec.input.path;
  return `${name.replace(/(?<=.)\.[^.]+$/, '')}.${OUTPUT_WORD[spec.task.kind]}`;
}

/** Opens the files that an export wrote. */
export async function openExports(jobId: string, names: readonly string[]): Promise<readonly ExportedFile[]> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(exportFolder(jobId));
  return Promise.all(
    names.map(async (name) => {
      const path = name.split('/');
      let at = folder;
      for (const part of path.slice(0, -1)) at = await at.getDirectoryHandle(part);
      return { name, file: await (await at.getFileHandle(path.at(-1)!)).getFile() };
    }),
  );
}

/** What earlier exports of a job left, by name; empty when there was none. */
export async function listExports(jobId: string, baseName: string): Promise<readonly ExportedFile[]> {
  const names: string[] = [];
  try {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(exportFolder(jobId));
    for await (const [name, entry] of folder.entries()) {
      if (!name.startsWith(baseName)) continue;
      if (entry.kind === 'file' && FINAL.test(name)) names.push(name);
      if (entry.kind === 'directory')
        for await (const part of entry.keys()) if (FINAL.test(part)) names.push(`${name}/${part}`);
    }
  } catch (thrown) {
    if (isNotFound(thrown)) return [];
    throw thrown;
  }
  return openExports(jobId, names.toSorted());
}

export async function removeExports(jobId: string): Promise<void> {
  try {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(exportFolder(jobId), { recursive: true });
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
  }
}

function isNotFound(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'NotFoundError';
}
