import { MAX_IMAGE_PIXELS } from '../core/image-input.ts';
import type { ImageHeader } from '../util/image/read-image-header.ts';
import type { RowFault } from './row-rules.ts';

const count = new Intl.NumberFormat('en');

/** Why what a picture says of itself keeps it from being decoded; null when nothing does. @param place its name */
export function imageFault(place: string, header: ImageHeader | string): RowFault | null {
  if (typeof header === 'string')
    return { code: 'ROW_NOT_IMAGE', message: `${place} is no picture that can be read: ${header}` };
  const { width, height } = header;
  if (width * height <= MAX_IMAGE_PIXELS) return null;
  return {
    code: 'ROW_TOO_LARGE',
    message: `${place} says that it has ${count.format(width)} x ${count.format(height)} pixels, and a picture may have ${count.format(MAX_IMAGE_PIXELS)}`,
  };
}
