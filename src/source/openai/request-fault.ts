import type { ApiFault, RowErrorCode } from '../../core/quarantine.ts';
import { clipText } from '../clip-text.ts';

/** Why a request is refused, in the words and codes of OpenAI's API where they are known. */
export class RequestFault extends Error {
  override readonly name = 'RequestFault';
  readonly code: RowErrorCode;
  readonly api: ApiFault;
  /** The request's own id, once it is known. */
  customId: string | null = null;

  constructor(message: string, api: ApiFault, code: RowErrorCode = 'REQUEST_INVALID') {
    super(message);
    this.code = code;
    this.api = api;
  }
}

export function missing(param: string, code?: RowErrorCode): RequestFault {
  const message = `Missing required parameter: '${param}'.`;
  return new RequestFault(message, { code: 'missing_required_parameter', param }, code);
}

export function wrongType(param: string, expected: string, value: unknown): RequestFault {
  const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
  const message = `Invalid type for '${param}': expected ${expected}, but got ${got} instead.`;
  return new RequestFault(message, { code: 'invalid_type', param });
}

export function wrongValue(param: string, value: unknown, supported: string): RequestFault {
  const message = `Invalid value: ${shownValue(value)}. Supported values are: ${supported}.`;
  return new RequestFault(message, { code: 'invalid_value', param });
}

export function shownValue(value: unknown): string {
  return typeof value === 'string' ? `'${clipText(value)}'` : clipText(JSON.stringify(value));
}
