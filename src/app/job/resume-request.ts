import type { JobRecord, RunRequest } from '../../core/job-api.ts';
import type { ModelRef } from '../../core/model-info.ts';
import { demoModel, DEMO_MODEL } from '../files/demo-model.ts';
import { canRead } from '../files/file-system-access.ts';
import type { HandleStore } from '../files/handle-store.ts';
import { inputFromHandles, inputRef, type PickedInput } from '../files/input-file.ts';
import { modelFromHandle, type PickedModel } from '../files/model-folder.ts';

/** What the user gave by hand to go on with a job, so far. */
export type GivenAgain = { readonly input: PickedInput | null; readonly model: PickedModel | null };

/** What a job is to do: come to its end, or run the rows again that it set aside. */
export type GoOn = 'resume' | 'retry';

export type ResumePlan =
  | { readonly kind: 'ready'; readonly request: RunRequest }
  /** The page cannot find these by itself: it must ask. */
  | { readonly kind: 'needs'; readonly goOn: GoOn; readonly input: boolean; readonly model: boolean };

/**
 * Finds what a job needs to go on: from the job's own storage, from the handles stored at its start, from what was given
 * again. Must run in the wake of a click, because the browser may have to ask for permission.
 */
export async function planResume(
  record: JobRecord,
  handles: HandleStore,
  given: GivenAgain,
  baseUrl: string,
  goOn: GoOn = 'resume',
): Promise<ResumePlan> {
  const readsInput = goOn === 'retry' || !record.inputComplete || asksForInput(record);
  const stored = await handles.get(record.id);
  const input = readsInput ? await findInput(stored?.input ?? [], given.input) : null;
  const model = await findModel(record, stored?.model ?? null, given.model, baseUrl);
  const needsInput = input === null && readsInput;
  if (needsInput || model === null) return { kind: 'needs', goOn, input: needsInput, model: model === null };
  const newHandles = { input: given.input?.handles ?? [], model: given.model?.handle ?? null };
  if (newHandles.input.length > 0 || newHandles.model !== null) {
    await handles.put(record.id, {
      input: newHandles.input.length > 0 ? newHandles.input : (stored?.input ?? []),
      model: newHandles.model ?? stored?.model ?? null,
    });
  }
  return {
    kind: 'ready',
    request: {
      jobId: record.id,
      resume: true,
      spec: record.spec,
      input: input === null ? null : inputRef(input),
      model,
      ingestAhead: 'all',
      rowsKnown: record.rowsDone,
      ...(goOn === 'retry' ? { retry: 'begin' } : {}),
    },
  };
}

/** True when the last run stopped because stored columns were damaged, which are read from the file again. */
function asksForInput({ error }: JobRecord): boolean {
  return error?.startsWith('INPUT_NEEDED') === true;
}

async function findInput(
  handles: readonly FileSystemHandle[],
  given: PickedInput | null,
): Promise<PickedInput | null> {
  if (given !== null) return given;
  if (handles.length === 0) return null;
  // One after the other: the browser asks for one permission at a time.
  for (const handle of handles) if (!(await canRead(handle))) return null;
  // A file may have been moved or deleted since: then it is asked for.
  return inputFromHandles(handles).catch(() => null);
}

async function findModel(
  record: JobRecord,
  handle: FileSystemDirectoryHandle | null,
  given: PickedModel | null,
  baseUrl: string,
): Promise<ModelRef | null> {
  if (record.spec.model.path === DEMO_MODEL) return demoModel(baseUrl);
  if (given !== null) return given.ref;
  if (handle === null || !(await canRead(handle))) return null;
  return modelFromHandle(handle).then(
    ({ ref }) => ref,
    () => null,
  );
}
