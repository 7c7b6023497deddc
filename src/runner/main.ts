#!/usr/bin/env node
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';
import type { TextOutput } from './commands/command.ts';
import { runCli } from './run-cli.ts';

// The bundle is dist/cli/millrace.js; the page is built beside it.
const appDir = fileURLToPath(new URL('../app/', import.meta.url));
const output = (stream: NodeJS.WriteStream & { readonly fd: number }): TextOutput => {
  const isTTY = isatty(stream.fd);
  // Whoever read the output may leave (`millrace run … | head`); the job goes on all the same.
  stream.on('error', () => undefined);
  return {
    write: (text) => void stream.write(text),
    isTTY,
    get columns() {
      return isTTY ? stream.columns : null;
    },
  };
};

process.exitCode = await runCli(process.argv.slice(2), {
  appDir,
  cwd: process.cwd(),
  env: process.env,
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  stdin: process.stdin,
});
