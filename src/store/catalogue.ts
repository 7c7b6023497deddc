import { Dexie, liveQuery, type EntityTable } from 'dexie';
import type { JobRecord } from '../core/job-api.ts';

/** The token budget that suits a model on a device. */
export type RememberedBudget = {
  /** Names the model's weights and the device. */
  readonly key: string;
  readonly budgetTokens: number;
  readonly runCostTokens: number;
  /** Tokens that the search might run, where it had to stop for that; null where larger budgets are known to be no better. */
  readonly allowanceTokens: number | null;
};

/** What every tab may look at. Its jobs are a view of their own databases, which are the truth. */
class Catalogue extends Dexie {
  readonly jobs!: EntityTable<JobRecord, 'id'>;
  readonly budgets!: EntityTable<RememberedBudget, 'key'>;

  constructor() {
    super('millrace');
    this.version(1).stores({ jobs: 'id, createdAt' });
    this.version(2).stores({ budgets: 'key' });
  }
}

const catalogue = new Catalogue();

export async function putJobRecord(record: JobRecord): Promise<void> {
  await catalogue.jobs.put(record);
}

export async function removeJobRecord(jobId: string): Promise<void> {
  await catalogue.jobs.delete(jobId);
}

/** Makes the catalogue hold these jobs and no others. */
export async function replaceJobRecords(records: readonly JobRecord[]): Promise<void> {
  await catalogue.transaction('rw', catalogue.jobs, async () => {
    await catalogue.jobs.clear();
    await catalogue.jobs.bulkPut([...records]);
  });
}

/**
 * Calls back with every job, newest first, now and after each change, whichever tab or worker made it.
 * @returns ends it
 */
export function watchJobRecords(onJobs: (records: readonly JobRecord[]) => void): () => void {
  const subscription = liveQuery(() => catalogue.jobs.orderBy('createdAt').reverse().toArray()).subscribe(
    onJobs,
  );
  return () => subscription.unsubscribe();
}

/** Null when none is remembered. */
export async function budgetOf(key: string): Promise<RememberedBudget | null> {
  return (await catalogue.budgets.get(key)) ?? null;
}

/** Replaces what was remembered for the key. */
export async function rememberBudget(budget: RememberedBudget): Promise<void> {
  await catalogue.budgets.put(budget);
}
