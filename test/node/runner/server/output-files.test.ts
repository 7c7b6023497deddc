import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { WrittenFile } from '../../../../src/core/output-manifest.ts';
import { outputNames } from '../../../../src/runner/job/output-names.ts';
import { mendFolder } from '../../../../src/runner/server/output-folder.ts';
import { OutputFiles } from '../../../../src/runner/server/output-files.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const folder = temporaryFolder();
const manifest = () => '{}\n';
const bytes = async function* (...pieces: string[]) {
  for (const piece of pieces) yield Buffer.from(piece);
};

test('the main file gets exactly the name that was asked for, the others the base and their suffix', () => {
  const names = outputNames('/out/my.vectors.bin', 'npy', false);
  expect(names.pathFor('.npy')).toBe('/out/my.vectors.bin');
  expect(names.pathFor('.ids.jsonl')).toBe('/out/my.vectors.ids.jsonl');
  expect(outputNames('/out/v', 'parquet', false).pathFor('.quarantine.jsonl')).toBe(
    '/out/v.quarantine.jsonl',
  );
});

test('a quarantine file of an earlier run does not stay beside an output that has none', async () => {
  writeFileSync(join(folder, 'a.quarantine.jsonl'), 'old');
  const output = new OutputFiles(outputNames(join(folder, 'a.parquet'), 'parquet', false));
  await output.append('.parquet', 0, bytes('new'));
  await output.finish('.parquet');
  expect(existsSync(join(folder, 'a.quarantine.jsonl'))).toBe(true);
  await output.publish(['.parquet'], manifest);
  expect(existsSync(join(folder, 'a.quarantine.jsonl'))).toBe(false);
});

test('a request that breaks off half-way leaves the file as it was before it', async () => {
  const output = new OutputFiles(outputNames(join(folder, 'b.jsonl'), 'jsonl', false));
  await output.append('.jsonl', 0, bytes('first'));
  const broken = (async function* () {
    yield Buffer.from('half');
    throw new Error('connection lost');
  })();
  await expect(output.append('.jsonl', 5, broken)).rejects.toThrow('connection lost');
  await output.append('.jsonl', 5, bytes('-second'));
  await output.finish('.jsonl');
  await output.publish(['.jsonl'], manifest);
  expect(readFileSync(join(folder, 'b.jsonl'), 'utf8')).toBe('first-second');
});

test('discarding all leaves nothing and touches no finished output of before', async () => {
  writeFileSync(join(folder, 'c.parquet'), 'kept');
  const output = new OutputFiles(outputNames(join(folder, 'c.parquet'), 'parquet', false));
  await output.append('.parquet', 0, bytes('x'));
  await output.append('.quarantine.jsonl', 0, bytes('y'));
  await output.finish('.quarantine.jsonl');
  await output.discardAll();
  expect(readdirSync(folder).filter((name) => name.startsWith('c.'))).toEqual(['c.parquet']);
  expect(readFileSync(join(folder, 'c.parquet'), 'utf8')).toBe('kept');
});

