import { THRIFT, type ThriftField, type ThriftStruct, type ThriftValue } from './thrift.ts';

/** Reads a struct of Thrift's compact protocol from the start of the bytes. @throws RangeError for what is none. */
export function readThrift(bytes: Uint8Array): ThriftStruct {
  return new CompactReader(bytes).struct();
}

class CompactReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  struct(): ThriftStruct {
    const fields = new Map<number, ThriftField>();
    let id = 0;
    for (let head = this.#byte(); head !== 0; head = this.#byte()) {
      const [step, type] = [head >> 4, head & 15];
      id = step === 0 ? this.#integer() : id + step;
      fields.set(id, { type, value: this.#value(type) });
    }
    return fields;
  }

  #value(type: number): ThriftValue {
    switch (type) {
      case THRIFT.true:
      case THRIFT.false:
        return type === THRIFT.true;
      case THRIFT.i8:
        return (this.#byte() << 24) >> 24;
      case THRIFT.i16:
      case THRIFT.i32:
      case THRIFT.i64:
        return this.#integer();
      case THRIFT.binary:
        return this.#binary();
      case THRIFT.list: {
        const head = this.#byte();
        const length = head >> 4 === 15 ? this.#varint() : head >> 4;
        return { of: head & 15, items: Array.from({ length }, () => this.#value(head & 15)) };
      }
      case THRIFT.struct:
        return this.struct();
      default:
        throw new RangeError(`expected a Thrift type of Parquet's metadata, got ${type}`);
    }
  }

  #binary(): Uint8Array {
    const end = this.#varint() + this.#at;
    if (end > this.#bytes.length) throw new RangeError('expected more of the metadata, got its end');
    const value = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return value;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('expected more of the metadata, got its end');
    return byte;
  }

  /** Zigzag: the sign is the lowest bit. */
  #integer(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new RangeError('expected a number below 2^53');
      if (byte < 128) return value;
    }
  }
}
