import { Batch, Column, bool, float64, int64, utf8, type DataType } from '@uwdata/flechette';
import type { ResultColumn } from '../../core/result-schema.ts';
import { TextBuffer } from '../text/text-buffer.ts';
import {
  decodeBool,
  decodeFloat64,
  decodeInt64,
  decodeJson,
  decodeUtf8,
  type KeptDecoder,
} from '../output/decode-kept.ts';

/** Values of one kept column, in the order of `rows`. */
type KeptValues = {
  readonly column: ResultColumn;
  readonly texts: readonly (string | null)[];
  readonly rows: Uint32Array;
};

type Buffers = { readonly values: Batch<unknown>['values']; readonly offsets?: Int32Array };

const NO_NULLS = new Uint8Array(0);

export function arrowTypeOf(column: ResultColumn): DataType {
  switch (column.type) {
    case 'int64':
      return int64();
    case 'float64':
      return float64();
    case 'bool':
      return bool();
    case 'utf8':
    case 'json':
      return utf8();
  }
}

/** Encodes JSON texts as a column of their type. @throws JobError `EXPORT_FAILED` for a value that does not fit. */
export function arrowColumn(kept: KeptValues): Column<unknown> {
  const length = kept.texts.length;
  switch (kept.column.type) {
    case 'int64': {
      const values = new BigInt64Array(length);
      return build(
        kept,
        decodeInt64,
        (i, value) => (values[i] = value),
        () => ({ values }),
      );
    }
    case 'float64': {
      const values = new Float64Array(length);
      return build(
        kept,
        decodeFloat64,
        (i, value) => (values[i] = value),
        () => ({ values }),
      );
    }
    case 'bool': {
      const values = new Uint8Array(Math.ceil(length / 8));
      return build(
        kept,
        decodeBool,
        (i, value) => value && setBit(values, i),
        () => ({ values }),
      );
    }
    case 'utf8':
      return buildText(kept, decodeUtf8);
    case 'json':
      return buildText(kept, decodeJson);
  }
}

function setBit(bits: Uint8Array, index: number): void {
  bits[index >> 3]! |= 1 << (index & 7);
}

function buildText(kept: KeptValues, decode: KeptDecoder<string>): Column<unknown> {
  const offsets = new Int32Array(kept.texts.length + 1);
  const buffer = new TextBuffer(1 << 16);
  const set = (i: number, value: string | null) => {
    if (value !== null) buffer.text(value);
    offsets[i + 1] = buffer.byteLength;
  };
  return build(
    kept,
    decode,
    set,
    () => ({ values: buffer.view(), offsets }),
    (i) => set(i, null),
  );
}

function build<T>(
  { column, texts, rows }: KeptValues,
  decode: KeptDecoder<T>,
  set: (index: number, value: T) => void,
  buffers: () => Buffers,
  setNull: (index: number) => void = () => undefined,
): Column<unknown> {
  const length = texts.length;
  const valid = new Uint8Array(Math.ceil(length / 8));
  let nullCount = 0;
  for (let i = 0; i < length; i++) {
    const text = texts[i] ?? null;
    const value = text === null ? null : decode(text, column, rows[i]!);
    if (value === null) {
      nullCount++;
      setNull(i);
    } else {
      setBit(valid, i);
      set(i, value);
    }
  }
  const type = arrowTypeOf(column);
  const validity = nullCount === 0 ? NO_NULLS : valid;
  return new Column([new Batch({ length, nullCount, type, validity, ...buffers() })], type);
}
