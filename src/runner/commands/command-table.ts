import type { Command } from './command.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { exportCommand } from './export.ts';
import { inspectCommand } from './inspect.ts';
import { installBrowserCommand } from './install-browser.ts';
import { jobsCommand } from './jobs.ts';
import { resumeCommand } from './resume.ts';
import { retryCommand } from './retry.ts';
import { rmCommand } from './rm.ts';
import { runCommand } from './run.ts';
import { serveCommand } from './serve.ts';
import { wipeCommand } from './wipe.ts';
import { watchCommand } from './watch.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  runCommand,
  resumeCommand,
  retryCommand,
  inspectCommand,
  jobsCommand,
  watchCommand,
  exportCommand,
  rmCommand,
  wipeCommand,
  demoCommand,
  doctorCommand,
  installBrowserCommand,
  serveCommand,
];