describe('an output in a folder', () => {
  const open = (name: string) => new OutputFiles(outputNames(join(folder, name), 'parquet', true));
  const write = async (output: OutputFiles, suffix: string, text: string) => {
    await output.append(suffix, 0, bytes(text));
    await output.finish(suffix);
  };
  const suffixes = ['/part-00000.parquet', '/part-00001.parquet'];

  test('is made beside its place and put there as a whole, with manifest and marker', async () => {
    const output = open('whole');
    for (const suffix of suffixes) await write(output, suffix, suffix);
    expect(existsSync(join(folder, 'whole'))).toBe(false);
    const seen: WrittenFile[] = [];
    const files = await output.publish(suffixes, (written) => (seen.push(...written), 'told\n'));
    expect(readdirSync(join(folder, 'whole')).toSorted()).toEqual([
      '_SUCCESS',
      '_manifest.json',
      'part-00000.parquet',
      'part-00001.parquet',
    ]);
    expect(existsSync(join(folder, 'whole.part'))).toBe(false);
    expect(files).toEqual([...suffixes, '/_manifest.json'].map((suffix) => join(folder, 'whole', suffix)));
    expect(readFileSync(join(folder, 'whole/_manifest.json'), 'utf8')).toBe('told\n');
    expect(seen.map(({ byteLength, sha256 }) => [byteLength, sha256])).toEqual(
      suffixes.map((suffix) => [suffix.length, createHash('sha256').update(suffix).digest('hex')]),
    );
  });

  test('replaces an earlier one, and takes over what a killed export left', async () => {
    for (const name of ['again', 'again.part']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'part-00009.parquet'), 'old');
    }
    const output = open('again');
    await write(output, '/part-00000.parquet', 'new');
    expect(readdirSync(join(folder, 'again'))).toEqual(['part-00009.parquet']);
    await output.publish(['/part-00000.parquet'], manifest);
    expect(readdirSync(join(folder, 'again'))).not.toContain('part-00009.parquet');
    expect(readdirSync(folder).filter((name) => name.startsWith('again'))).toEqual(['again']);
  });

  test.each([
    { has: ['old', 'part'], success: true, left: { '': 'part' } },
    // Killed before it was whole, or a folder of the user's own: left as it is.
    { has: ['old', 'part'], success: false, left: { '.old': 'old', '.part': 'part' } },
    { has: ['old'], success: true, left: { '.old': 'old' } },
    { has: ['', 'old', 'part'], success: true, left: { '': '', '.old': 'old', '.part': 'part' } },
  ])('that was replaced up to $has (whole: $success) is mended to $left', async ({ has, success, left }) => {
    const path = join(temporaryFolder(), 'cut');
    for (const name of has) {
      const part = name === '' ? path : `${path}.${name}`;
      mkdirSync(part);
      writeFileSync(join(part, 'part-00000.parquet'), name);
      if (success) writeFileSync(join(part, '_SUCCESS'), '');
    }
    await mendFolder(path, `${path}.part`);
    const found = ['', '.old', '.part']
      .filter((suffix) => existsSync(`${path}${suffix}`))
      .map((suffix) => [suffix, readFileSync(join(`${path}${suffix}`, 'part-00000.parquet'), 'utf8')]);
    expect(Object.fromEntries(found)).toEqual(left);
  });

  test('that was discarded leaves nothing, and the earlier one as it was', async () => {
    mkdirSync(join(folder, 'kept'));
    writeFileSync(join(folder, 'kept/part-00000.parquet'), 'old');
    const output = open('kept');
    await write(output, '/part-00000.parquet', 'new');
    await output.append('/part-00001.parquet', 0, bytes('half'));
    await output.discardAll();
    expect(readdirSync(folder).filter((name) => name.startsWith('kept'))).toEqual(['kept']);
    expect(readFileSync(join(folder, 'kept/part-00000.parquet'), 'utf8')).toBe('old');
  });

  test.each(['mine', 'mine.part'])('never touches a folder %s that holds something else', async (name) => {
    const path = join(temporaryFolder(), name);
    mkdirSync(path);
    writeFileSync(join(path, 'photo.jpg'), 'dear');
    const output = new OutputFiles(outputNames(path.replace(/\.part$/, ''), 'parquet', true));
    const writing = async () => {
      await write(output, '/part-00000.parquet', 'new');
      await output.publish(['/part-00000.parquet'], manifest);
    };
    await expect(writing()).rejects.toMatchObject({ code: 'EXPORT_FAILED' });
    expect(readdirSync(path)).toEqual(['photo.jpg']);
  });

  test.each(['/../part.parquet', '/a/b.parquet', '.parquet', '//x.parquet'])(
    'refuses the suffix %s',
    (suffix) => {
      expect(() => outputNames('/out/v', 'parquet', true).pathFor(suffix)).toThrow('is not a suffix');
    },
  );
});
