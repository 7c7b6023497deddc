import { isList, isStruct, THRIFT, type ThriftStruct, type ThriftValue } from './thrift.ts';

/** Writes a struct as `readThrift` reads it. */
export function writeThrift(struct: ThriftStruct): Uint8Array<ArrayBuffer> {
  const writer = new CompactWriter();
  writer.struct(struct);
  return writer.taken();
}

/** Seven bits a byte, the lowest first. */
export function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  bytes.push(value);
  return bytes;
}

class CompactWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  taken(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  struct(fields: ThriftStruct): void {
    let before = 0;
    for (const [id, { type, value }] of fields) {
      const step = id - before;
      if (step > 0 && step < 16) this.#put([(step << 4) | type]);
      else this.#put([type, ...zigzag(id)]);
      before = id;
      this.#value(type, value);
    }
    this.#put([0]);
  }

  #value(type: number, value: ThriftValue): void {
    // Of a boolean field the type says everything.
    if (typeof value === 'boolean') return;
    if (typeof value === 'number') this.#put(type === THRIFT.i8 ? [value & 255] : zigzag(value));
    else if (isStruct(value)) this.struct(value);
    else if (isList(value)) {
      const { of, items } = value;
      this.#put(items.length < 15 ? [(items.length << 4) | of] : [0xf0 | of, ...varintBytes(items.length)]);
      for (const item of items) this.#value(of, item);
    } else {
      if (type === THRIFT.binary) this.#put(varintBytes(value.length));
      this.#put(value);
    }
  }

  #put(bytes: ArrayLike<number>): void {
    const end = this.#length + bytes.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = end;
  }
}

function zigzag(value: number): number[] {
  return varintBytes(value < 0 ? -2 * value - 1 : 2 * value);
}
