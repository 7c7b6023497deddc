import type { DeviceReport } from '../../../src/core/device-info.ts';

/** What a contender is told once. */
export type ContenderSetup = {
  /** The one that Millrace runs on. */
  readonly device: DeviceReport;
  /** Where its model directory is served, with a slash at the end. */
  readonly modelUrl: string;
  /** Paths in that directory. */
  readonly modelFiles: readonly string[];
  /** Most padded tokens a batch; null: what Millrace takes for this device. */
  readonly budgetTokens: number | null;
  readonly texts: readonly string[];
};

/** One measurement: rows and tokens (before padding) and the seconds that they took. */
export type Measured = {
  readonly rows: number;
  readonly tokens: number;
  readonly paddedTokens: number;
  readonly seconds: number;
  /** Tokens of the row that a token is in, on average over the tokens; 0 where it is not known. */
  readonly attended: number;
  /** Sum of all values, so that nobody can leave out the work, and a look at it shows a wrong contender. */
  readonly checksum: number;
};
