import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { JobError } from '../../core/job-error.ts';
import { listFiles } from '../server/list-files.ts';
import type { ServedFile } from '../server/served-file.ts';
import { servedFile } from '../server/served-file.ts';

const MAX_DEPTH = 4;
const MAX_FILES = 5000;

/** A model directory on disk: what of it the page may read. */
export type ModelDir = {
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly file: ServedFile }[];
  /** Links that lead out of the directory; they are not served. */
  readonly skipped: readonly string[];
};

/**
 * Lists the files of a Hugging Face model directory that inference may need: JSON, text, ONNX and its external data.
 * Links are followed only within the directory, or into the blobs of the Hugging Face cache that it is a snapshot of.
 * @throws JobError `MODEL_NOT_FOUND` or `MODEL_INVALID`.
 */
export async function readModelDir(folder: string): Promise<ModelDir> {
  const found = await stat(folder).catch(() => null);
  if (found === null || !found.isDirectory()) throw notFound(folder, found !== null);
  const real = await realpath(folder);
  const roots = [real, ...hubBlobs(real)];
  const paths = await listFiles(real, MAX_DEPTH, MAX_FILES).catch((cause: unknown) => {
    throw new JobError(
      'MODEL_INVALID',
      `The model directory ${folder} cannot be listed: ${(cause as Error).message}.`,
      {
        hint: 'Give the directory of one model, the one with config.json in it.',
        cause,
      },
    );
  });
  const files: { path: string; file: ServedFile }[] = [];
  const skipped: string[] = [];
  for (const path of paths.filter(isRelevant)) {
    const target = await realpath(join(real, path)).catch(() => null);
    if (target === null || !roots.some((root) => target.startsWith(root + sep))) {
      skipped.push(path);
      continue;
    }
    const file = await servedFile(target).catch(() => null);
    if (file === null) {
      skipped.push(path);
      continue;
    }
    files.push({ path, file: { ...file, name: basename(path) } });
  }
  return { name: basename(real), files, skipped };
}

function isRelevant(path: string): boolean {
  if (path.split('/').includes('onnx')) return true;
  return /\.(?:json|txt|onnx)$/i.test(path) || /(?:_data(?:_\d+)?|\.onnx\.data)$/i.test(path);
}

/** `…/models--org--name/snapshots/REVISION` holds links into `…/models--org--name/blobs`. */
function hubBlobs(folder: string): readonly string[] {
  const snapshots = dirname(folder);
  const repository = dirname(snapshots);
  const isSnapshot = basename(snapshots) === 'snapshots' && basename(repository).startsWith('models--');
  return isSnapshot ? [join(repository, 'blobs')] : [];
}

function notFound(folder: string, isFile: boolean): JobError {
  if (isFile) {
    return new JobError('MODEL_NOT_FOUND', `${folder} is a file; --model takes a directory.`, {
      hint: 'Give the directory that holds config.json, tokenizer.json and the ONNX weights.',
    });
  }
  return new JobError('MODEL_NOT_FOUND', `There is no model directory ${folder}.`, {
    hint: 'Millrace downloads nothing: fetch the model first (`hf download ORG/NAME --local-dir DIR`) and give DIR, or use --model demo.',
  });
}
