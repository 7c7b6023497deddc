import { expect, test } from 'vitest';
import { prepareImages } from '../../../src/task/image/prepare-images.ts';
import { fromBase64, GOLDEN_CASES, inputOf } from '../../support/image-golden.ts';

const URLS = import.meta.glob<string>('../../fixtures/images/*.*', {
  query: '?url',
  import: 'default',
  eager: true,
});

async function fixture(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(URLS[`../../fixtures/images/${name}`]!);
  return new Uint8Array(await response.arrayBuffer());
}

test.each(GOLDEN_CASES.map((one) => [one.file, JSON.stringify(one.resize), one] as const))(
  '%s, %s, is what Pillow gives',
  async (file, _, one) => {
    const { pixels, rejects } = await prepareImages(
      inputOf(one),
      Uint32Array.of(0),
      [await fixture(file)],
      [file],
      0,
    );
    expect(rejects).toEqual([]);
    expect([...pixels!.bytes]).toEqual([...fromBase64(one.planes)]);
  },
);

test('a picture that cannot be decoded is rejected by its name, and the others are not', async () => {
  const names = ['plain.png', 'cut-short.jpg', 'text.jpg', 'lossy.webp'];
  const images = await Promise.all(names.map(fixture));
  const input = inputOf({ width: 16, height: 12, resize: { filter: 'bicubic', width: 16, height: 12 } });
  const examples = await prepareImages(input, Uint32Array.of(4, 5, 8, 9), images, names, 3);
  expect(examples.rejects).toEqual([
    {
      row: 5,
      id: null,
      code: 'ROW_BAD_IMAGE',
      message: expect.stringMatching(
        /^cut-short\.jpg cannot be decoded: JPEG of \d+ bytes: The source image/,
      ) as string,
      attempts: 0,
    },
    {
      row: 8,
      id: null,
      code: 'ROW_BAD_IMAGE',
      message: expect.stringMatching(/^text\.jpg cannot be decoded: it begins with/) as string,
      attempts: 0,
    },
  ]);
  expect([...examples.rowIndex]).toEqual([0, 3]);
  expect([...examples.lengths]).toEqual([4, 4]);
  const goldens = [names[0], names[3]].map((name) => GOLDEN_CASES.find(({ file }) => file === name)!);
  expect([...examples.pixels!.bytes]).toEqual(goldens.flatMap(({ planes }) => [...fromBase64(planes)]));
});
