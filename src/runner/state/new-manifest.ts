import type { JobSpec } from '../../core/job-spec.ts';
import type { JobManifest } from './job-manifest.ts';

/** The manifest of a job that has not begun. */
export function newManifest(id: string, spec: JobSpec, demo: boolean, now: Date = new Date()): JobManifest {
  const at = now.toISOString();
  return {
    version: 1,
    id,
    state: 'new',
    spec,
    demo,
    createdAt: at,
    updatedAt: at,
    rowsDone: 0,
    rowsQuarantined: 0,
    rowsTotal: null,
    browserVersion: null,
    outputFiles: [],
    publishing: [],
    summary: null,
    offline: null,
    retry: null,
    error: null,
  };
}
