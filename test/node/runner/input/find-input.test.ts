import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { findInput } from '../../../../src/runner/input/find-input.ts';
import { globPattern } from '../../../../src/runner/input/glob-pattern.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-input-'));
  const names = [
    'data/b.jsonl',
    'data/a.jsonl',
    'data/more/c.jsonl',
    'data/.hidden.jsonl',
    'data/README',
    'notes/one.txt',
    'notes/two.md',
    'mixed/a.csv',
    'mixed/b.jsonl',
    'images/cat.jpg',
    'images/deep/dog.PNG',
    'album/cat.jpg',
    'album/labels.csv',
    'album/read me',
    'album/.hidden.png',
    'album/no-extension',
    'odd/[x] a*.jsonl',
  ];
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    // Told by its first bytes.
    const content = name.endsWith('no-extension') ? Uint8Array.of(0xff, 0xd8, 0xff, 0xe0) : name;
    await writeFile(join(folder, name), content);
  }
  await mkdir(join(folder, 'empty'));
  await symlink(join(folder, 'data'), join(folder, 'data/up'));
});
afterAll(() => rm(folder, { recursive: true }));

const find = async (...paths: readonly [string, ...string[]]) => {
  const [path, ...morePaths] = paths.map((one) => join(folder, one));
  const found = await findInput({ path: path!, morePaths });
  return [found.format, found.files.map(({ name }) => name), found.skipped];
};

describe('findInput', () => {
  it('takes a file, and names it without its folder', async () => {
    expect(await find('data/b.jsonl')).toEqual(['jsonl', ['b.jsonl'], 0]);
  });

  it('takes the files of a folder that are of a format, in the order of their paths', async () => {
    expect(await find('data')).toEqual(['jsonl', ['a.jsonl', 'b.jsonl', 'more/c.jsonl'], 1]);
  });

  it('takes globs, and what several arguments name together, each file once', async () => {
    expect(await find('data/*.jsonl')).toEqual(['jsonl', ['a.jsonl', 'b.jsonl'], 0]);
    expect(await find('data/**/*.jsonl', 'data/a.jsonl')).toEqual([
      'jsonl',
      ['a.jsonl', 'b.jsonl', 'more/c.jsonl'],
      0,
    ]);
    expect(await find('data/b.jsonl', 'mixed/b.jsonl')).toEqual([
      'jsonl',
      ['data/b.jsonl', 'mixed/b.jsonl'],
      0,
    ]);
  });

  it('takes a name for a file before it takes it for a glob', async () => {
    expect(await find('odd/[x] a*.jsonl')).toEqual(['jsonl', ['[x] a*.jsonl'], 0]);
  });

  it('takes a text file for its lines, and a folder of them for a row each', async () => {
    expect(await find('notes/one.txt')).toEqual(['text', ['one.txt'], 0]);
    expect(await find('notes')).toEqual(['textfiles', ['one.txt', 'two.md'], 0]);
  });

  it('takes a folder of pictures for a row each, by their names; asked for, by their first bytes, too', async () => {
    expect(await find('images')).toEqual(['images', ['cat.jpg', 'deep/dog.PNG'], 0]);
    const found = await findInput({ path: join(folder, 'album'), format: 'images' });
    expect([found.files.map(({ name }) => name), found.skipped]).toEqual([['cat.jpg', 'no-extension'], 2]);
  });

  test.each([
    ['none.jsonl', 'INPUT_NOT_FOUND', /There is no input file .*none\.jsonl/],
    ['none*.jsonl', 'INPUT_NOT_FOUND', /has no files in it/],
    ['empty', 'INPUT_NOT_FOUND', /has no files in it/],
    ['mixed', 'INPUT_FORMAT', /different formats: .*a\.csv is csv, and .*b\.jsonl is jsonl/],
    ['album', 'INPUT_FORMAT', /different formats: .*cat\.jpg is images, and .*labels\.csv is csv/],
    ['data/READ*', 'INPUT_FORMAT', /Cannot tell the format/],
  ])('says what is wrong with %s', async (path, code, message) => {
    await expect(find(path)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });
});

test.each([
  ['/d/*.csv', ['/d/a.csv'], ['/d/.a.csv', '/d/e/a.csv', '/d/acsv']],
  ['/d/**/x.csv', ['/d/x.csv', '/d/e/f/x.csv'], ['/d/.e/x.csv', '/d/yx.csv']],
  ['/d/part-?{0,1}.{csv,tsv}', ['/d/part-a0.csv', '/d/part-b1.tsv'], ['/d/part-0.csv', '/d/part-a2.csv']],
  ['/d/[ab][!c].csv', ['/d/ad.csv'], ['/d/ac.csv', '/d/cd.csv']],
  ['/d (1)/a+b.csv', ['/d (1)/a+b.csv'], ['/d (1)/aab.csv']],
])('the glob %s', (glob, matched, others) => {
  expect(matched.filter((path) => !globPattern(glob).test(path))).toEqual([]);
  expect(others.filter((path) => globPattern(glob).test(path))).toEqual([]);
});
