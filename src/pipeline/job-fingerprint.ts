import type { LoadedModel } from '../core/device-info.ts';
import { DTYPES, type DtypeChoice } from '../core/dtype.ts';
import { compareFingerprints, type Fingerprint } from '../core/fingerprint.ts';
import type { Finish } from '../core/finish.ts';
import { JobError } from '../core/job-error.ts';
import { inputFormatOf } from '../core/input-format.ts';
import { parseOptionsOf, type JobSpec } from '../core/job-spec.ts';
import { longTextsOf } from '../core/long-texts.ts';
import type { ModelInfo } from '../core/model-info.ts';
import type { ExecutionProvider } from '../core/device-info.ts';

/** Grows when the same input, model and parameters would give other results or another plan than before. */
const PIPELINE_VERSION = 1;

export type DatasetIdentity = {
  readonly files: number;
  readonly byteLength: number;
  readonly headSha256: string;
  readonly tailSha256: string;
};

const OF_DATASET = new Set(['input files', 'input size', 'input start', 'input end']);

/** Everything that decides the results of a job. @param dataset null when the input is not at hand */
export function jobFingerprint(
  spec: JobSpec,
  dataset: DatasetIdentity | null,
  model: ModelInfo,
  finish: Finish,
  loaded: LoadedModel,
  provider: ExecutionProvider,
): Fingerprint {
  const parts: Record<string, string | number | boolean | null> = {
    'pipeline version': PIPELINE_VERSION,
    'input format': inputFormatOf(spec.input),
    'text column': spec.input.textColumn,
    'id column': spec.input.idColumn,
    'kept columns': spec.input.keep.map(unambiguous).join(','),
    task: spec.task.kind,
    'max length': model.maxLength,
    ...finishParts(finish),
    ...longParts(spec.task),
    device: provider,
    dtype: model.weights.dtype,
    // What the user fixed. What `auto` finds is the job's own, is recorded with it, and depends on the machine's mood.
    'batch tokens': spec.batchTokens,
    dedupe: spec.dedupe,
    'model output': loaded.outputName,
  };
  // Left out where it is found out: then it follows from the input itself.
  for (const [name, value] of Object.entries(parseOptionsOf(spec.input)))
    if (value !== undefined) parts[`input ${name}`] = value;
  if (dataset !== null) Object.assign(parts, datasetParts(dataset));
  for (const [path, sha256] of Object.entries({ ...model.fileSha256, ...loaded.weightSha256 })) {
    parts[`model file ${path}`] = sha256;
  }
  return parts;
}

function datasetParts({ files, byteLength, headSha256, tailSha256 }: DatasetIdentity): Fingerprint {
  return {
    ...(files > 1 ? { 'input files': files } : {}),
    'input size': byteLength,
    'input start': headSha256,
    'input end': tailSha256,
  };
}

/** What of a fingerprint can be compared before the model is loaded. @throws JobError `JOB_MISMATCH` as `checkFingerprint`. */
export function checkDataset(jobId: string, before: Fingerprint, dataset: DatasetIdentity): void {
  const ofDataset = Object.entries(before).filter(([name]) => OF_DATASET.has(name));
  checkFingerprint(jobId, Object.fromEntries(ofDataset), datasetParts(dataset), false);
}

function finishParts(finish: Finish): Fingerprint {
  if (finish.kind === 'labels') {
    // Names in place of indices: a label that is renamed is another result.
    const labels = finish.labels?.map(unambiguous).join(',') ?? null;
    return { activation: finish.activation, 'top k': finish.topK, labels };
  }
  const { pooling, normalize, element, dimensions } = finish;
  return { pooling, normalize, precision: element, dimensions };
}

/** Nothing where long texts are truncated: that is what jobs did before there was a choice. */
function longParts(task: JobSpec['task']): Fingerprint {
  const { long, overlap } = longTextsOf(task);
  if (long === 'truncate') return {};
  // Vectors are pooled before they get the precision that was asked for.
  const precision =
    long === 'pool' && task.kind === 'embed' ? { precision: task.precision ?? 'float32' } : {};
  return { 'long texts': long, overlap, ...precision };
}

/**
 * The weights that a run asks for. What `auto` took when the job was begun stays: by now the directory may hold others, and
 * they give other numbers.
 * @param begun of a job that goes on; null for a new one
 */
export function begunDtype(asked: DtypeChoice, begun: Fingerprint | null): DtypeChoice {
  if (asked !== 'auto' || begun === null) return asked;
  return DTYPES.find((dtype) => dtype === begun['dtype']) ?? asked;
}

/** A column may have any name: one with a comma must not read like two. */
function unambiguous(column: string): string {
  return /[",]/.test(column) ? JSON.stringify(column) : column;
}

/** @throws JobError `JOB_MISMATCH` naming each thing that changed. */
export function checkFingerprint(
  jobId: string,
  before: Fingerprint,
  now: Fingerprint,
  withoutInput: boolean,
): void {
  const changes = compareFingerprints(before, now).filter(
    ({ name }) => !(withoutInput && OF_DATASET.has(name)),
  );
  if (changes.length === 0) return;
  const list = changes
    .map((change) => `${change.name} was ${change.before} and is now ${change.now}`)
    .join('; ');
  throw new JobError(
    'JOB_MISMATCH',
    `Job ${jobId} cannot go on, because its results would not fit together: ${list}.`,
    {
      hint: 'Put back what changed and resume, or start a new job: nothing was deleted.',
      details: { changed: changes.map((change) => change.name).join(', ') },
    },
  );
}
