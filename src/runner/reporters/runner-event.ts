import type { OfflineProof } from '../offline/offline-watch.ts';
import type { JobEvent } from '../../core/job-event.ts';

/** What the command line adds to the job's own events. */
export type RunnerEvent =
  | JobEvent
  | {
      readonly kind: 'job';
      readonly id: string;
      readonly resumed: boolean;
      readonly input: string;
      readonly model: string;
      readonly output: string;
      readonly stateDir: string;
      readonly browser: string;
    }
  /** The output is complete under its final names; the first file is the main one. */
  | {
      readonly kind: 'output';
      readonly jobId: string;
      readonly files: readonly string[];
      readonly rows: number;
      /** Rows of the input that these are of: fewer where texts were split. */
      readonly inputRows: number;
      readonly rowsQuarantined: number;
      readonly seconds: number;
      /** When it was asked for. */
      readonly offline?: OfflineProof;
    }
  /** A drain was asked for. */
  | { readonly kind: 'stopping' }
  /** Stopped by the user; `resume` is the command that goes on. */
  | { readonly kind: 'stopped'; readonly jobId: string; readonly resume: string };

export type OutputEvent = Extract<RunnerEvent, { kind: 'output' }>;
