import { Sha256Stream } from '../../util/sha256-stream.ts';

const encoder = new TextEncoder();

/** Ids of an answer, which follow from the job and the request alone: exported again, they are the same. */
export function answerIds(
  jobId: string,
  customId: string | null,
  row: number,
): { readonly id: string; readonly requestId: string } {
  const hash = new Sha256Stream();
  hash.update(encoder.encode(JSON.stringify([jobId, customId, row])));
  const hex = hash.finishHex();
  return { id: `batch_req_${hex.slice(0, 32)}`, requestId: hex.slice(32) };
}
