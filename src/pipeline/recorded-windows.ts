import { ExampleIndex } from '../batch/example-index.ts';
import { readExamples } from '../store/example-store.ts';
import type { StoredWindow } from '../store/job-schema.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { eachWindow } from '../store/result-store.ts';
import type { RecordedWindows } from './prepare-windows.ts';

/**
 * The windows that earlier runs recorded, and the examples that they were the first to have.
 * @param dedupe whether the latter are wanted; they are null otherwise
 * @throws JobError `STORE_CORRUPT`
 */
export async function readRecordedWindows(
  db: JobDatabase,
  dedupe: boolean,
): Promise<{ readonly recorded: RecordedWindows; readonly known: ExampleIndex | null }> {
  const recorded = new Map<number, StoredWindow | 'complete'>();
  const known = dedupe ? new ExampleIndex() : null;
  for await (const window of eachWindow(db)) {
    const { ordinal, complete, newExamples = 0 } = window;
    recorded.set(ordinal, complete ? 'complete' : window);
    if (newExamples > 0) known?.add(ordinal, await readExamples(db, ordinal, newExamples));
  }
  return { recorded, known };
}
