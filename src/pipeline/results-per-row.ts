import type { JobSpec } from '../core/job-spec.ts';
import { longTextsOf } from '../core/long-texts.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { readChunk } from './prepare-windows.ts';
import type { PreparePool } from './prepare-pool.ts';

/**
 * Results that a row of a job has on average, by the first chunk that is still to be computed: 1, but where texts are split into
 * windows, each with a result that is stored.
 */
export async function resultsPerRow(
  db: JobDatabase,
  pool: PreparePool,
  task: JobSpec['task'],
): Promise<number> {
  if (longTextsOf(task).long === 'truncate') return 1;
  const [chunk] = await db.getAllKeys('chunks', null, 1);
  if (chunk === undefined) return 1;
  const parts = await pool.prepare(() => readChunk(db, chunk), chunk);
  const results = parts.reduce((sum, { rows }) => sum + rows.length, 0);
  const rows = new Set(parts.flatMap((part) => [...part.rows])).size;
  return rows === 0 ? 1 : results / rows;
}
