/**
 * Width and height of a picture from its header (SPEC Z44), without decoding it: PNG, JPEG, GIF, WebP and AVIF. What
 * does not begin as its type says is none. Reads stay in the bytes that are there, and look at a bounded number
 * of parts.
 */

import { imageHeadBytesMax, imagePartsMax } from '../../base/limits-files.ts';

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Of the first bytes of a file of this type; null when they are no such picture, or do not say how large it is. */
export function imageSize(type: string, bytes: Uint8Array): ImageSize | null {
  const reader = READERS[type.split(';', 1)[0] ?? ''];
  const head = bytes.subarray(0, imageHeadBytesMax);
  const size = reader?.(new DataView(head.buffer, head.byteOffset, head.length)) ?? null;
  return size !== null && size.width > 0 && size.height > 0 ? size : null;
}

type SizeReader = (view: DataView) => ImageSize | null;

const READERS: Readonly<Record<string, SizeReader>> = {
  'image/png': pngSize,
  'image/jpeg': jpegSize,
  'image/gif': gifSize,
  'image/webp': webpSize,
  'image/avif': avifSize,
};

/** Whether there are so many bytes there. */
const has = (view: DataView, at: number, size: number): boolean => at >= 0 && at + size <= view.byteLength;

function tag(view: DataView, at: number): string {
  if (!has(view, at, 4)) return '';
  return String.fromCharCode(
    view.getUint8(at),
    view.getUint8(at + 1),
    view.getUint8(at + 2),
    view.getUint8(at + 3),
  );
}

function pngSize(view: DataView): ImageSize | null {
  if (!has(view, 0, 24) || view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) return null;
  if (view.getUint32(8) !== 13 || tag(view, 12) !== 'IHDR') return null;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** The logical screen, or the largest picture on it when that is larger. */
function gifSize(view: DataView): ImageSize | null {
  if (!has(view, 0, 13) || !/^GIF8$/.test(tag(view, 0)) || !/^[79]a$/.test(tag(view, 4).slice(0, 2)))
    return null;
  let width = view.getUint16(6, true);
  let height = view.getUint16(8, true);
  for (
    let at = afterTable(view, 13, view.getUint8(10)), part = 0;
    part < imagePartsMax && has(view, at, 1);
    part++
  ) {
    const kind = view.getUint8(at);
    if (kind === 0x21) at = afterBlocks(view, at + 2);
    else if (kind === 0x2c && has(view, at, 10)) {
      width = Math.max(width, view.getUint16(at + 1, true) + view.getUint16(at + 5, true));
      height = Math.max(height, view.getUint16(at + 3, true) + view.getUint16(at + 7, true));
      at = afterBlocks(view, afterTable(view, at + 10, view.getUint8(at + 9)) + 1);
    } else break;
  }
  return { width, height };
}

/** Behind a table of colours, when the flags say that there is one. */
const afterTable = (_view: DataView, at: number, flags: number): number =>
  (flags & 0x80) === 0 ? at : at + 3 * 2 ** ((flags & 7) + 1);

function afterBlocks(view: DataView, from: number): number {
  let at = from;
  while (has(view, at, 1) && view.getUint8(at) !== 0) at += 1 + view.getUint8(at);
  return at + 1;
}

/** Markers of frames; the others of this row are tables. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function jpegSize(view: DataView): ImageSize | null {
  if (!has(view, 0, 4) || view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2, part = 0; part < imagePartsMax && has(view, at, 4); part++) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (isFrame(marker))
      return has(view, at, 9) ? { width: view.getUint16(at + 7), height: view.getUint16(at + 5) } : null;
    // A scan or an end before any frame.
    if (marker === 0xda || marker === 0xd9) return null;
    const size = view.getUint16(at + 2);
    if (size < 2) return null;
    at += 2 + size;
  }
  return null;
}

function webpSize(view: DataView): ImageSize | null {
  if (!has(view, 0, 30) || tag(view, 0) !== 'RIFF' || tag(view, 8) !== 'WEBP') return null;
  switch (tag(view, 12)) {
    case 'VP8X':
      return { width: 1 + uint24(view, 24), height: 1 + uint24(view, 27) };
    case 'VP8L': {
      if (view.getUint8(20) !== 0x2f) return null;
      const bits = view.getUint32(21, true);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
    }
    case 'VP8 ': {
      if (uint24(view, 23) !== 0x2a019d) return null;
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    }
    default:
      return null;
  }
}

const uint24 = (view: DataView, at: number): number =>
  view.getUint16(at, true) + (view.getUint8(at + 2) << 16);

/** Boxes of ISO/IEC 14496-12: `ftyp` names the brand, `meta/iprp/ipco/ispe` the sizes; the largest one counts. */
function avifSize(view: DataView): ImageSize | null {
  const end = view.byteLength;
  const [first] = boxes(view, 0, end);
  if (first?.kind !== 'ftyp' || !/^avi[fs]$/.test(tag(view, first.from))) return null;
  // A full box: version and flags come first.
  const meta = inside(view, { from: 0, to: end }, 'meta');
  const iprp = meta && inside(view, { from: meta.from + 4, to: meta.to }, 'iprp');
  const ipco = iprp && inside(view, iprp, 'ipco');
  if (ipco === undefined) return null;
  const sizes = boxes(view, ipco.from, ipco.to)
    .filter(({ kind, from }) => kind === 'ispe' && has(view, from, 12))
    .map(({ from }) => ({ width: view.getUint32(from + 4), height: view.getUint32(from + 8) }));
  if (sizes.length === 0) return null;
  return {
    width: Math.max(...sizes.map(({ width }) => width)),
    height: Math.max(...sizes.map(({ height }) => height)),
  };
}

interface Box {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

function inside(view: DataView, place: Pick<Box, 'from' | 'to'>, kind: string): Box | undefined {
  return boxes(view, place.from, place.to).find((box) => box.kind === kind);
}

function boxes(view: DataView, from: number, to: number): readonly Box[] {
  const found: Box[] = [];
  for (let at = from; found.length < imagePartsMax && at + 8 <= to && has(view, at, 8);) {
    const size = view.getUint32(at);
    const isLong = size === 1 && has(view, at, 16);
    const whole = isLong
      ? view.getUint32(at + 8) * 2 ** 32 + view.getUint32(at + 12)
      : size === 0
        ? to - at
        : size;
    const headBytes = isLong ? 16 : 8;
    if (whole < headBytes) break;
    found.push({ kind: tag(view, at + 4), from: at + headBytes, to: Math.min(to, at + whole) });
    at += whole;
  }
  return found;
}
