import { z } from '../core/zod.ts';
import { jobSpecSchema } from '../core/job-spec.ts';

const manifestSchema = z.object({ id: z.string(), createdAt: z.number(), spec: jobSpecSchema });

/**
 * A few facts of each job in the origin's private file system: outside IndexedDB, so that an emptied database is noticed.
 * Chromium has two IndexedDB engines, and opening one's store with the other silently empties it.
 */
export type StoredManifest = Readonly<z.infer<typeof manifestSchema>>;

const FOLDER = 'jobs';

async function folder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(FOLDER, { create: true });
}

export async function writeJobManifest({ id, createdAt, spec }: StoredManifest): Promise<void> {
  const file = await (await folder()).getFileHandle(`${id}.json`, { create: true });
  const writable = await file.createWritable();
  await writable.write(JSON.stringify({ id, createdAt, spec }));
  await writable.close();
}

export async function removeJobManifest(jobId: string): Promise<void> {
  try {
    await (await folder()).removeEntry(`${jobId}.json`);
  } catch (thrown) {
    if (!(thrown instanceof DOMException && thrown.name === 'NotFoundError')) throw thrown;
  }
}

/** Every manifest that can be read; one that was cut short by a crash, or is none, says nothing and is left out. */
export async function readJobManifests(): Promise<StoredManifest[]> {
  const manifests: StoredManifest[] = [];
  for await (const handle of (await folder()).values()) {
    if (handle.kind !== 'file') continue;
    const manifest = manifestSchema.safeParse(parseJson(await (await handle.getFile()).text()));
    if (manifest.success) manifests.push(manifest.data);
  }
  return manifests;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
