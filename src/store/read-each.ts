import type { StoreKey, StoreNames, StoreValue } from 'idb';
import type { JobSchema } from './job-schema.ts';
import type { JobDatabase } from './open-job-database.ts';

/**
 * Every record of a range, and the keys of those that the browser cannot read. Chromium keeps large values in files of
 * their own (LevelDB); one that a power cut took makes `getAll` fail as a whole with "Failed to read large IndexedDB value".
 */
export async function readEach<Name extends StoreNames<JobSchema>>(
  db: JobDatabase,
  name: Name,
  range: IDBKeyRange,
): Promise<{
  readonly values: StoreValue<JobSchema, Name>[];
  readonly unreadable: StoreKey<JobSchema, Name>[];
}> {
  try {
    return { values: await db.getAll(name, range), unreadable: [] };
  } catch {
    const values: StoreValue<JobSchema, Name>[] = [];
    const unreadable: StoreKey<JobSchema, Name>[] = [];
    // Fails where it is not a single value that cannot be read.
    for (const key of await db.getAllKeys(name, range)) {
      const value = await db.get(name, key).catch(() => null);
      if (value === null || value === undefined) unreadable.push(key);
      else values.push(value);
    }
    return { values, unreadable };
  }
}
