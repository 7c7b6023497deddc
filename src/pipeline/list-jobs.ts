import type { JobRecord } from '../core/job-api.ts';
import { toJobError } from '../core/job-error.ts';
import { replaceJobRecords } from '../store/catalogue.ts';
import { readJobManifests } from '../store/job-manifest.ts';
import { readJobMeta } from '../store/job-meta.ts';
import { listJobIds, openJobDatabase } from '../store/open-job-database.ts';
import { rowsDone } from './compute-job.ts';
import { readRounds, rowsQuarantined } from './retry-rounds.ts';

const STATE_LOST =
  'STATE_LOST: what this job had stored is gone. Another browser version or a storage clean-up emptied it; delete the job and run it again.';

/** Every job of this origin, newest first, from the jobs' own databases; brings the catalogue in line. */
export async function listJobs(): Promise<readonly JobRecord[]> {
  const records = new Map<string, JobRecord>();
  const errors = new Map<string, string>();
  for (const id of await listJobIds()) {
    try {
      const record = await readJobRecord(id);
      if (record !== null) records.set(id, record);
    } catch (thrown) {
      // One job that cannot be opened must not hide the others.
      const { code, message } = toJobError(thrown);
      errors.set(id, `${code}: ${message}`);
    }
  }
  for (const manifest of await readJobManifests()) {
    if (records.has(manifest.id)) continue;
    records.set(manifest.id, {
      id: manifest.id,
      state: 'failed',
      spec: manifest.spec,
      createdAt: manifest.createdAt,
      updatedAt: manifest.createdAt,
      rowsDone: 0,
      rowsQuarantined: 0,
      rowsTotal: null,
      inputComplete: false,
      error: errors.get(manifest.id) ?? STATE_LOST,
      retries: 0,
      retryOpen: false,
    });
  }
  const list = [...records.values()].sort((a, b) => b.createdAt - a.createdAt);
  await replaceJobRecords(list);
  return list;
}

/** Null for a job that is not there, or was stopped before anything was recorded. */
export async function readJobRecord(jobId: string): Promise<JobRecord | null> {
  // Opening would make it.
  if (!(await listJobIds()).includes(jobId)) return null;
  const db = await openJobDatabase(jobId);
  try {
    const meta = await readJobMeta(db);
    if (meta === null) return null;
    const { header, ingest, totals } = meta;
    const rounds = await readRounds(jobId);
    return {
      id: header.id,
      state: header.state,
      spec: header.spec,
      createdAt: header.createdAt,
      updatedAt: header.updatedAt,
      rowsDone: rowsDone(totals, ingest.rejects),
      rowsQuarantined: rowsQuarantined(rounds),
      rowsTotal: ingest.complete ? ingest.rows : null,
      inputComplete: ingest.complete,
      error: header.error,
      retries: rounds.finished.length + rounds.open.length,
      retryOpen: rounds.open.length > 0,
    };
  } finally {
    db.close();
  }
}
