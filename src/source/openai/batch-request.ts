import { clipText } from '../clip-text.ts';
import { missing, RequestFault, shownValue, wrongType, wrongValue } from './request-fault.ts';
import { inputsOf } from './request-inputs.ts';

/** A request that can be run: its inputs, and how it wants to be answered. */
export type BatchRequest = {
  readonly customId: string;
  readonly model: string;
  readonly inputs: readonly (string | readonly number[])[];
  readonly dimensions: number | null;
  readonly base64: boolean;
};

/** Members of a body that the embeddings endpoint knows; like the API, nothing that it does not know is passed over. */
const BODY_MEMBERS = new Set(['model', 'input', 'encoding_format', 'dimensions', 'user']);
const ENDPOINT = '/v1/embeddings';

type Members = Readonly<Record<string, unknown>>;

/**
 * Checks one request of a batch file, in the order in which its members are refused.
 * @param expectedModel which every request of the file must name; null: any
 * @throws RequestFault.
 */
export function parseBatchRequest(request: Members, expectedModel: string | null): BatchRequest {
  const customId = customIdOf(member(request, 'custom_id'));
  try {
    checkEndpoint(request);
    const body = member(request, 'body');
    if (body === undefined || body === null) throw missing('body');
    if (typeof body !== 'object' || Array.isArray(body)) throw wrongType('body', 'an object', body);
    return { customId, ...parseBody(body as Members, expectedModel) };
  } catch (thrown) {
    if (thrown instanceof RequestFault) thrown.customId = customId;
    throw thrown;
  }
}

function customIdOf(value: unknown): string {
  if (value === undefined || value === null || value === '') throw missing('custom_id', 'ROW_ID_MISSING');
  if (typeof value !== 'string') throw wrongType('custom_id', 'a string', value);
  return value.toWellFormed();
}

function checkEndpoint(request: Members): void {
  const method = member(request, 'method');
  if (method === undefined || method === null) throw missing('method');
  if (method !== 'POST') throw wrongValue('method', method, "'POST'");
  const url = member(request, 'url');
  if (url === undefined || url === null) throw missing('url');
  if (url !== ENDPOINT)
    throw new RequestFault(
      `The URL ${shownValue(url)} cannot be run here: only '${ENDPOINT}' can, as the model is one for embeddings.`,
      { code: 'url_mismatch', param: 'url' },
    );
}

function parseBody(body: Members, expectedModel: string | null): Omit<BatchRequest, 'customId'> {
  const model = member(body, 'model');
  if (model === undefined || model === null || model === '') throw missing('model');
  if (typeof model !== 'string') throw wrongType('model', 'a string', model);
  if (expectedModel !== null && model !== expectedModel)
    throw new RequestFault(
      `The model ${shownValue(model)} does not match ${shownValue(expectedModel)}, which the file names first: all requests of a batch must name the same model.`,
      { code: 'model_mismatch', param: 'model' },
    );
  const unknown = Object.keys(body).find((name) => !BODY_MEMBERS.has(name));
  if (unknown !== undefined)
    throw new RequestFault(`Unrecognized request argument supplied: ${clipText(unknown)}`, {
      code: null,
      param: null,
    });
  const user = member(body, 'user');
  if (user !== undefined && user !== null && typeof user !== 'string')
    throw wrongType('user', 'a string', user);
  return {
    model,
    base64: isBase64(member(body, 'encoding_format')),
    dimensions: dimensionsOf(member(body, 'dimensions')),
    inputs: inputsOf(member(body, 'input')),
  };
}

function isBase64(format: unknown): boolean {
  if (format === undefined || format === null || format === 'float') return false;
  if (format === 'base64') return true;
  throw wrongValue('encoding_format', format, "'float' and 'base64'");
}

function dimensionsOf(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (!Number.isSafeInteger(value)) throw wrongType('dimensions', 'an integer', value);
  if ((value as number) >= 1) return value as number;
  throw new RequestFault(
    `Invalid 'dimensions': integer below minimum value. Expected a value >= 1, but got ${shownValue(value)} instead.`,
    { code: 'integer_below_min_value', param: 'dimensions' },
  );
}

function member(object: Members, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
