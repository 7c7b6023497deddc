import { OUTPUT_WORD, type JobSpec } from '../../core/job-spec.ts';
import { outputExtension, outputFormatOf, type OutputFormat } from '../../core/output-format.ts';
import { FOLDER_SUCCESS, MANIFEST_SUFFIX } from '../../core/output-manifest.ts';
import { lastName } from '../../core/last-name.ts';

/** A finished output in the origin's private file system; parts of one have the name of their folder before theirs. */
export type ExportedFile = { readonly name: string; readonly file: File };

const FINAL = /\.(parquet|arrows?|npy|jsonl|csv|manifest\.json)$|^_manifest\.json$|^_SUCCESS$/;

/** Folder of a job's exports in the origin's private file system. */
export function exportFolder(jobId: string): string {
  return `exports-${jobId}`;
}

/** `glosses.jsonl` -> `glosses.vectors`, or `glosses.labels`. */
export function outputBaseName(spec: JobSpec): string {
  return `${lastName(spec.input.path).replace(/(?<=.)\.[^.]+$/, '')}.${OUTPUT_WORD[spec.task.kind]}`;
}

/** The format that the job's spec asks for. */
export function ownFormat({ spec }: { readonly spec: JobSpec }): OutputFormat {
  return outputFormatOf(spec.output, spec.input.format);
}

/** How the files of an export are named, and whether they lie in a folder of the base name. */
export type ExportNames = {
  readonly baseName: string;
  readonly manifestSuffix: string;
  readonly inFolder: boolean;
};

/** Names of a job's output in a format: what is written in another than the job's own takes the place of none of that. */
export function exportNames(spec: JobSpec, format: OutputFormat): ExportNames {
  const base = outputBaseName(spec);
  const own = ownFormat({ spec });
  const inFolder = spec.output.rowsPerFile !== undefined && format !== 'openai';
  const names = { baseName: base, manifestSuffix: MANIFEST_SUFFIX, inFolder };
  if (format === own) return names;
  if (inFolder) return { ...names, baseName: `${base}.${format}` };
  // OpenAI's answers and plain rows are JSON Lines both.
  if (outputExtension(format) === outputExtension(own))
    return { ...names, baseName: `${base}.${format === 'openai' ? 'answers' : 'rows'}` };
  return { ...names, manifestSuffix: `.${format}${MANIFEST_SUFFIX}` };
}

/** True for a file that must not stand while its export is written anew: a part, or what says that all is there. */
export function isReplaced(name: string, { baseName, manifestSuffix, inFolder }: ExportNames): boolean {
  return inFolder ? name.startsWith(`${baseName}/`) : name === `${baseName}${manifestSuffix}`;
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
  return openExports(jobId, names.toSorted(inReadingOrder));
}

/** Results, then what is said of them, and last the sign that all is there. */
export function inReadingOrder(a: string, b: string): number {
  return placeOf(a) - placeOf(b) || (a < b ? -1 : 1);
}

/** False for what stands beside the results. */
export function isResult(name: string): boolean {
  return placeOf(name) === 0;
}

function placeOf(name: string): number {
  if (lastName(name) === FOLDER_SUCCESS) return 3;
  if (/[._]manifest\.json$/.test(name)) return 2;
  return /[._](?:quarantine|errors)\.jsonl$/.test(name) ? 1 : 0;
}

/** Removes what `isReplaced` says of an export that is about to be written. */
export async function clearExport(jobId: string, names: ExportNames): Promise<void> {
  const { baseName, manifestSuffix, inFolder } = names;
  await unlessNotFound(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(exportFolder(jobId));
    await folder.removeEntry(inFolder ? baseName : `${baseName}${manifestSuffix}`, { recursive: true });
  });
}

/** Removes all exports of a job. */
export async function removeExports(jobId: string): Promise<void> {
  await unlessNotFound(async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(exportFolder(jobId), { recursive: true });
  });
}

async function unlessNotFound(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
  }
}

/** True for what the file system says of a name that it does not have. */
export function isNotFound(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'NotFoundError';
}
