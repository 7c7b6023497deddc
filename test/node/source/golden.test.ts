import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { JobError } from '../../../src/core/job-error.ts';
import { inputFormatOf } from '../../../src/core/input-format.ts';
import { IdIndex } from '../../../src/source/id-index.ts';
import type { ReadOptions } from '../../../src/source/read-options.ts';
import { optionsFor, rangeOf, readAll, summary } from './read-source.ts';

const folder = fileURLToPath(new URL('../../fixtures/source/', import.meta.url));
const inputs = readdirSync(folder).filter((name) => /\.(jsonl|csv|tsv|txt)$/.test(name));

type Golden = {
  readonly options: Partial<ReadOptions> & { readonly withIds?: boolean };
  readonly expected: unknown;
};

/** What a dataset gives: its rows and rejects, or the error that stops the job. */
async function outcome(
  name: string,
  { withIds, ...options }: Golden['options'],
  blockBytes: number,
): Promise<unknown> {
  const format = inputFormatOf({ path: name });
  const limits = { ...options.limits, blockBytes };
  const all = optionsFor(format, { ...options, limits, ...(withIds ? { ids: new IdIndex() } : {}) });
  try {
    return summary(await readAll(rangeOf(readFileSync(folder + name), name), all));
  } catch (thrown) {
    if (!(thrown instanceof JobError)) throw thrown;
    return { error: { code: thrown.code, message: thrown.message, hint: thrown.hint ?? null } };
  }
}

describe.each(inputs)('%s', (name) => {
  const golden = JSON.parse(
    readFileSync(`${folder}${name.replace(/\.\w+$/, '')}.expected.json`, 'utf8'),
  ) as Golden;

  it.each([1024 * 1024, 7, 1])('is read as expected in blocks of %i bytes', async (blockBytes) => {
    expect(await outcome(name, golden.options, blockBytes)).toEqual(golden.expected);
  });
});
