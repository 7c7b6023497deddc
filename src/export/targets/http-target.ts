import type { ByteTarget, ExportTarget } from '../../core/export-target.ts';
import { JobError } from '../../core/job-error.ts';

const POST_BYTES = 4 << 20;

export interface HttpTargetOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Stops posts; a discard is sent all the same. */
  readonly signal?: AbortSignal;
}

/**
 * Sends files to a server, by the protocol of `ExportTargetRef`: pieces of 4 MiB, strictly in order. One is on its way
 * while the next is filled. Completing is a post of its own, without a body.
 */
export class HttpTarget implements ExportTarget {
  readonly #options: HttpTargetOptions;

  constructor(options: HttpTargetOptions) {
    this.#options = options;
  }

  async open(suffix: string): Promise<ByteTarget> {
    return new HttpFile(this.#options, suffix);
  }
}

class HttpFile implements ByteTarget {
  readonly #options: HttpTargetOptions;
  readonly #suffix: string;
  #piece: Uint8Array<ArrayBuffer> | null = null;
  #filled = 0;
  #sent = 0;
  #known = false;
  #inFlight: Promise<void> = Promise.resolve();

  constructor(options: HttpTargetOptions, suffix: string) {
    this.#options = options;
    this.#suffix = suffix;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let taken = 0; taken < bytes.length;) {
      this.#piece ??= new Uint8Array(POST_BYTES);
      const part = bytes.subarray(taken, taken + POST_BYTES - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      taken += part.length;
      if (this.#filled === POST_BYTES) await this.#send();
    }
  }

  async finish(): Promise<void> {
    if (this.#filled > 0) await this.#send();
    await this.#inFlight;
    await this.#request('POST', { offset: String(this.#sent), finish: '1' }, null);
  }

  async abort(): Promise<void> {
    this.#piece = null;
    this.#filled = 0;
    // A post that arrives after the discard would bring the file back.
    await this.#inFlight.catch(() => undefined);
    // A server that was sent nothing could only discard what stood there before.
    if (this.#known) await this.#request('DELETE', {}, null);
  }

  /** Waits for the piece before, then lets this one go. */
  async #send(): Promise<void> {
    await this.#inFlight;
    if (this.#piece === null) return;
    const body = this.#piece.subarray(0, this.#filled);
    const offset = String(this.#sent);
    this.#sent += body.length;
    this.#piece = null;
    this.#filled = 0;
    this.#inFlight = this.#request('POST', { offset }, body);
    // Thrown by the next call.
    this.#inFlight.catch(() => undefined);
  }

  async #request(
    method: 'POST' | 'DELETE',
    parameters: Readonly<Record<string, string>>,
    body: Uint8Array<ArrayBuffer> | null,
  ): Promise<void> {
    const { url, headers, signal } = this.#options;
    this.#known = true;
    const query = new URLSearchParams({ file: this.#suffix, ...parameters });
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${url}${url.includes('?') ? '&' : '?'}${query}`, {
        method,
        headers,
        // Not as bytes: whoever drives the browser by its debugging protocol gets those a second time, as base64 in JSON
        // (`Network.requestWillBeSent`), and Playwright keeps the last hundred requests.
        body: body === null ? null : new Blob([body]),
        ...(signal === undefined || method === 'DELETE' ? {} : { signal }),
      });
      // Read to its end even when it says nothing: the connection is free only then.
      text = await response.text();
      if (response.ok) return;
      status = response.status;
    } catch (error) {
      if (method === 'POST' && signal?.aborted === true) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new JobError('EXPORT_FAILED', `The output file ${this.#suffix} could not be sent: ${reason}.`, {
        cause: error,
      });
    }
    throw new JobError(
      'EXPORT_FAILED',
      `The output file ${this.#suffix} was refused: ${text || `status ${status}`}`,
      {
        details: { status },
      },
    );
  }
}
