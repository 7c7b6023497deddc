import {
  FOLDER_MANIFEST,
  FOLDER_SUCCESS,
  outputManifest,
  type ManifestFacts,
  type WrittenFile,
} from '../core/output-manifest.ts';
import { blobSha256 } from '../util/blob-sha256.ts';
import { browserVersion } from '../util/browser-version.ts';
import { lastName } from '../core/last-name.ts';
import { OpfsTarget, type OpfsTargetOptions } from './targets/opfs-target.ts';

type Told = Omit<ManifestFacts, 'files' | 'browserVersion'>;

/**
 * Writes an export's manifest behind its files, which are read back for it, and in a folder of parts the sign that all is
 * there.
 * @param onAlive called now and then meanwhile
 * @returns suffixes of what it wrote
 */
export async function writeManifest(
  place: OpfsTargetOptions & { readonly manifestSuffix: string },
  told: Told,
  onAlive: () => void,
): Promise<readonly string[]> {
  const target = new OpfsTarget(place);
  const files: WrittenFile[] = [];
  for (const suffix of told.outcome.files) {
    const file = await target.read(suffix);
    const sha256 = await blobSha256(file, onAlive);
    const name = lastName(`${place.baseName}${suffix}`);
    files.push({ suffix, name, byteLength: file.size, sha256 });
    onAlive();
  }
  const text = outputManifest({ ...told, files, browserVersion: await browserVersion() });
  const inFolder = told.choices.rowsPerFile !== undefined;
  const manifest = inFolder ? `/${FOLDER_MANIFEST}` : place.manifestSuffix;
  await writeText(target, manifest, text);
  if (!inFolder) return [manifest];
  const success = `/${FOLDER_SUCCESS}`;
  await writeText(target, success, '');
  return [manifest, success];
}

async function writeText(target: OpfsTarget, suffix: string, text: string): Promise<void> {
  const file = await target.open(suffix);
  try {
    await file.write(new TextEncoder().encode(text));
    await file.finish();
  } catch (thrown) {
    await file.abort().catch(() => undefined);
    throw thrown;
  }
}
