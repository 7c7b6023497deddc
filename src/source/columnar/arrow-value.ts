import { Type, type DataType } from '@uwdata/flechette';
import { isoDate, isoTime, jsonValue } from './json-value.ts';

const DAY_MS = 86_400_000;

/** A value of an Arrow column as JSON has it; see `jsonValue`. Dates and times come as milliseconds, whatever their unit. */
export function arrowValue(value: unknown, type: DataType | null, depth: number): unknown {
  if (value === null || value === undefined || type === null) return null;
  if (type.typeId === Type.Date) return isoDate(Math.floor(Number(value) / DAY_MS));
  // A number of milliseconds of today is exact to less than a microsecond.
  if (type.typeId === Type.Timestamp) return isoTime(BigInt(Math.round(Number(value) * 1000)) * 1000n);
  if (type.typeId === Type.Dictionary) return arrowValue(value, type.dictionary, depth);
  if (type.typeId === Type.List || type.typeId === Type.LargeList || type.typeId === Type.FixedSizeList) {
    const child = type.children[0]?.type ?? null;
    return Array.from(value as Iterable<unknown>, (one) => arrowValue(one, child, depth + 1));
  }
  if (type.typeId === Type.Struct) {
    const fields = type.children.map((child) => [
      child.name,
      arrowValue(Reflect.get(value, child.name), child.type, depth + 1),
    ]);
    return Object.fromEntries(fields) as unknown;
  }
  return jsonValue(value, depth);
}
