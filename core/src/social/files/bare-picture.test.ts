import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concat, utf8 } from '../../base/bytes.ts';
import { barePicture } from './bare-picture.ts';

const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255);
const u32 = (value: number): Uint8Array => concat(u16(Math.floor(value / 65_536)), u16(value % 65_536));
const l32 = (value: number): Uint8Array => u32(value).toReversed();

const segment = (marker: number, ...content: readonly Uint8Array[]): Uint8Array => {
  const bytes = concat(...content);
  return concat(Uint8Array.of(0xff, marker), u16(bytes.length + 2), bytes);
};
const SOI = Uint8Array.of(0xff, 0xd8);
const EOI = Uint8Array.of(0xff, 0xd9);
const jfif = segment(0xe0, utf8('JFIF\0'), new Uint8Array(9));
const adobe = segment(0xee, utf8('Adobe'), new Uint8Array(7));
const colours = segment(0xe2, utf8('ICC_PROFILE\0'), Uint8Array.of(1, 1, 7, 7));
const tables = segment(0xdb, new Uint8Array(65));
const frame = segment(0xc2, Uint8Array.of(8, 0, 9, 0, 9, 1, 1, 0x11, 0));
/** Its data holds a stuffed 0xff, a restart and what would end the picture inside the next table. */
const scan = concat(
  segment(0xda, Uint8Array.of(1, 1, 0, 0, 0, 0)),
  Uint8Array.of(1, 0xff, 0, 2, 0xff, 0xd0, 3),
);
const huffman = segment(0xc4, Uint8Array.of(0xff, 0xd9, 4));

/** Exif with a place in a directory of its own, in either order of bytes. */
function exif(turn: number, isLittle = false): Uint8Array {
  const short = (value: number) => (isLittle ? u16(value).toReversed() : u16(value));
  const long = (value: number) => (isLittle ? l32(value) : u32(value));
  const entry = (tag: number, type: number, value: Uint8Array) =>
    concat(short(tag), short(type), long(1), value);
  const head = concat(utf8(isLittle ? 'II' : 'MM'), short(42), long(8), short(3));
  const entries = concat(
    entry(0x010f, 2, long(50)),
    entry(0x0112, 3, concat(short(turn), short(0))),
    entry(0x8825, 4, long(60)),
  );
  return segment(0xe1, utf8('Exif\0\0'), head, entries, long(0), utf8('GPS 52.5 N 13.4 E'));
}

const jpeg = (...parts: readonly Uint8Array[]): Uint8Array => concat(SOI, ...parts, EOI);

test('[Z97] of a JPEG goes what shows it, and nothing of where, when and by whom', () => {
  const picture = [jfif, colours, adobe, tables, frame, huffman, scan, huffman, scan];
  const beside = [
    exif(1),
    segment(0xe1, utf8('http://ns.adobe.com/xap/1.0/\0<x/>')),
    segment(0xed, utf8('Photoshop')),
  ];
  const preview = [segment(0xe2, utf8('MPF\0'), new Uint8Array(20)), segment(0xfe, utf8('made by me'))];
  const whole = concat(jpeg(...beside, ...preview, ...picture), jpeg(tables), utf8('and a film'));
  deepEqual(barePicture('image/jpeg', whole), jpeg(...picture));
  deepEqual(barePicture('image/jpeg', jpeg(...picture)), jpeg(...picture));
});

test('[Z97] a JPEG is turned as it was, whichever order its Exif has, and done again it is the same', () => {
  for (const isLittle of [false, true]) {
    for (let turn = 1; turn <= 8; turn++) {
      const bare = barePicture('image/jpeg', jpeg(exif(turn, isLittle), jfif, tables, frame, scan));
      ok(bare !== null);
      const text = new TextDecoder('latin1').decode(bare);
      equal(text.includes('GPS'), false);
      equal(text.includes('Exif'), turn !== 1);
      if (turn !== 1) deepEqual(bare.subarray(2 + 28, 2 + 30), Uint8Array.of(0, turn));
      deepEqual(barePicture('image/jpeg', bare), bare);
    }
  }
  deepEqual(barePicture('image/jpeg', jpeg(exif(9), tables, scan)), jpeg(tables, scan));
});

test('[Z97] of a PNG go its chunks without words and times, up to its end', () => {
  const head = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const chunk = (kind: string, size: number) => concat(u32(size), utf8(kind), new Uint8Array(size + 4));
  const beside = ['eXIf', 'tEXt', 'zTXt', 'iTXt', 'tIME'].map((kind) => chunk(kind, 5));
  const shown = [chunk('iCCP', 3), chunk('IDAT', 9), chunk('IDAT', 1)];
  const whole = concat(head, chunk('IHDR', 13), ...beside, ...shown, chunk('IEND', 0), utf8('behind'));
  deepEqual(barePicture('image/png', whole), concat(head, chunk('IHDR', 13), ...shown, chunk('IEND', 0)));
});

test('[Z97] of a WebP go its chunks without Exif and XMP, and its header says so', () => {
  const chunk = (kind: string, ...bytes: readonly number[]) =>
    concat(utf8(kind), l32(bytes.length), Uint8Array.of(...bytes, ...(bytes.length % 2 === 1 ? [0] : [])));
  const webp = (...chunks: readonly Uint8Array[]) => {
    const inner = concat(utf8('WEBP'), ...chunks);
    return concat(utf8('RIFF'), l32(inner.length), inner);
  };
  const size = [0, 0, 0, 9, 0, 0, 9, 0, 0];
  const whole = webp(
    chunk('VP8X', 0x3c, ...size),
    chunk('VP8L', 1, 2, 3),
    chunk('EXIF', 9, 9),
    chunk('XMP ', 9),
  );
  deepEqual(
    barePicture('image/webp', concat(whole, utf8('behind'))),
    webp(chunk('VP8X', 0x30, ...size), chunk('VP8L', 1, 2, 3)),
  );
  deepEqual(barePicture('image/webp', webp(chunk('VP8 ', 1, 2))), webp(chunk('VP8 ', 1, 2)));
});

test('[Z97] what is cut, or none of these, is left to its owner, and nothing is read beyond its end', () => {
  const whole = jpeg(exif(6), jfif, tables, frame, scan);
  for (let length = 0; length < whole.length; length++)
    equal(barePicture('image/jpeg', whole.subarray(0, length)), null, `${length} bytes`);
  equal(barePicture('image/avif', whole), null);
  equal(barePicture('image/png', whole), null);
  const heads = ['\u00ff\u00d8\u00ff\u00e1', '\u0089PNG\r\n\u001a\n', 'RIFF\u0020\0\0\0WEBP'];
  const types = ['image/jpeg', 'image/png', 'image/webp'];
  fc.assert(
    fc.property(fc.constantFrom(0, 1, 2), fc.uint8Array({ maxLength: 300 }), (which, rest) => {
      const head = Uint8Array.from(heads[which] ?? '', (each) => each.charCodeAt(0));
      const bytes = concat(head, rest);
      const type = types[which] ?? '';
      const bare = barePicture(type, bytes);
      if (bare === null) return;
      ok(bare.length <= bytes.length + 36);
      deepEqual(barePicture(type, bare), bare);
    }),
    { numRuns: 2_000 },
  );
});
