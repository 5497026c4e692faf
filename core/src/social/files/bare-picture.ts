/**
 * A picture without what a camera or an editor wrote beside it: place, time, names, previews (SPEC Z97). What is needed
 * to show it as it was stays: colours, and how it is to be turned. JPEG (ITU-T T.81 annex B, Exif 2.3), PNG (ISO 15948)
 * and WebP (RFC 9649). Nothing is decoded; reads stay in the bytes that are there.
 */

import { must } from '../../base/assert.ts';
import { concat, fromHex } from '../../base/bytes.ts';

/** The same picture, bare; null when it is none of these, or not whole. */
export function barePicture(type: string, bytes: Uint8Array): Uint8Array | null {
  const parts = BARERS[type.split(';', 1)[0] ?? '']?.(
    new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
  );
  return parts === undefined || parts === null ? null : concat(...parts);
}

type Parts = readonly Uint8Array[];

const BARERS: Readonly<Record<string, (view: DataView) => Parts | null>> = {
  'image/jpeg': bareJpeg,
  'image/png': barePng,
  'image/webp': bareWebp,
};

const bytesOf = (view: DataView, from: number, to: number): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + from, to - from);

function textOf(view: DataView, at: number, length: number): string {
  if (at + length > view.byteLength) return '';
  return String.fromCharCode(...bytesOf(view, at, at + length));
}

const SOI = 0xffd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP14 = 0xee;
const APP15 = 0xef;
const COMMENT = 0xfe;

function bareJpeg(view: DataView): Parts | null {
  if (view.byteLength < 4 || view.getUint16(0) !== SOI) return null;
  const parts: Uint8Array[] = [];
  let turn = 1;
  for (let at = 2; at + 2 <= view.byteLength;) {
    const marker = view.getUint8(at + 1);
    if (view.getUint8(at) !== 0xff) return null;
    if (marker === 0xff) {
      // A marker may be filled up with these.
      at++;
      continue;
    }
    // What follows the end is another picture, or the film that a phone took with it.
    if (marker === EOI) return [bytesOf(view, 0, 2), ...turned(turn), ...parts, bytesOf(view, at, at + 2)];
    if (at + 4 > view.byteLength) return null;
    const end = at + 2 + view.getUint16(at + 2);
    if (end < at + 4 || end > view.byteLength) return null;
    if (marker === APP1) turn = orientation(view, at + 4, end) ?? turn;
    const next = marker === SOS ? afterScan(view, end) : end;
    if (isPartOfPicture(view, at, marker)) parts.push(bytesOf(view, at, next));
    at = next;
  }
  return null;
}

function isPartOfPicture(view: DataView, at: number, marker: number): boolean {
  if (marker === COMMENT) return false;
  if (marker === APP2) return textOf(view, at + 4, 11) === 'ICC_PROFILE';
  return marker === APP0 || marker === APP14 || marker < APP0 || marker > APP15;
}

/** Behind the coded data of a scan: at the next marker that is not part of it. */
function afterScan(view: DataView, from: number): number {
  for (let at = from; at + 1 < view.byteLength; at++) {
    if (view.getUint8(at) !== 0xff) continue;
    const next = view.getUint8(at + 1);
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return view.byteLength;
}

const ORIENTATION = 0x0112;
const SHORT = 3;

/** How the picture is to be turned, from 1 to 8, as Exif says in its first directory. */
function orientation(view: DataView, from: number, end: number): number | null {
  if (textOf(view, from, 6) !== 'Exif\0\0' || from + 14 > end) return null;
  const tiff = from + 6;
  const isLittle = textOf(view, tiff, 2) === 'II';
  const directory = tiff + view.getUint32(tiff + 4, isLittle);
  if (directory + 2 > end) return null;
  const count = view.getUint16(directory, isLittle);
  for (let entry = directory + 2, n = 0; n < count && entry + 12 <= end; n++, entry += 12) {
    if (view.getUint16(entry, isLittle) !== ORIENTATION || view.getUint16(entry + 2, isLittle) !== SHORT)
      continue;
    const turn = view.getUint16(entry + 8, isLittle);
    return turn >= 1 && turn <= 8 ? turn : null;
  }
  return null;
}

/** An Exif of its own that says nothing else. */
function turned(turn: number): Parts {
  if (turn === 1) return [];
  // A directory of one entry: the orientation, a short, once; none follows.
  const exif = must(fromHex('4578696600004d4d002a000000080001011200030000000100'), 'it is hex');
  const rest = Uint8Array.of(turn, 0, 0, 0, 0, 0, 0);
  return [Uint8Array.of(0xff, APP1, 0, 2 + exif.length + rest.length), exif, rest];
}

const PNG_HEAD = '\x89PNG\r\n\x1a\n';
const WRITTEN_BESIDE: ReadonlySet<string> = new Set(['eXIf', 'tEXt', 'zTXt', 'iTXt', 'tIME']);

function barePng(view: DataView): Parts | null {
  if (textOf(view, 0, 8) !== PNG_HEAD) return null;
  const parts = [bytesOf(view, 0, 8)];
  for (let at = 8; at + 12 <= view.byteLength;) {
    const end = at + 12 + view.getUint32(at);
    const kind = textOf(view, at + 4, 4);
    if (end > view.byteLength) return null;
    if (!WRITTEN_BESIDE.has(kind)) parts.push(bytesOf(view, at, end));
    if (kind === 'IEND') return parts;
    at = end;
  }
  return null;
}

/** Bits of the extended header that say that there is Exif and XMP. */
const WEBP_BESIDE = 0x0c;

function bareWebp(view: DataView): Parts | null {
  if (textOf(view, 0, 4) !== 'RIFF' || textOf(view, 8, 4) !== 'WEBP') return null;
  const end = 8 + view.getUint32(4, true);
  if (end > view.byteLength) return null;
  const parts: Uint8Array[] = [];
  let at = 12;
  while (at + 8 <= end) {
    const size = view.getUint32(at + 4, true);
    const next = Math.min(at + 8 + size + (size % 2), end);
    const kind = textOf(view, at, 4);
    if (at + 8 + size > end) return null;
    if (kind === 'VP8X' && size > 0) parts.push(plainHeader(view, at, next));
    else if (kind !== 'EXIF' && kind !== 'XMP ') parts.push(bytesOf(view, at, next));
    at = next;
  }
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  const head = bytesOf(view, 0, 12).slice();
  new DataView(head.buffer).setUint32(4, length, true);
  return [head, ...parts];
}

function plainHeader(view: DataView, from: number, to: number): Uint8Array {
  const header = bytesOf(view, from, to).slice();
  header[8] = view.getUint8(from + 8) & ~WEBP_BESIDE;
  return header;
}
