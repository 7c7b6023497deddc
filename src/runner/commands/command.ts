import type { Readable } from 'node:stream';
import type { ExitCode } from '../../core/exit-code.ts';
import type { OptionTable } from '../args/option-table.ts';
import type { Environment } from '../state/state-dir.ts';

/** A stream of the terminal, or what stands for it in a test. */
export interface TextOutput {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Width of the terminal; null where there is none. */
  readonly columns: number | null;
}

/** What a command gets from its surroundings, so that it can run in a test as well. */
export type CliContext = {
  /** The built page: a folder with `index.html`. */
  readonly appDir: string;
  readonly cwd: string;
  readonly env: Environment;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Left out where a command cannot be given any. */
  readonly stdin?: Readable & { readonly isTTY?: boolean };
};

export type Command = {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  readonly usage: readonly string[];
  /** Lines between usage and options: what is worth knowing before the first use. */
  readonly notes?: readonly string[];
  readonly options: OptionTable;
  readonly examples: readonly string[];
  /** @throws JobError; the caller prints it and takes the exit code from its code. */
  run(args: readonly string[], context: CliContext): Promise<ExitCode>;
};
