import { JobError } from '../core/job-error.ts';
import { IMAGE_COLUMN, PATH_COLUMN } from '../core/input-format.ts';
import { longTextsOf } from '../core/long-texts.ts';
import type { ModelInfo } from '../core/model-info.ts';
import { Mutex } from '../util/mutex.ts';
import { prepareImages } from './image/prepare-images.ts';
import { columnOf, type Preparer, type RowKind, type TaskSpec } from './task.ts';

const IMAGE_ROLE = 'image';
const NAME_ROLE = 'name';

/** Pictures, one a row: files of their own. */
export const imageRows: RowKind = {
  readColumns: () => [
    { role: IMAGE_ROLE, column: IMAGE_COLUMN, type: 'image' },
    { role: NAME_ROLE, column: PATH_COLUMN, type: 'text' },
  ],
  createPreparer: imagePreparer,
};

/** Pictures to pixels, as the model's image processor makes them. */
function imagePreparer({ name, image: input }: ModelInfo, task: TaskSpec): Preparer {
  if (task.maxLength !== undefined || longTextsOf(task).long !== 'truncate')
    throw new JobError(
      'SPEC_INVALID',
      'A picture has no length to cut or to split by: it is scaled to the size of the model.',
      {
        hint: 'Leave --max-length and --long out.',
      },
    );
  if (input === undefined) throw new JobError('INTERNAL', `${name} was read as a model of texts.`);
  // Decoding takes memory: one picture at a time, however many chunks are asked for.
  const mutex = new Mutex();
  return {
    prepare: (read, chunk) => {
      const images = read.images?.[IMAGE_ROLE];
      if (images?.length !== read.rows.length)
        throw new RangeError(`expected ${read.rows.length} pictures, got ${images?.length ?? 'no column'}`);
      const names = columnOf(read, NAME_ROLE);
      return mutex.run(() => prepareImages(input, read.rows, images, names, chunk));
    },
  };
}
