import type { OptionTable } from './option-table.ts';

/** Options that several commands share, so that they read the same everywhere. */
export const stateOptions = {
  'state-dir': {
    type: 'string',
    value: 'DIR',
    help: 'where jobs are kept between runs (default: the platform’s state folder)',
  },
} as const satisfies OptionTable;

export const browserOptions = {
  browser: {
    type: 'string',
    value: 'PATH',
    help: 'the Chrome, Chromium or Edge to use (default: MILLRACE_BROWSER, else one that is found)',
  },
} as const satisfies OptionTable;

export const offlineOptions = {
  'prove-offline': {
    type: 'boolean',
    help: 'Linux: run where only loopback exists, and fail if anything tries to reach more',
  },
} as const satisfies OptionTable;

export const reportOptions = {
  json: { type: 'boolean', help: 'one JSON event a line on stdout, for machines' },
  quiet: { type: 'boolean', help: 'no progress and no summary; warnings and errors only' },
} as const satisfies OptionTable;
