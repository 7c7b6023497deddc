import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeImageModel } from '../fixtures/images/write-image-model.mjs';
import { writeSmallBert } from '../fixtures/bert/write-small-bert.mjs';

const CACHE = fileURLToPath(new URL('../../.cache/models/', import.meta.url));

/** The model that ships with the project. */
export const DEMO_MODEL = fileURLToPath(new URL('../../public/models/glove-30k', import.meta.url));

/** A BERT of 2 layers, 64 wide. */
export async function smallBert(): Promise<string> {
  return written('small-bert', {});
}

/** Of a small classifier. */
export const EMOTIONS = ['anger', 'disgust', 'fear', 'joy', 'neutral', 'sadness', 'surprise'];

/** The same with a head that tells emotions, each row one of them. */
export async function smallClassifier(): Promise<string> {
  const classes = { labels: EMOTIONS, problemType: 'single_label_classification' };
  return written('small-bert-classifier', { classes });
}

/** Of a small classifier of pictures. */
export const COLOURS = ['red', 'green', 'blue'];

/** A model of pictures in a few nodes: vectors of 8 values, or labels. */
export async function smallImageModel(labels: readonly string[] | null): Promise<string> {
  const name = labels === null ? 'small-image-encoder' : 'small-image-classifier';
  return writtenOnce(name, (dir) => writeImageModel(dir, labels));
}

async function written(name: string, overrides: Parameters<typeof writeSmallBert>[1]): Promise<string> {
  return writtenOnce(name, (dir) => writeSmallBert(dir, overrides));
}

/** Written once: seeded, so every run has the same bytes. */
async function writtenOnce(name: string, write: (dir: string) => Promise<void>): Promise<string> {
  const dir = `${CACHE}${name}`;
  if (!existsSync(dir)) {
    const fresh = `${dir}.${process.pid}`;
    mkdirSync(dirname(dir), { recursive: true });
    await write(fresh);
    try {
      renameSync(fresh, dir);
    } catch {
      // Another test file was faster.
      rmSync(fresh, { recursive: true });
    }
  }
  return dir;
}
