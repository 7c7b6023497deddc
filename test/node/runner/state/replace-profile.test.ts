import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  beginProfile,
  finishReplacing,
  nextProfileIn,
  replaceProfile,
} from '../../../../src/runner/state/replace-profile.ts';
import { profileDirIn } from '../../../../src/runner/state/state-dir.ts';
import { withStateLock } from '../../../../src/runner/state/with-state-lock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const root = temporaryFolder();
let count = 0;

/** A state folder with these profiles in it, each with its own name written inside. */
function stateWith(...profiles: readonly string[]): string {
  const folder = join(root, String(count++));
  mkdirSync(folder);
  for (const name of profiles) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'file'), name);
  }
  return folder;
}
const present = (stateDir: string) => readFileSync(join(profileDirIn(stateDir), 'file'), 'utf8');

test('the next profile takes the place of the present one, of which nothing is left', async () => {
  const stateDir = stateWith('profile', 'profile.next');
  await replaceProfile(stateDir);
  expect(present(stateDir)).toBe('profile.next');
  expect(readdirSync(stateDir)).toEqual(['profile']);
});

test('a next profile begins empty, whatever an earlier one left there', async () => {
  const stateDir = stateWith('profile', 'profile.next');
  expect(readdirSync(await beginProfile(stateDir))).toEqual([]);
  expect(existsSync(nextProfileIn(stateDir))).toBe(true);
});

test.each([
  ['while jobs were moved', ['profile', 'profile.next'], 'profile'],
  ['between the two renames', ['profile.old', 'profile.next'], 'profile.next'],
  ['while the old one was deleted', ['profile', 'profile.old'], 'profile'],
  ['never', ['profile'], 'profile'],
])('cut short %s, it is brought to its end by whoever has the state next', async (_when, found, expected) => {
  const stateDir = stateWith(...found);
  await withStateLock(stateDir, 'jobs', async () => {
    expect(present(stateDir)).toBe(expected);
    expect(readdirSync(stateDir).filter((name) => name.startsWith('profile'))).toEqual(['profile']);
  });
  await finishReplacing(stateDir);
  expect(present(stateDir)).toBe(expected);
});
