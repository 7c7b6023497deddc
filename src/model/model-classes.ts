import type { Activation } from '../core/finish.ts';
import { JobError } from '../core/job-error.ts';
import type { ModelClasses } from '../core/model-info.ts';
import { z } from '../core/zod.ts';
import type { ModelDirectory } from './model-directory.ts';

/** The parts of a `config.json` that say what a classifier's outputs mean; to other models' configs they are nothing. */
const classSchema = z.looseObject({
  id2label: z.record(z.string(), z.union([z.string(), z.number().transform(String)])).nullish(),
  label2id: z.record(z.string(), z.coerce.number()).nullish(),
  problem_type: z.string().nullish(),
});

const ACTIVATION_BY_PROBLEM: ReadonlyMap<string, Activation> = new Map([
  ['single_label_classification', 'softmax'],
  ['multi_label_classification', 'sigmoid'],
  ['regression', 'none'],
]);

/**
 * Labels and activation as the config gives them. Where it names no problem, a single label gets a sigmoid and several a
 * softmax. Source: transformers, `pipelines/text_classification.py`, `postprocess`.
 *
 * @throws JobError `MODEL_INVALID` for labels that are not numbered from 0 without a gap, `MODEL_UNSUPPORTED` for a problem
 *   that is not known.
 */
export function modelClasses(directory: ModelDirectory, config: object): ModelClasses {
  const parsed = classSchema.safeParse(config);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw directory.invalid('config.json', `${issue?.path.join('.')}: ${issue?.message}`);
  }
  const labels = labelsOf(directory, parsed.data);
  const problem = parsed.data.problem_type ?? null;
  const { name } = directory;
  if (problem === null) return { labels, activation: labels?.length === 1 ? 'sigmoid' : 'softmax' };
  const activation = ACTIVATION_BY_PROBLEM.get(problem);
  if (activation !== undefined) return { labels, activation };
  throw new JobError('MODEL_UNSUPPORTED', `${name}/config.json has the problem_type "${problem}".`, {
    hint: `Known are ${[...ACTIVATION_BY_PROBLEM.keys()].join(', ')}.`,
    details: { model: name, problem },
  });
}

function labelsOf(
  directory: ModelDirectory,
  { id2label, label2id }: z.infer<typeof classSchema>,
): readonly string[] | null {
  const pairs =
    id2label !== null && id2label !== undefined
      ? Object.entries(id2label).map(([id, label]) => [Number(id), label] as const)
      : Object.entries(label2id ?? {}).map(([label, id]) => [id, label] as const);
  if (pairs.length === 0) return null;
  const byId = new Map(pairs);
  const labels = pairs.map((_, id) => byId.get(id));
  const missing = labels.indexOf(undefined);
  if (missing < 0) return labels as readonly string[];
  throw directory.invalid(
    'config.json',
    `it names ${pairs.length} labels, but none with the number ${missing}`,
  );
}

/** What to say about labels that have no names. */
export function classNotes({ labels }: ModelClasses): readonly string[] {
  return labels === null
    ? ['config.json does not name the labels: they are LABEL_0, LABEL_1 and so on.']
    : [];
}
