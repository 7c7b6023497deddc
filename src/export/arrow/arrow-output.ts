import {
  Batch,
  Column,
  field,
  fixedSizeList,
  float16,
  float32,
  int8,
  list,
  uint8,
  utf8,
  type DataType,
  type Field,
} from '@uwdata/flechette';
import type { LabelsOutput, ResultOutput, VectorElement, VectorOutput } from '../../core/result-output.ts';
import { float32s, int8s, uint16s } from '../output/aligned-values.ts';
import { LabelValues } from '../output/label-values.ts';
import { outputColumns } from '../output/output-columns.ts';

type Values = Uint8Array<ArrayBuffer>;

const NO_NULLS = new Uint8Array(0);

/** A column of one record batch without nulls, over buffers in Arrow's layout. */
export function plainColumn(
  type: DataType,
  length: number,
  buffers: Partial<Batch<unknown>>,
): Column<unknown> {
  return new Column(
    [new Batch(Object.assign({ length, nullCount: 0, type, validity: NO_NULLS }, buffers))],
    type,
  );
}

/**
 * The output's columns (see `outputColumns`), never null. A vector is a list of fixed size of float32, float16, int8, or, of a
 * binary vector, of uint8 with eight dimensions each.
 */
export function arrowOutputFields(output: ResultOutput): readonly Field[] {
  return outputColumns(output).map((name, index) => field(name, typesOf(output)[index]!, false));
}

/**
 * The columns of these fields over some rows. Vectors are not copied.
 * @param values at an address that is a multiple of 4.
 */
export function arrowOutputColumns(
  output: ResultOutput,
  values: Values,
  rows: number,
): readonly Column<unknown>[] {
  return output.kind === 'vector' ? [vectorColumn(output, values, rows)] : labelColumns(output, values, rows);
}

function typesOf(output: ResultOutput): readonly DataType[] {
  if (output.kind === 'vector') return [vectorType(output)];
  if (output.count === 1) return [utf8(), float32()];
  return [list(field('item', utf8(), false)), list(field('item', float32(), false))];
}

function vectorType({ dims, element }: VectorOutput): DataType {
  const size = element === 'binary' ? dims / 8 : dims;
  return fixedSizeList(field('item', itemType(element), false), size);
}

function itemType(element: VectorElement): DataType {
  switch (element) {
    case 'float32':
      return float32();
    case 'float16':
      return float16();
    case 'int8':
      return int8();
    case 'binary':
      return uint8();
  }
}

function itemValues(element: VectorElement, values: Values) {
  switch (element) {
    case 'float32':
      return float32s(values);
    case 'float16':
      return uint16s(values);
    case 'int8':
      return int8s(values);
    case 'binary':
      return values;
  }
}

function vectorColumn(output: VectorOutput, bytes: Values, rows: number): Column<unknown> {
  const values = itemValues(output.element, bytes);
  const items = plainColumn(itemType(output.element), values.length, { values }).data[0] as Batch<number>;
  return plainColumn(vectorType(output), rows, { children: [items] });
}

function labelColumns(output: LabelsOutput, values: Values, rows: number): readonly Column<unknown>[] {
  const { count } = output;
  const from = new LabelValues(output, values);
  const scores = new Float32Array(rows * count);
  const indices = new Uint32Array(rows * count);
  for (let i = 0; i < scores.length; i++) {
    const [index, place] = [Math.floor(i / count), i % count];
    scores[i] = from.score(index, place);
    indices[i] = from.labelIndex(index, place);
  }
  const flat = [
    labelTexts(output.labels, indices),
    plainColumn(float32(), scores.length, { values: scores }),
  ];
  if (count === 1) return flat;
  const offsets = Int32Array.from({ length: rows + 1 }, (_, index) => index * count);
  return flat.map((column, index) =>
    plainColumn(typesOf(output)[index]!, rows, { offsets, children: [column.data[0] as Batch<unknown>] }),
  );
}

function labelTexts(labels: readonly string[], indices: Uint32Array): Column<unknown> {
  const encoder = new TextEncoder();
  const texts = labels.map((label) => encoder.encode(label));
  const offsets = new Int32Array(indices.length + 1);
  let end = 0;
  for (const [i, label] of indices.entries()) offsets[i + 1] = end += texts[label]!.length;
  const values = new Uint8Array(end);
  for (const [i, label] of indices.entries()) values.set(texts[label]!, offsets[i]);
  return plainColumn(utf8(), indices.length, { offsets, values });
}
