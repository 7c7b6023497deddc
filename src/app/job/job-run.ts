import type { JobApi, RunRequest } from '../../core/job-api.ts';
import { toJobError } from '../../core/job-error.ts';
import type { JobEvent } from '../../core/job-event.ts';
import type { JobSpec } from '../../core/job-spec.ts';
import type { OutputFormat } from '../../core/output-format.ts';
import {
  clearExport,
  exportFolder,
  exportNames,
  openExports,
  removeExports,
} from '../files/exported-files.ts';
import type { HandleStore } from '../files/handle-store.ts';
import { toErrorView } from '../view/error-view.ts';
import { reduceRun, type RunAction, type RunView } from './run-view.ts';

/** What a job is to the page once it is set up. */
export type JobOnPage = {
  readonly id: string;
  readonly spec: JobSpec;
  /** How to run it; null for one that is computed and only has files to give. */
  readonly request: RunRequest | null;
};

/** Drives one job through the API and keeps its view: run, drain, resume, cancel, export. One call at a time. */
export class JobRun {
  readonly job: JobOnPage;
  readonly #api: JobApi;
  readonly #handles: HandleStore;
  readonly #onChange: (view: RunView) => void;
  #view: RunView;
  #running: Promise<void> = Promise.resolve();

  constructor(
    api: JobApi,
    handles: HandleStore,
    job: JobOnPage,
    view: RunView,
    onChange: (view: RunView) => void,
  ) {
    this.job = job;
    this.#api = api;
    this.#handles = handles;
    this.#onChange = onChange;
    this.#view = view;
  }

  get view(): RunView {
    return this.#view;
  }

  /** Runs the job to its end or to a pause, then exports it in the format of its spec. */
  start(format: OutputFormat): Promise<void> {
    return this.#run(false, format);
  }

  /** Goes on: with what the job's database holds, or anew if it never came to have one. */
  resume(format: OutputFormat): Promise<void> {
    return this.#run(true, format);
  }

  async pause(): Promise<void> {
    this.#apply({ kind: 'pausing' });
    await this.#try(() => this.#api.drain());
  }

  /** Drains, then deletes the job. @returns true when it is gone. */
  async cancel(): Promise<boolean> {
    this.#apply({ kind: 'cancelling' });
    await this.#try(() => this.#api.drain());
    await this.#running;
    return this.remove();
  }

  /** Deletes the job, its outputs and its file handles. @returns true when it is gone. */
  async remove(): Promise<boolean> {
    return this.#try(() => removeJob(this.#api, this.#handles, this.job.id));
  }

  async exportAs(format: OutputFormat): Promise<void> {
    const { id, spec } = this.job;
    const names = exportNames(spec, format);
    this.#apply({ kind: 'exporting', names });
    await this.#try(async () => {
      const { baseName, manifestSuffix, inFolder } = names;
      const target = { kind: 'opfs', folder: exportFolder(id), baseName, manifestSuffix } as const;
      const { rowsPerFile, csvGuard, compression } = spec.output;
      const choices = {
        rowsPerFile: inFolder ? rowsPerFile : undefined,
        csvGuard: format === 'csv' ? csvGuard : undefined,
        compression: format === 'parquet' ? compression : undefined,
      };
      await clearExport(id, names);
      const outcome = await this.#api.export({ jobId: id, format, target, choices }, this.#onEvent);
      const files = await openExports(
        id,
        outcome.files.map((suffix) => baseName + suffix),
      );
      this.#apply({ kind: 'exported', files });
    });
  }

  async #run(again: boolean, format: OutputFormat): Promise<void> {
    const { request } = this.job;
    if (request === null)
      throw new TypeError(`expected a job that can run, got the finished job ${this.job.id}`);
    // The call before this one may be about to return: its last event comes first.
    await this.#running;
    this.#apply({ kind: 'started' });
    this.#running = this.#runOnce(request, again).then(() => undefined);
    await this.#running;
    if (this.#view.phase === 'computed') await this.exportAs(format);
  }

  async #runOnce(request: RunRequest, again: boolean): Promise<void> {
    await this.#try(async () => {
      const resume = request.resume || (again && (await jobExists(this.#api, request.jobId)));
      const outcome = await this.#api.run({ ...request, resume }, this.#onEvent);
      // Exports of before are of other rows.
      if (request.retry !== undefined && outcome.kind === 'computed') await removeExports(request.jobId);
      this.#apply({ kind: 'outcome', outcome });
    });
  }

  readonly #onEvent = (event: JobEvent): void => this.#apply({ kind: 'event', event });

  #apply(action: RunAction): void {
    this.#view = reduceRun(this.#view, action);
    this.#onChange(this.#view);
  }

  async #try(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (thrown) {
      this.#apply({ kind: 'failed', error: toErrorView(thrown) });
      return false;
    }
  }
}

async function jobExists(api: JobApi, jobId: string): Promise<boolean> {
  const jobs = await api.list();
  return jobs.some(({ id }) => id === jobId);
}

/** Deletes a job with everything that the page keeps of it. */
export async function removeJob(api: JobApi, handles: HandleStore, jobId: string): Promise<void> {
  try {
    await api.remove(jobId);
  } catch (thrown) {
    // It failed before it came to have a database, or another tab was quicker.
    if (toJobError(thrown).code !== 'JOB_NOT_FOUND') throw thrown;
  }
  await removeExports(jobId);
  await handles.delete(jobId);
}
