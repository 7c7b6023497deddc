import type { ByteRangeRef } from '../../core/byte-range.ts';
import { JobError } from '../../core/job-error.ts';
import type { ModelRef } from '../../core/model-info.ts';

/** A model directory that the user chose. */
export type PickedModel = {
  readonly ref: ModelRef;
  /** Kept for a resume in a later session; null where the browser gave only files. */
  readonly handle: FileSystemDirectoryHandle | null;
};

// A Hugging Face repository is two levels deep; whoever picks a home folder by mistake should not wait for all of it.
const MAX_DEPTH = 3;
const MAX_FILES = 2000;

/** Reads the names in a folder, not the bytes. @throws JobError `MODEL_INVALID`, `MODEL_FILE_MISSING`. */
export async function modelFromHandle(handle: FileSystemDirectoryHandle): Promise<PickedModel> {
  const files = new Map<string, File>();
  await collect(handle, '', 1, files);
  return { ref: toModelRef(handle.name, files), handle };
}

async function collect(
  folder: FileSystemDirectoryHandle,
  prefix: string,
  depth: number,
  files: Map<string, File>,
): Promise<void> {
  for await (const [name, entry] of folder.entries()) {
    if (name.startsWith('.')) continue;
    if (entry.kind === 'file') {
      files.set(prefix + name, await entry.getFile());
      if (files.size > MAX_FILES) throw tooManyFiles(folder.name);
    } else if (depth < MAX_DEPTH) {
      await collect(entry, `${prefix}${name}/`, depth + 1, files);
    }
  }
}

/** From `<input type="file" webkitdirectory>`. @throws JobError `MODEL_INVALID`, `MODEL_FILE_MISSING`. */
export function modelFromFiles(list: readonly File[]): PickedModel {
  const name = list[0]?.webkitRelativePath.split('/')[0] ?? '';
  const files = new Map<string, File>();
  for (const file of list) {
    const parts = file.webkitRelativePath.split('/').slice(1);
    if (parts.length > MAX_DEPTH || parts.some((part) => part.startsWith('.'))) continue;
    files.set(parts.join('/'), file);
  }
  if (files.size > MAX_FILES) throw tooManyFiles(name);
  return { ref: toModelRef(name, files), handle: null };
}

function toModelRef(name: string, files: ReadonlyMap<string, File>): ModelRef {
  const paths = [...files.keys()];
  const needed = [
    { what: 'config.json', found: files.has('config.json') },
    {
      what: 'tokenizer.json (or preprocessor_config.json, of a model of pictures)',
      found: files.has('tokenizer.json') || files.has('preprocessor_config.json'),
    },
    { what: 'ONNX file (onnx/model.onnx)', found: paths.some((path) => path.endsWith('.onnx')) },
  ];
  for (const { what, found } of needed) {
    if (found) continue;
    throw new JobError('MODEL_FILE_MISSING', `The folder “${name}” has no ${what}.`, {
      hint: 'Choose a Hugging Face model directory: it has config.json, onnx/model.onnx, and tokenizer.json or preprocessor_config.json.',
    });
  }
  const refs: Record<string, ByteRangeRef> = {};
  for (const [path, file] of files) refs[path] = { kind: 'blob', name: path, blob: file };
  return { name, files: refs };
}

function tooManyFiles(name: string): JobError {
  return new JobError(
    'MODEL_INVALID',
    `The folder “${name}” holds more than ${MAX_FILES} files: it is not a model directory.`,
    {
      hint: 'Choose the folder that has config.json in it.',
    },
  );
}
