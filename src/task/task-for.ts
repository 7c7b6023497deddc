import type { Finish } from '../core/finish.ts';
import type { TaskKind } from '../core/job-spec.ts';
import type { ModelInfo } from '../core/model-info.ts';
import { classifyTask } from './classify.ts';
import { embedTask } from './embed.ts';
import type { Preparer, Task, TaskSpec } from './task.ts';

const TASKS: { readonly [Kind in TaskKind]: Task<Kind> } = { embed: embedTask, classify: classifyTask };

/** The task of that name. A new task is a file beside this one and a line above. */
export function taskFor<Kind extends TaskKind>(kind: Kind): Task<Kind> {
  return TASKS[kind];
}

/** What the device makes of the model's output for a task. @throws JobError `SPEC_INVALID`. */
export function finishFor<Kind extends TaskKind>(
  spec: TaskSpec<Kind> & { kind: Kind },
  model: ModelInfo,
): Finish {
  return TASKS[spec.kind].finish(spec, model);
}

/** What makes examples of a task's rows. @throws as `Task.createPreparer`. */
export function preparerFor<Kind extends TaskKind>(
  spec: TaskSpec<Kind> & { kind: Kind },
  model: ModelInfo,
): Preparer {
  return TASKS[spec.kind].createPreparer(model, spec);
}
