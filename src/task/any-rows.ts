import { inputFormatOf } from '../core/input-format.ts';
import { imageRows } from './image-rows.ts';
import type { RowKind } from './task.ts';
import { textRows } from './text-rows.ts';

/** Rows of either kind: the dataset says what is read of it, and the model what it is made into. */
export const anyRows: RowKind = {
  readColumns: (spec) => (inputFormatOf(spec.input) === 'images' ? imageRows : textRows).readColumns(spec),
  createPreparer: (model, task) =>
    (model.image === undefined ? textRows : imageRows).createPreparer(model, task),
};
