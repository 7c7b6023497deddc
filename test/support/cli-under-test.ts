import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { RunnerEvent } from '../../src/runner/reporters/runner-event.ts';
import { temporaryFolder } from './temporary-folder.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));

export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A command line that is running: its events as they come, and its end. */
export class RunningCli {
  readonly process: ChildProcess;
  readonly events: RunnerEvent[] = [];
  readonly finished: Promise<Finished>;
  #changed: () => void = () => undefined;

  constructor(process: ChildProcess) {
    this.process = process;
    let stdout = '';
    let stderr = '';
    process.stderr?.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    createInterface({ input: process.stdout! }).on('line', (line) => {
      stdout += `${line}\n`;
      if (line.startsWith('{"at"')) this.events.push(JSON.parse(line) as RunnerEvent);
      this.#changed();
    });
    this.finished = once(process, 'close').then(([code]: (number | null)[]) => {
      this.#changed();
      return { code: code ?? null, stdout, stderr };
    });
  }

  /** Waits for an event; fails when the process ends without it. */
  async until(matches: (event: RunnerEvent) => boolean): Promise<void> {
    while (!this.events.some(matches)) {
      const ended = await Promise.race([
        this.finished,
        new Promise<null>((resolve) => {
          this.#changed = () => resolve(null);
        }),
      ]);
      if (ended !== null && !this.events.some(matches))
        throw new Error(`ended without the event: ${JSON.stringify(ended)}`);
    }
  }
}

/** The built command line in a folder of its own, with a fake page beside it, as a package would have them. */
export class CliUnderTest {
  readonly folder: string;
  readonly stateDir: string;
  readonly profileDir: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.stateDir = join(folder, 'state');
    this.profileDir = join(this.stateDir, 'profile');
  }

  static async build(): Promise<CliUnderTest> {
    const folder = temporaryFolder();
    await build({
      configFile: join(repository, 'src/runner/vite.config.ts'),
      logLevel: 'error',
      build: { outDir: join(folder, 'dist/cli') },
    });
    cpSync(join(repository, 'test/support/fake-page'), join(folder, 'dist/app'), { recursive: true });
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
    mkdirSync(join(folder, 'model'));
    writeFileSync(join(folder, 'model/config.json'), '{}');
    return new CliUnderTest(folder);
  }

  start(...args: string[]): RunningCli {
    const env = { ...process.env, MILLRACE_STATE_DIR: this.stateDir };
    return new RunningCli(
      spawn(process.execPath, [join(this.folder, 'dist/cli/millrace.js'), ...args], {
        cwd: this.folder,
        env,
      }),
    );
  }

  run(...args: string[]): Promise<Finished> {
    return this.start(...args).finished;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Processes of the browser on this state directory's profile; the first is the browser itself. Linux only. */
  browserPids(): readonly number[] {
    return processesWith(`--user-data-dir=${this.profileDir}`);
  }
}

/**
 * Pids whose command line has these words: a browser's main process, which alone has no `--type`, before its others. The
 * lowest number says nothing: numbers begin anew once they have reached the highest.
 */
export function processesWith(words: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), line: commandLine(name) }))
    .filter(({ line }) => line.includes(words))
    .toSorted((a, b) => Number(a.line.includes(' --type=')) - Number(b.line.includes(' --type=')))
    .map(({ pid }) => pid);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // It ended meanwhile.
    return '';
  }
}
