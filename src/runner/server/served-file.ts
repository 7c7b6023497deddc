import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { mimeTypeOf } from './mime-type.ts';
import { parseRange } from './parse-range.ts';

/** A file as it was when the job started. What is served later must still be that file. */
export type ServedFile = {
  readonly path: string;
  readonly name: string;
  readonly byteLength: number;
  readonly modifiedMs: number;
};

/**
 * Links are followed now and never again: a link put in the file's place later is not.
 * @throws what the file system says, `ENOENT` above all; `TypeError` for what is no regular file.
 */
export async function servedFile(path: string): Promise<ServedFile> {
  const found = await stat(path);
  if (!found.isFile()) throw new TypeError(`expected a regular file, got ${path}`);
  return {
    path: await realpath(path),
    name: basename(path),
    byteLength: found.size,
    modifiedMs: found.mtimeMs,
  };
}

/** Neither follows a link nor waits for the other end of a pipe. Both flags are missing on Windows. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Answers with the file, or the range of it that was asked for, streamed from disk.
 * 409 with a sentence when the file is no longer the one that the job started with, 404 when it is gone, 416 beyond its end.
 */
export async function sendFile(
  file: ServedFile,
  method: string,
  range: string | undefined,
  response: ServerResponse,
): Promise<void> {
  const handle = await open(file.path, OPEN_FLAGS).catch(() => null);
  if (handle === null) return sendText(response, 404, `${file.name} is gone or cannot be read.`);
  try {
    const now = await handle.stat();
    if (!now.isFile() || now.size !== file.byteLength || now.mtimeMs !== file.modifiedMs) {
      return sendText(response, 409, changed(file, now.size));
    }
    const asked = parseRange(range, file.byteLength);
    if (asked === 'unsatisfiable') {
      response.setHeader('Content-Range', `bytes */${file.byteLength}`);
      return sendText(response, 416, `${file.name} has ${file.byteLength} bytes; asked for ${range}.`);
    }
    const { start, end } = asked ?? { start: 0, end: file.byteLength };
    response.statusCode = asked === null ? 200 : 206;
    response.setHeader('Content-Type', mimeTypeOf(file.name));
    response.setHeader('Accept-Ranges', 'bytes');
    response.setHeader('Content-Length', end - start);
    if (asked !== null) response.setHeader('Content-Range', `bytes ${start}-${end - 1}/${file.byteLength}`);
    if (method === 'HEAD' || end === start) {
      response.end();
      return;
    }
    // A file that shrinks from here on gives fewer bytes than promised, which the browser reports as a failed fetch.
    await pipeline(
      handle.createReadStream({ start, end: end - 1, autoClose: false, highWaterMark: 1 << 20 }),
      response,
    );
  } finally {
    await handle.close();
  }
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${text}\n`);
}

function changed(file: ServedFile, size: number): string {
  const what =
    size === file.byteLength
      ? 'it was written to'
      : `it ${size < file.byteLength ? 'shrank' : 'grew'} from ${file.byteLength} to ${size} bytes`;
  return `${file.name} changed while the job was reading it: ${what}.`;
}
