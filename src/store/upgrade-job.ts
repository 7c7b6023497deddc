import type { IDBPObjectStore, IDBPTransaction, StoreNames } from 'idb';
import type { JobBatching } from '../core/batching.ts';
import type { JobSpec } from '../core/job-spec.ts';
import type { JobHeader, JobSchema, JobTotals } from './job-schema.ts';
import { sealed, sealHolds } from './seal.ts';

type Names = StoreNames<JobSchema>[];
type Upgrade = IDBPTransaction<JobSchema, Names, 'versionchange'>;
type MetaStore = IDBPObjectStore<JobSchema, Names, 'meta', 'versionchange'>;

/** Brings a job that an older layout stored to today's, so that it goes on and is exported as one of today. */
export async function upgradeJob(tx: Upgrade, oldVersion: number): Promise<void> {
  const meta = tx.objectStore('meta');
  if (oldVersion <= 1) await fromVersion1(tx);
  if (oldVersion <= 2) await fromVersion2(meta);
  if (oldVersion <= 3) await fromVersion3(meta);
  if (oldVersion <= 4) await fromVersion4(meta);
}

/**
 * Every row was run, and counts of rows that share a result are new. Windows were cut into batches by another rule: from the
 * first one on that is not complete, they are planned and run again.
 */
async function fromVersion1(tx: Upgrade): Promise<void> {
  const meta = tx.objectStore('meta');
  const header = (await meta.get('header')) as JobHeader | undefined;
  const totals = (await meta.get('totals')) as JobTotals | undefined;
  if (header === undefined || totals === undefined) return;
  const windows = await tx.objectStore('windows').getAll();
  const first = windows.find(({ complete }) => !complete)?.ordinal ?? windows.length;
  await tx.objectStore('windows').delete(IDBKeyRange.lowerBound(first));
  await tx.objectStore('results').delete(IDBKeyRange.lowerBound([first]));
  await meta.put({ ...totals, rowsCopied: 0, windows: first }, 'totals');
  const fingerprint = header.fingerprint === null ? null : { ...header.fingerprint, dedupe: false };
  await meta.put({ ...header, spec: { ...header.spec, dedupe: false }, fingerprint }, 'header');
}

/** How rows are batched was part of the fingerprint, and a spec that did not say it had no word for that. */
async function fromVersion2(meta: MetaStore): Promise<void> {
  const header = (await meta.get('header')) as JobHeader | undefined;
  if (header === undefined) return;
  const given: JobSpec['batchTokens'] | undefined = header.spec.batchTokens;
  const batchTokens = given ?? 'auto';
  const {
    'batch tokens': budgetTokens,
    'cost of a run': runCostTokens,
    ...fingerprint
  } = header.fingerprint ?? {};
  const batching: JobBatching | null =
    typeof budgetTokens === 'number' && typeof runCostTokens === 'number'
      ? { budgetTokens, runCostTokens, source: given === undefined ? 'default' : 'fixed', halved: 0 }
      : null;
  await meta.put(
    {
      ...header,
      spec: { ...header.spec, batchTokens },
      fingerprint: header.fingerprint === null ? null : { ...fingerprint, 'batch tokens': batchTokens },
      batching,
    },
    'header',
  );
}

/** Only fp32 weights were run. Checksums of small records are new; without them they are taken as they are. */
async function fromVersion3(meta: MetaStore): Promise<void> {
  const header = (await meta.get('header')) as JobHeader | undefined;
  if (header === undefined || header.fingerprint === null) return;
  const { fingerprint, spec } = header;
  await meta.put(
    {
      ...header,
      spec: { ...spec, model: { ...spec.model, dtype: 'fp32' } },
      fingerprint: { ...fingerprint, dtype: 'fp32' },
    },
    'header',
  );
}

/** Every result was a vector of 32-bit floats, of all dimensions that the model has. */
async function fromVersion4(meta: MetaStore): Promise<void> {
  const stored = (await meta.get('header')) as (JobHeader & { readonly dims?: number | null }) | undefined;
  // What is damaged stays so, to be told by its seal.
  if (stored === undefined || !sealHolds(stored)) return;
  const { dims = null, ...header } = stored;
  const output: JobHeader['output'] = dims === null ? null : { kind: 'vector', dims, element: 'float32' };
  const fingerprint =
    header.fingerprint === null ? null : { ...header.fingerprint, precision: 'float32', dimensions: null };
  await meta.put(sealed({ ...header, output, fingerprint }), 'header');
}
