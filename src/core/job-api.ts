import type { DatasetRef } from './byte-range.ts';
import type { InputInspection, InspectRequest } from './input-inspection.ts';
import type { AdapterReport, DeviceReport } from './device-info.ts';
import type { ExportChoices } from './export-choices.ts';
import type { ExportTargetRef } from './export-target.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { JobEvent, JobState, JobSummary } from './job-event.ts';
import type { InputEncoding, InputFormat } from './input-format.ts';
import type { OutputFormat } from './output-format.ts';
import type { JobSpec, ParseOptions } from './job-spec.ts';
import type { ModelRef } from './model-info.ts';
import type { QuarantineRecord } from './quarantine.ts';
import type { RetryRound } from './retry-round.ts';
import type { StoredPage, StoredRecord } from './stored-record.ts';
import type { ResultOutput } from './result-output.ts';

/** Starts a new job or goes on with one. */
export type RunRequest = {
  readonly jobId: string;
  /** False: the job must be new. True: it must exist, and its fingerprint must match. */
  readonly resume: boolean;
  readonly spec: JobSpec;
  /** Null when a resume has no input at hand; enough if the job had read it to its end, else `INPUT_NEEDED`. */
  readonly input: DatasetRef | null;
  readonly model: ModelRef;
  /**
   * How far reading may run ahead of computing: `bounded` keeps a window of the input in the browser's storage,
   * `all` copies it there, so that a later resume does not need the file (for the page, which may lose it).
   */
  readonly ingestAhead: 'bounded' | 'all';
  /** Free bytes of the disk with the browser's storage, if the caller knows: the browser itself does not tell. */
  readonly diskBytes?: number;
  /** Rows that the caller knows the job had: a resume that finds a storage without any of it is refused, not begun anew. */
  readonly rowsKnown?: number;
  /**
   * Runs the rows in quarantine of a finished job again, with the parameters of `spec`, instead of the job. `goOn` takes up
   * a retry that was stopped, which must match; `begin` does so if it matches, and starts over if not.
   */
  readonly retry?: 'begin' | 'goOn';
};

export type RunOutcome =
  | { readonly kind: 'computed'; readonly summary: JobSummary }
  /** Drained: everything that was computed is committed. */
  | { readonly kind: 'paused'; readonly rowsDone: number };

export type ExportRequest = {
  readonly jobId: string;
  readonly format: OutputFormat;
  readonly target: ExportTargetRef;
  readonly choices?: ExportChoices;
};

export type ExportOutcome = {
  /** Rows with a result that were written; of a text that was split, one for each window. */
  readonly rows: number;
  /** Rows of the input that these are of. */
  readonly inputRows: number;
  readonly quarantined: number;
  /** Suffixes of the files written, the quarantine file included if there is one. */
  readonly files: readonly string[];
  /** Rows of each of these files. */
  readonly rowsByFile: Readonly<Record<string, number>>;
  /** What the user should know about them, a sentence each. */
  readonly notices: readonly string[];
  /** What the job's own database says of it. */
  readonly facts: ExportFacts;
};

/** Where the exported results come from. */
export type ExportFacts = {
  readonly fingerprint: Fingerprint | null;
  readonly output: ResultOutput;
  readonly device: DeviceReport | null;
  /** Its retries. */
  readonly rounds: readonly RetryRound[];
  /** Of all rows of the job: those that were cut or split, and the windows of all texts, 0 where none is split. */
  readonly longTexts: {
    readonly rowsTruncated: number;
    readonly rowsSplit: number;
    readonly windows: number;
  };
  /** Of all runs of the job, loading left out. */
  readonly compute: {
    readonly seconds: number;
    readonly rowsPerSecond: number;
    readonly tokensPerSecond: number;
  };
};

/** A job as the catalogue shows it. A view of the job's own database, rebuilt from it on start. */
export type JobRecord = {
  readonly id: string;
  readonly state: JobState;
  readonly spec: JobSpec;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly rowsDone: number;
  readonly rowsQuarantined: number;
  readonly rowsTotal: number | null;
  /** True when every row of the input is in the job's database (a resume does not need the file). */
  readonly inputComplete: boolean;
  readonly error: string | null;
  /** Retries that are stored, and whether the last one is not finished: it does not count yet. */
  readonly retries: number;
  readonly retryOpen: boolean;
};

