import type { IDBPDatabase } from 'idb';
import type { StoredPage, StoredRecord } from '../core/stored-record.ts';
import { packBuffers, unpackBuffers } from '../util/pack-buffers.ts';
import type { JobDatabase } from './open-job-database.ts';

/** Records of some page sizes come together; one that is larger comes alone. */
const PAGE_BYTES = 4 << 20;

/** The records of a job's database behind `after`, whatever its stores are, a page at a time. */
export async function readStoredPage(
  db: JobDatabase,
  after: StoredPage['next'],
  pageBytes = PAGE_BYTES,
): Promise<StoredPage> {
  const stores = [...db.objectStoreNames].sort();
  const records: StoredRecord[] = [];
  let bytes = 0;
  for (const store of stores.slice(after === null ? 0 : stores.indexOf(after.store as never))) {
    const from = after?.store === store ? IDBKeyRange.lowerBound(after.key, true) : null;
    // A cursor may not wait for anything else, and nothing here does.
    let cursor = await untyped(db).transaction(store).store.openCursor(from);
    while (cursor !== null) {
      const record = { store, key: cursor.key, value: packBuffers(cursor.value) } as StoredRecord;
      records.push(record);
      bytes += JSON.stringify(record.value).length;
      if (bytes >= pageBytes) return { records, next: { store, key: record.key } };
      cursor = await cursor.continue();
    }
  }
  return { records, next: null };
}

/** Puts records into the database of a job that nobody else works on, flushed to the disk. */
export async function writeStoredRecords(db: JobDatabase, records: readonly StoredRecord[]): Promise<void> {
  if (records.length === 0) return;
  const names = [...new Set(records.map(({ store }) => store))];
  const tx = untyped(db).transaction(names, 'readwrite', { durability: 'strict' });
  await Promise.all([
    ...records.map(async ({ store: name, key, value }) => {
      const store = tx.objectStore(name);
      // A store with a key path takes the key from the value.
      await store.put(unpackBuffers(value), store.keyPath === null ? (key as IDBValidKey) : undefined);
    }),
    tx.done,
  ]);
}

/** The stores by name alone: what is moved need not be understood. */
function untyped(db: JobDatabase): IDBPDatabase {
  return db as unknown as IDBPDatabase;
}
