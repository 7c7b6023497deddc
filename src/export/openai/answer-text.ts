import type { RowErrorCode } from '../../core/quarantine.ts';
import { encodeBase64 } from '../../util/base64.ts';
import type { TextBuffer } from '../text/text-buffer.ts';
import { FLOAT32_TEXT_BYTES, writeFloat32 } from '../text/write-float32.ts';
import { answerIds } from './answer-ids.ts';
import { cutVector } from './cut-vector.ts';
import type { AnsweredRequest, RefusedRequest } from './request-grouper.ts';

/** What answers say beside the results. */
export type AnswerContext = {
  readonly jobId: string;
  /** The model's name. */
  readonly model: string;
  /** Whether vectors have length 1, also when they are cut. */
  readonly normalize: boolean;
};

/** One line of the output file. */
export function writeAnswer(
  buffer: TextBuffer,
  { jobId, model, normalize }: AnswerContext,
  { customId, row, answer, values, tokens }: AnsweredRequest,
): void {
  const { id, requestId } = answerIds(jobId, customId, row);
  const { of, dimensions, base64 } = answer;
  const dims = values.length / of;
  buffer.text(
    `{"id":"${id}","custom_id":${JSON.stringify(customId)},"response":{"status_code":200,"request_id":"${requestId}","body":{"object":"list","data":[`,
  );
  for (let index = 0; index < of; index++) {
    const whole = values.subarray(index * dims, (index + 1) * dims);
    const vector = cutVector(whole, dimensions ?? dims, normalize);
    buffer.text(`${index === 0 ? '' : ','}{"object":"embedding","index":${index},"embedding":`);
    if (base64) buffer.text(`"${encodeBase64(bytesOf(vector))}"`);
    else writeNumbers(buffer, vector);
    buffer.text('}');
  }
  const usage = `{"prompt_tokens":${tokens},"total_tokens":${tokens}}`;
  buffer.text(`],"model":${JSON.stringify(model)},"usage":${usage}}},"error":null}\n`);
}

/** Little-endian float32, as Chrome's machines have them. */
function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

function writeNumbers(buffer: TextBuffer, vector: Float32Array): void {
  buffer.text('[');
  const write = (bytes: Uint8Array, at: number, i: number) => writeFloat32(bytes, at, vector[i]!);
  buffer.numbers({ maxBytes: FLOAT32_TEXT_BYTES, write }, 0, vector.length);
  buffer.text(']');
}

/** What is not the request's fault. */
const SERVER_ERRORS: ReadonlySet<RowErrorCode> = new Set([
  'ROW_TOKENIZE_FAILED',
  'ROW_MODEL_FAILED',
  'ROW_NOT_FINITE',
  'ROW_OUT_OF_RANGE',
]);
const DUPLICATE = { code: 'duplicate_custom_id', param: 'custom_id' };
const NOTHING_NAMED = { code: null, param: null };

/** One line of the error file: a refusal by HTTP status, as the API gives it for a request that it ran. */
export function writeRefusal(
  buffer: TextBuffer,
  { jobId }: AnswerContext,
  { customId, row, fault, index }: RefusedRequest,
): void {
  const { id, requestId } = answerIds(jobId, customId, row);
  const isServerError = SERVER_ERRORS.has(fault.code);
  const isDuplicate = fault.code === 'ROW_DUPLICATE_ID';
  const { param, code } = fault.api ?? (isDuplicate ? DUPLICATE : NOTHING_NAMED);
  const message = isDuplicate ? `The custom_id of a request must be unique: ${fault.message}` : fault.message;
  const error = {
    message: index === null ? message : `input ${index}: ${message}`,
    type: isServerError ? 'server_error' : 'invalid_request_error',
    param,
    code,
  };
  const status = isServerError ? 500 : 400;
  const response = { status_code: status, request_id: requestId, body: { error } };
  buffer.text(`${JSON.stringify({ id, custom_id: customId, response, error: null })}\n`);
}
