import { NAUGHTY_STRINGS } from '../../support/naughty-strings.ts';
import { randomResults, type Results } from './random-results.ts';

/** A row for each of the Big List of Naughty Strings: as the id, as a value, and in JSON. */
export function naughtyResults(): Results {
  const results = randomResults(7, NAUGHTY_STRINGS.length, 3);
  const kept = {
    ...results.kept,
    id: NAUGHTY_STRINGS.map((text) => JSON.stringify(text)),
    'text with "quotes", ünïcode.and.dots': NAUGHTY_STRINGS.map((text) => JSON.stringify(text)),
    mixed: NAUGHTY_STRINGS.map((text) => JSON.stringify({ [text]: [text] })),
  };
  return { ...results, kept };
}
