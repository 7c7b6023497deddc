import type { IncomingMessage, ServerResponse } from 'node:http';
import { JobError } from '../../core/job-error.ts';
import type { IoFiles } from './io-files.ts';
import { INPUT_PATH, MODEL_PATH, OUTPUT_PATH } from './io-files.ts';
import type { OutputFiles } from './output-files.ts';
import { OutputConflict } from './output-files.ts';
import { sendFile, sendText, type ServedFile } from './served-file.ts';

/** Answers a request to `/io/`; who asks has been checked. */
export async function handleIo(
  io: IoFiles,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (url.pathname === OUTPUT_PATH) return handleOutput(io.output, url, request, response);
  const method = request.method ?? 'GET';
  if (method !== 'GET' && method !== 'HEAD') return sendText(response, 405, `${method} is not allowed here.`);
  const file = numbered(io.input, url.pathname, INPUT_PATH) ?? numbered(io.model, url.pathname, MODEL_PATH);
  if (file === undefined) return sendText(response, 404, `${url.pathname} is not part of this job.`);
  return sendFile(file, method, request.headers.range, response);
}

function numbered(files: readonly ServedFile[], path: string, prefix: string): ServedFile | undefined {
  const number = path.startsWith(prefix) ? path.slice(prefix.length) : '';
  return /^\d{1,7}$/.test(number) ? files[Number(number)] : undefined;
}

async function handleOutput(
  output: OutputFiles | null,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (output === null) return sendText(response, 404, 'No export is under way.');
  const suffix = url.searchParams.get('file') ?? '';
  const offset = url.searchParams.get('offset') ?? '0';
  try {
    if (request.method === 'DELETE') {
      await output.discard(suffix);
    } else if (request.method === 'POST') {
      if (!/^\d{1,15}$/.test(offset))
        return sendText(response, 400, `offset=${offset} is not a number of bytes.`);
      await output.append(suffix, Number(offset), request);
      if (url.searchParams.get('finish') === '1') await output.finish(suffix);
    } else {
      return sendText(response, 405, `${request.method} is not allowed here.`);
    }
  } catch (error) {
    // Whoever sent the body gets the answer only when the body has been taken.
    request.resume();
    if (error instanceof OutputConflict) return sendText(response, 409, error.message);
    if (error instanceof JobError) return sendText(response, 400, error.message);
    const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
    return sendText(response, full ? 507 : 500, `Writing the output failed: ${(error as Error).message}.`);
  }
  response.statusCode = 204;
  response.end();
}
