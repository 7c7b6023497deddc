import type { Command } from '../commands/command.ts';

const EXIT_CODES = `Exit codes:
  0    complete (rows in quarantine, if any, are counted in the summary)
  1    failed for a reason that may pass: run \`millrace resume\`
  2    do not retry: the command line, input, model or state must change first
  3    more rows in quarantine than --max-quarantine allows; everything computed is kept
  130  stopped by Ctrl+C or SIGTERM; everything computed is kept: run \`millrace resume\``;

/** Help of one command: usage, options, examples, exit codes. */
export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).map(([name, spec]) => ({
    flag: spec.type === 'boolean' ? `--${name}` : `--${name} ${spec.value ?? 'VALUE'}`,
    help: spec.help,
  }));
  options.push({ flag: '--help', help: 'this text' });
  const width = Math.max(...options.map((option) => option.flag.length));
  return [
    command.summary,
    '',
    'Usage:',
    ...command.usage.map((line) => `  millrace ${line}`),
    ...(command.notes === undefined ? [] : ['', ...command.notes]),
    '',
    'Options:',
    ...options.map((option) => `  ${option.flag.padEnd(width)}  ${option.help}`),
    '',
    'Examples:',
    ...command.examples.map((line) => `  ${line}`),
    '',
    EXIT_CODES,
    '',
  ].join('\n');
}

/** Help of the program: every command in a line. */
export function programHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    'Offline batch inference in Chrome, on the GPU of this machine. Nothing leaves it.',
    '',
    'Usage: millrace COMMAND [options]',
    '',
    'Commands:',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'Options:',
    '  --help     this text; `millrace COMMAND --help` for one command',
    '  --version  the version of millrace',
    '',
    'Examples:',
    '  millrace demo',
    '  millrace run docs.jsonl --model demo --text-column text --out vectors.parquet',
    '  millrace resume',
    '',
    EXIT_CODES,
    '',
  ].join('\n');
}
