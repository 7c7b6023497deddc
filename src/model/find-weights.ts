import type { Dtype } from '../core/dtype.ts';
import { JobError } from '../core/job-error.ts';
import type { ModelWeights } from '../core/model-info.ts';
import { openByteRange } from '../util/byte-range/open-byte-range.ts';
import { isLfsPointer, type ModelDirectory, type ModelFile } from './model-directory.ts';

/** Weights that a directory holds, one of possibly several. */
export type FoundWeights = {
  readonly weights: ModelWeights;
  /** A file of it that was never fetched: a Git LFS pointer stands in its place. Null when all are there. */
  readonly pointer: string | null;
};

/**
 * `model_quantized`, `model_int8`, `model_uint8` as transformers.js names them, first what it prefers;
 * `model_qint8_avx512`, `model_quint8_avx2` as Optimum and Sentence Transformers do.
 */
const DYNAMIC_INT8 = /(?:^|_)(?:quantized|q?u?int8)(?:_|\.)/i;

const NAMES: readonly (readonly [Dtype, readonly string[]])[] = [
  ['fp32', ['model.onnx']],
  ['fp16', ['model_fp16.onnx']],
  ['q4', ['model_q4.onnx']],
  ['q4f16', ['model_q4f16.onnx']],
  ['q8', ['model_quantized.onnx', 'model_int8.onnx', 'model_uint8.onnx']],
];

/** A Git LFS pointer is about 130 bytes long, and no weights are. */
const LFS_POINTER_BYTES = 1024;

/**
 * The weights of a directory, at most one a dtype, by the names of Hugging Face repositories in `onnx/` or beside
 * `config.json`. Where no file has such a name and there is one `.onnx` file, it is that one.
 * @param half of a model of two encoders, as transformers.js names its files: `vision_model`
 * @throws JobError `MODEL_FILE_MISSING` with the `.onnx` files that are there, when none or several could be meant.
 */
export async function findWeights(
  directory: ModelDirectory,
  half: string | null = null,
): Promise<readonly FoundWeights[]> {
  const found: (readonly [Dtype, ModelFile])[] = [];
  for (const [dtype, names] of NAMES) {
    // The files of a half have the same names but for their start, and come before those of the whole.
    const halves = half === null ? [] : names.map((name) => name.replace(/^model/, half));
    const paths = [...halves, ...names].flatMap((name) => [`onnx/${name}`, name]);
    const file =
      firstOf(paths, (path) => directory.find(path)) ?? (dtype === 'q8' ? otherInt8(directory) : null);
    if (file !== null) found.push([dtype, file]);
  }
  if (found.length === 0) {
    const only = onlyOne(directory);
    found.push([dtypeOf(only), only]);
  }
  return Promise.all(
    found.map(async ([dtype, file]) => {
      const data = externalDataOf(directory, file);
      const weights = {
        name: directory.name,
        onnx: file.ref,
        onnxPath: file.path,
        dtype,
        externalData: Object.fromEntries(data.map(({ path, ref }) => [baseName(path), ref])),
      };
      return { weights, pointer: await firstPointer([file, ...data]) };
    }),
  );
}

/** The first value that is not null. */
function firstOf<T, R>(values: readonly T[], find: (value: T) => R | null): R | null {
  for (const value of values) {
    const found = find(value);
    if (found !== null) return found;
  }
  return null;
}

function onnxFiles(directory: ModelDirectory): readonly ModelFile[] {
  const onnx = directory.files.filter(({ path }) => path.toLowerCase().endsWith('.onnx'));
  const inFolder = onnx.filter(({ path }) => path.toLowerCase().startsWith('onnx/'));
  return (inFolder.length > 0 ? inFolder : onnx).toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function otherInt8(directory: ModelDirectory): ModelFile | null {
  return onnxFiles(directory).find(({ path }) => DYNAMIC_INT8.test(baseName(path))) ?? null;
}

function onlyOne(directory: ModelDirectory): ModelFile {
  const files = onnxFiles(directory);
  if (files.length === 1) return files[0]!;
  const details = { model: directory.name };
  if (files.length === 0) {
    throw new JobError(
      'MODEL_FILE_MISSING',
      `${directory.name} has no ONNX file: looked for onnx/model.onnx and model.onnx.`,
      {
        hint: `Export it with \`optimum-cli export onnx --model ${directory.name} --task feature-extraction DIR\`, or download onnx/model.onnx from the page of the model.`,
        details,
      },
    );
  }
  throw new JobError(
    'MODEL_FILE_MISSING',
    `${directory.name} has no onnx/model.onnx, and more than one other: ${files.map(({ path }) => path).join(', ')}.`,
    { hint: 'Copy the one to use to onnx/model.onnx.', details },
  );
}

/** By the end of a name that is not one of the usual. */
function dtypeOf({ path }: ModelFile): Dtype {
  const suffix = /_(fp16|q4|q4f16)\.onnx$/i.exec(path)?.[1]?.toLowerCase();
  return (suffix as Dtype | undefined) ?? 'fp32';
}

/**
 * Siblings that hold the tensors, by base name, which is how an ONNX file refers to them: `model.onnx_data`, `model.onnx_data_1`
 * (Optimum, transformers.js), `model.onnx.data`, `model.data` (PyTorch).
 */
function externalDataOf(directory: ModelDirectory, onnx: ModelFile): readonly ModelFile[] {
  const folder = onnx.path.slice(0, onnx.path.length - baseName(onnx.path).length);
  const base = baseName(onnx.path).toLowerCase();
  const stem = base.slice(0, -'.onnx'.length);
  const isData = (name: string) =>
    name.startsWith(`${base}_data`) ||
    name.startsWith(`${base}.data`) ||
    name === `${stem}.data` ||
    name === `${stem}_data`;
  return directory.files
    .filter(({ path }) => path.startsWith(folder) && !path.slice(folder.length).includes('/'))
    .filter(({ path }) => isData(baseName(path).toLowerCase()));
}

async function firstPointer(files: readonly ModelFile[]): Promise<string | null> {
  for (const { path, ref } of files) {
    const range = openByteRange(ref);
    if (range.byteLength > LFS_POINTER_BYTES) continue;
    if (isLfsPointer(new TextDecoder().decode(await range.slice(0, range.byteLength)))) return path;
  }
  return null;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
