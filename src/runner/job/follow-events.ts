import type { JobEvent } from '../../core/job-event.ts';
import type { Reporter } from '../reporters/reporter.ts';
import type { LiveFile } from '../state/live-file.ts';
import type { ManifestWriter } from '../state/manifest-writer.ts';

/**
 * Takes the page's events to the reporter, into the manifest, and to those who watch. `error` and `summary` are left out: the outcome of the
 * call says the same once more, and that is what is reported.
 */
export function followEvents(
  reporter: Reporter,
  writer: ManifestWriter,
  live: LiveFile,
): (event: JobEvent) => void {
  return (event) => {
    live.note(event);
    if (event.kind === 'progress') {
      const { rowsDone, rowsQuarantined, rowsTotal } = event.progress;
      writer.note({ rowsDone, rowsQuarantined, rowsTotal });
    }
    // It waits for room; the end of a run is written by whoever sees it.
    if (event.kind === 'state' && (event.state === 'paused' || event.state === 'running'))
      writer.note({ state: event.state });
    if (event.kind === 'resumed') writer.note({ rowsDone: event.rowsDone });
    if (event.kind !== 'error' && event.kind !== 'summary') reporter.report(event);
  };
}
