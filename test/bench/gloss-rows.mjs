// @ts-check
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readGlosses } from '../fixtures/bert/read-glosses.mjs';

/** Prime, and no factor of the number of glosses: any stretch of rows is a fair sample of all of them. */
const STEP = 7919;

/**
 * Text of row `row` of an input of any size. The first round has each gloss of WordNet once; in round n a row is the first
 * half of its gloss and the second half of another one, each time of another: real words, the same lengths in every round,
 * and no two rows alike, so that computing equal rows once (`--dedupe`) saves next to nothing, as in data without copies.
 *
 * @param {readonly string[]} glosses
 * @param {number} row
 */
export function glossRow(glosses, row) {
  const count = glosses.length;
  const round = Math.floor(row / count);
  const place = (row * STEP) % count;
  const head = /** @type {string} */ (glosses[place]);
  if (round === 0) return head;
  const tail = /** @type {string} */ (glosses[(place + round * 4801) % count]);
  return `${head.slice(0, halfOf(head))}${tail.slice(halfOf(tail))}`;
}

/** Where the word in the middle begins, its space included. @param {string} text */
function halfOf(text) {
  const space = text.indexOf(' ', text.length / 2);
  return space < 0 ? text.length : space;
}

/** Writes so many rows of `id` and `text` as JSONL. @param {string} path @param {number} count */
export async function writeGlossRows(path, count) {
  const glosses = await readGlosses();
  const file = createWriteStream(path);
  for (let row = 0; row < count; row++) {
    const line = `${JSON.stringify({ id: row, text: glossRow(glosses, row) })}\n`;
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}
