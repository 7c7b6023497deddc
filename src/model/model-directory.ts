import type { z } from '../core/zod.ts';
import type { ByteRangeRef } from '../core/byte-range.ts';
import { JobError } from '../core/job-error.ts';
import type { ModelRef } from '../core/model-info.ts';
import { openByteRange } from '../util/byte-range/open-byte-range.ts';
import { readText } from '../util/read-text.ts';
import { sha256Hex } from '../util/sha256.ts';

/** A file of the model, under its path within the model's own directory. */
export type ModelFile = { readonly path: string; readonly ref: ByteRangeRef };

export type ModelJson<T> = {
  readonly path: string;
  readonly value: T;
  readonly text: string;
  readonly sha256: string;
};

/**
 * The files of a model as they are found, whatever the way they came: a folder that holds the model's folder,
 * as a directory picker gives it, and names in another case, as Windows tools leave them.
 */
export class ModelDirectory {
  readonly name: string;
  readonly files: readonly ModelFile[];
  readonly #byPath: ReadonlyMap<string, ModelFile>;

  constructor(model: ModelRef) {
    this.name = model.name;
    const inside = Object.entries(model.files)
      .map(([path, ref]) => ({ path, ref }))
      .filter(({ path }) => isInside(path));
    const root = rootOf(model.name, inside);
    this.files = inside
      .filter(({ path }) => path.startsWith(root))
      .map(({ path, ref }) => ({ path: path.slice(root.length), ref }));
    // Exact names are set last: they win over names that differ by case only.
    this.#byPath = new Map([
      ...this.files.map((file): [string, ModelFile] => [file.path.toLowerCase(), file]),
      ...this.files.map((file): [string, ModelFile] => [file.path, file]),
    ]);
  }

  /** The file at `path`, in whatever case it is written; null when there is none. */
  find(path: string): ModelFile | null {
    const clean = joinPath(path);
    return this.#byPath.get(clean) ?? this.#byPath.get(clean.toLowerCase()) ?? null;
  }

  /**
   * Reads and checks one JSON file; null when there is none.
   * @throws JobError `MODEL_INVALID`, naming the file and the reason.
   */
  async readJson<T>(path: string, schema: z.ZodType<T>): Promise<ModelJson<T> | null> {
    const file = this.find(path);
    if (file === null) return null;
    const range = openByteRange(file.ref);
    const bytes = await range.slice(0, range.byteLength);
    const text = this.#decode(file.path, bytes);
    const value = schema.safeParse(this.#parse(file.path, text));
    if (!value.success) {
      const issue = value.error.issues[0];
      const where = issue?.path.join('.') ?? '';
      throw this.invalid(
        file.path,
        `${where === '' ? '' : `${where}: `}${issue?.message ?? 'unexpected content'}`,
      );
    }
    return { path: joinPath(path), value: value.data, text, sha256: await sha256Hex(bytes) };
  }

  /** The error for a file that is there and is not what it must be. */
  invalid(path: string, reason: string, cause?: unknown): JobError {
    return new JobError('MODEL_INVALID', `${this.name}/${path} is not valid: ${reason}.`, {
      hint: 'Download the file again from the page of the model.',
      details: { model: this.name, file: path },
      cause,
    });
  }

  #decode(path: string, bytes: Uint8Array<ArrayBuffer>): string {
    let text: string;
    try {
      text = readText(bytes);
    } catch (error) {
      throw this.invalid(path, 'it is not UTF-8 text', error);
    }
    if (isLfsPointer(text)) throw this.lfsPointer(path);
    return text;
  }

  #parse(path: string, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.invalid(path, error instanceof Error ? error.message : String(error), error);
    }
  }

  /** The error for what a clone without Git LFS leaves in the place of a large file. */
  lfsPointer(path: string): JobError {
    return new JobError('MODEL_INVALID', `${this.name}/${path} is a Git LFS pointer, not the file itself.`, {
      hint: 'Run `git lfs pull` in the model directory, or download the file from the page of the model.',
      details: { model: this.name, file: path },
    });
  }
}

/** True for the text that stands for a large file in a Git repository. Source: git-lfs `docs/spec.md`. */
export function isLfsPointer(text: string): boolean {
  return text.startsWith('version https://git-lfs.github.com/spec/');
}

/** Path segments as one relative path, without empty and `.` segments. */
export function joinPath(...segments: readonly string[]): string {
  return segments
    .flatMap((segment) => segment.split('/'))
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/');
}

function isInside(path: string): boolean {
  return !path.startsWith('/') && !path.split('/').includes('..');
}

/** `''`, or `folder/` when the model lies one level down. */
function rootOf(name: string, files: readonly ModelFile[]): string {
  const names = new Set(files.map(({ path }) => path.toLowerCase()));
  // `1_Pooling/config.json` must not make its folder a model.
  const looksLikeModel = (folder: string) =>
    names.has(`${folder}tokenizer.json`) ||
    names.has(`${folder}modules.json`) ||
    (names.has(`${folder}config.json`) &&
      [...names].some((path) => path.startsWith(folder) && path.endsWith('.onnx')));
  if (names.has('config.json') || looksLikeModel('')) return '';
  const folders = new Set(
    files.filter(({ path }) => path.includes('/')).map(({ path }) => path.slice(0, path.indexOf('/') + 1)),
  );
  const models = [...folders].filter((folder) => looksLikeModel(folder.toLowerCase()));
  if (models.length > 1) {
    const list = models
      .map((folder) => folder.slice(0, -1))
      .sort()
      .join(', ');
    throw new JobError('MODEL_FILE_MISSING', `${name} holds more than one model: ${list}.`, {
      hint: 'Name the directory of one of them.',
      details: { model: name },
    });
  }
  return models[0] ?? '';
}
