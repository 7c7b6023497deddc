import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files below a folder whose bytes or whose name hold one of these texts, as UTF-8 or UTF-16 of either byte order. */
export function filesHolding(folder: string, texts: readonly string[]): readonly string[] {
  const needles = texts.flatMap((text) => {
    const littleEndian = Buffer.from(text, 'utf16le');
    return [Buffer.from(text), littleEndian, Buffer.from(littleEndian).swap16()];
  });
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => {
      if (texts.some((text) => path.includes(text))) return true;
      const full = join(folder, path);
      if (!statSync(full, { throwIfNoEntry: false })?.isFile()) return false;
      const bytes = readFileSync(full);
      return needles.some((needle) => bytes.includes(needle));
    })
    .toSorted();
}
