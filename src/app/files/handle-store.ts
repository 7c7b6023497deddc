/** What a job was started from, as far as the browser can find it again. */
export type JobHandles = {
  /** Of the folder, or of each file; none when the browser gave only files. */
  readonly input: readonly FileSystemHandle[];
  readonly model: FileSystemDirectoryHandle | null;
};

/** Earlier versions stored the handle itself, or null. */
type Stored = Omit<JobHandles, 'input'> & {
  readonly input: readonly FileSystemHandle[] | FileSystemHandle | null;
};

const DATABASE = 'millrace-handles';
const STORE = 'handles';

/** File handles by job id, so that going on with a job need not ask for its files again. The page's own small database. */
export interface HandleStore {
  get(jobId: string): Promise<JobHandles | null>;
  put(jobId: string, handles: JobHandles): Promise<void>;
  delete(jobId: string): Promise<void>;
}

export function openHandleStore(): HandleStore {
  return {
    get: async (jobId) => {
      const stored = (await inStore('readonly', (store) => store.get(jobId))) as Stored | undefined;
      return stored === undefined ? null : { ...stored, input: [stored.input ?? []].flat() };
    },
    put: async (jobId, handles) => void (await inStore('readwrite', (store) => store.put(handles, jobId))),
    delete: async (jobId) => void (await inStore('readwrite', (store) => store.delete(jobId))),
  };
}

async function inStore(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest,
): Promise<unknown> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = (await settled(opening)) as IDBDatabase;
  try {
    const transaction = database.transaction(STORE, mode);
    const committed = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const request = act(transaction.objectStore(STORE));
    await committed;
    return request.result;
  } finally {
    database.close();
  }
}

function settled(request: IDBRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
