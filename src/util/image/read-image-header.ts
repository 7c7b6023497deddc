import { exifOrientation } from './exif-orientation.ts';

export const IMAGE_KINDS = ['png', 'jpeg', 'webp', 'gif', 'bmp', 'avif'] as const;
/** Kinds of pictures that Chrome decodes, told by their first bytes. */
export type ImageKind = (typeof IMAGE_KINDS)[number];

export type ImageHeader = {
  readonly kind: ImageKind;
  /** In pixels, as stored: before it is turned. */
  readonly width: number;
  readonly height: number;
  /** As EXIF numbers it; 1 where nothing is said, and for AVIF, whose own boxes the decoder obeys. */
  readonly orientation: number;
};

/** Boxes of an AVIF file that say its size stand in its first kilobytes. */
const AVIF_HEAD_BYTES = 64 * 1024;

/** The kind of a picture by its first 16 bytes; null when it is of none that can be read. */
export function imageKindOf(bytes: Uint8Array): ImageKind | null {
  const text = latin1(bytes, 0, 16);
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'gif';
  if (text.startsWith('BM')) return 'bmp';
  if (text.slice(4, 8) === 'ftyp' && ['avif', 'avis'].includes(text.slice(8, 12))) return 'avif';
  return null;
}

/** Kinds that people have and Chrome does not decode. */
function foreignKindOf(bytes: Uint8Array): string | null {
  const text = latin1(bytes, 0, 16);
  if (text.startsWith('II*\0') || text.startsWith('MM\0*')) return 'a TIFF';
  if (text.slice(4, 8) === 'ftyp' && /^(?:hei[cxms]|hev[cx]|mif1|msf1)/.test(text.slice(8))) return 'a HEIC';
  if (text.startsWith('\xff\x0a') || text.slice(4, 8) === 'JXL ') return 'a JPEG XL';
  if (text.startsWith('<svg') || text.startsWith('<?xml')) return 'an SVG';
  return null;
}

/** What a picture says of itself, read without decoding it; a sentence about what is wrong when it says nothing. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | string {
  const kind = imageKindOf(bytes);
  if (kind === null) return notRead(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    const header = { kind, orientation: 1, ...READERS[kind](view, bytes) };
    if (header.width > 0 && header.height > 0) return header;
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  return `its ${kind.toUpperCase()} header is damaged or cut short`;
}

type Found = Pick<ImageHeader, 'width' | 'height'> & Partial<Pick<ImageHeader, 'orientation'>>;
type Reader = (view: DataView, bytes: Uint8Array) => Found;

/** Each throws RangeError where the bytes end too early. */
const READERS: Readonly<Record<ImageKind, Reader>> = {
  png: (view, bytes) => {
    let orientation = 1;
    for (let at = 8; at + 8 <= bytes.length;) {
      const length = view.getUint32(at);
      if (latin1(bytes, at + 4, 4) === 'eXIf')
        orientation = exifOrientation(bytes.subarray(at + 8, at + 8 + length));
      at += 12 + length;
    }
    return { width: view.getUint32(16), height: view.getUint32(20), orientation };
  },

  jpeg: (view, bytes) => {
    let orientation = 1;
    for (let at = 2; ;) {
      if (view.getUint8(at) !== 0xff) throw new RangeError('no marker');
      const marker = view.getUint8(at + 1);
      // Fill bytes, and markers without a length.
      if (marker === 0xff) at += 1;
      else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
      else if (isFrame(marker))
        return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), orientation };
      else {
        const next = at + 2 + view.getUint16(at + 2);
        if (marker === 0xe1 && latin1(bytes, at + 4, 6) === 'Exif\0\0')
          orientation = exifOrientation(bytes.subarray(at + 10, next));
        at = next;
      }
    }
  },

  webp: (view, bytes) => {
    let orientation = 1;
    for (let at = 12; at + 8 <= bytes.length;) {
      const length = view.getUint32(at + 4, true);
      if (latin1(bytes, at, 4) === 'EXIF') {
        const data = bytes.subarray(at + 8, at + 8 + length);
        orientation = exifOrientation(latin1(data, 0, 6) === 'Exif\0\0' ? data.subarray(6) : data);
      }
      at += 8 + length + (length & 1);
    }
    return { ...webpSize(view, latin1(bytes, 12, 4)), orientation };
  },

  gif: (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),

  bmp: (view) =>
    view.getUint32(14, true) === 12
      ? { width: view.getUint16(18, true), height: view.getUint16(20, true) }
      : { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) },

  avif: (view, bytes) => {
    // The largest of its pictures: an alpha plane and a thumbnail have boxes of their own.
    const largest = { width: 0, height: 0 };
    const head = new TextDecoder('latin1').decode(bytes.subarray(0, AVIF_HEAD_BYTES));
    for (let at = head.indexOf('ispe'); at !== -1; at = head.indexOf('ispe', at + 4)) {
      const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
      if (width * height > largest.width * largest.height) Object.assign(largest, { width, height });
    }
    return largest;
  },
};

/** Start of frame, of any kind of coding; C4, C8 and CC are other segments (ITU T.81, table B.1). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** Source: RFC 9649, 2.5 to 2.7, and RFC 6386, 9.1. */
function webpSize(view: DataView, chunk: string): Found {
  if (chunk === 'VP8X') return { width: uint24(view, 24) + 1, height: uint24(view, 27) + 1 };
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}

function latin1(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}

function notRead(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'it is empty';
  const foreign = foreignKindOf(bytes);
  const read = IMAGE_KINDS.map((kind) => kind.toUpperCase()).join(', ');
  return foreign === null
    ? `it begins with ${hex(bytes)}, as no ${read} does`
    : `it is ${foreign}, which Chrome does not decode; ${read} are read`;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
