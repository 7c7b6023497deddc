import type { OutputFiles } from './output-files.ts';
import type { ServedFile } from './served-file.ts';

/** The files of the user that the page may reach through `/io/`, and nothing else. Set before a job starts. */
export type IoFiles = {
  /** By number: `/io/input/N`. */
  readonly input: readonly ServedFile[];
  /** By number: `/io/model/N`. */
  readonly model: readonly ServedFile[];
  readonly output: OutputFiles | null;
};

export const NO_IO_FILES: IoFiles = { input: [], model: [], output: null };

export const INPUT_PATH = '/io/input/';
export const MODEL_PATH = '/io/model/';
export const OUTPUT_PATH = '/io/output';

/** Header with the run's secret, which every request to `/io/` must carry. */
export const TOKEN_HEADER = 'x-millrace-token';