/** Which rows of what to show before a job is started. */
export type PreviewRequest = {
  readonly input: DatasetRef;
  /** Null: by the first file's name. */
  readonly format: InputFormat | null;
  readonly parse: ParseOptions;
  readonly rows: number;
};

/** How a text file is read, as given or as found out; null where its format has no such thing. */
export type TextFacts = {
  readonly encoding: InputEncoding | null;
  readonly delimiter: string | null;
  readonly header: boolean | null;
};

/** A file of a dataset that reading has come to. */
export type OpenedFile = { readonly name: string; readonly format: InputFormat; readonly facts: TextFacts };

/** First rows of an input, as text for a preview. */
export type InputPreview = {
  readonly format: InputFormat;
  readonly facts: TextFacts;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly rejects: readonly QuarantineRecord[];
  readonly byteLength: number;
  readonly files: number;
};

export type DoctorCheck = {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'missing';
  readonly found: string;
  /** What to do about it; null when it is fine. */
  readonly advice: string | null;
};

export type DoctorReport = {
  readonly checks: readonly DoctorCheck[];
  readonly adapter: AdapterReport | null;
  readonly auto: DeviceReport;
};

/** What the job worker offers, to the page and, through the page, to the command line. Errors are JobErrors. */
export interface JobApi {
  run(request: RunRequest, onEvent: (event: JobEvent) => void): Promise<RunOutcome>;
  /** Finishes what is in flight, commits, and lets `run` return `paused`. */
  drain(): Promise<void>;
  export(request: ExportRequest, onEvent: (event: JobEvent) => void): Promise<ExportOutcome>;
  /** The first rows. Like `inspect` and `run`, it ends an `inspect` or `preview` that is under way, with `ABORTED`. */
  preview(request: PreviewRequest): Promise<InputPreview>;
  /** Looks at a sample of an input, and at how long its texts are for a model. */
  inspect(request: InspectRequest): Promise<InputInspection>;
  /** Every job that this origin's storage holds, newest first; counts rebuilt from the jobs' own databases. */
  list(): Promise<readonly JobRecord[]>;
  /** Deletes a job and all that it stored. */
  remove(jobId: string): Promise<void>;
  /** A page of all that is stored of a job, to be moved to another profile. @throws JobError `JOB_NOT_FOUND`, `STATE_BUSY`. */
  readStored(jobId: string, after: StoredPage['next']): Promise<StoredPage>;
  /** Stores such a page; with the `last` one the job is there. */
  writeStored(jobId: string, records: readonly StoredRecord[], last: boolean): Promise<void>;
  doctor(): Promise<DoctorReport>;
}

/**
 * What the page offers to the command line, as `globalThis.millrace`: the same JobApi, with events sent through the
 * binding `millraceEvent` (JSON text of one JobEvent a call) and errors as data, because an error loses its code on the way to Playwright.
 */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly error: {
        readonly code: string;
        readonly message: string;
        readonly hint: string | null;
        readonly details: Readonly<Record<string, string | number | boolean | null>>;
      };
    };

export interface PageApi {
  run(request: RunRequest): Promise<Outcome<RunOutcome>>;
  drain(): Promise<Outcome<null>>;
  export(request: ExportRequest): Promise<Outcome<ExportOutcome>>;
  list(): Promise<Outcome<readonly JobRecord[]>>;
  remove(jobId: string): Promise<Outcome<null>>;
  readStored(jobId: string, after: StoredPage['next']): Promise<Outcome<StoredPage>>;
  writeStored(jobId: string, records: readonly StoredRecord[], last: boolean): Promise<Outcome<null>>;
  doctor(): Promise<Outcome<DoctorReport>>;
  inspect(request: InspectRequest): Promise<Outcome<InputInspection>>;
}

/** Name of the binding that the command line gives to the page, and of the object that the page gives to it. */
export const EVENT_BINDING = 'millraceEvent';
export const PAGE_OBJECT = 'millrace';
