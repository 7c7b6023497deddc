import { JobError } from '../../src/core/job-error.ts';

/** What a worker of the rpc tests offers. */
export class RpcProbe {
  #given = new Float32Array(0);

  async byteLengths(message: {
    readonly values: Float32Array;
    readonly inner: { readonly bytes: ArrayBuffer };
  }): Promise<number[]> {
    return [message.values.byteLength, message.inner.bytes.byteLength];
  }

  async give(length: number): Promise<{ readonly values: Float32Array; readonly dims: number }> {
    this.#given = new Float32Array(length).fill(1.5);
    return { values: this.#given, dims: length };
  }

  /** What the worker still has of what it gave last. */
  async givenLength(): Promise<number> {
    return this.#given.length;
  }

  async failWithCode(): Promise<never> {
    throw new JobError('INPUT_CHANGED', 'data.csv changed', {
      hint: 'Put it back.',
      details: { row: 7, name: 'data.csv', known: null },
    });
  }

  async failPlain(): Promise<never> {
    throw new RangeError('out of range in the worker');
  }

  async failAborted(): Promise<never> {
    throw new DOMException('stopped', 'AbortError');
  }

  async callBack(
    values: readonly string[],
    onValue: (value: string, index: number) => void,
  ): Promise<string> {
    for (const [index, value] of values.entries()) onValue(value, index);
    return 'called';
  }

  async hang(): Promise<never> {
    return new Promise(() => undefined);
  }

  /** Blocks the worker. */
  async spin(): Promise<never> {
    for (;;);
  }

  /** Throws outside of any call. */
  async crash(): Promise<never> {
    setTimeout(() => {
      throw new Error('out of the blue');
    });
    return this.hang();
  }

  /** Ends the worker from within, after the answer. */
  async end(): Promise<void> {
    setTimeout(() => self.close());
  }
}
