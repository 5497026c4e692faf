import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concat, utf8 } from '../../base/bytes.ts';
import { imageHeadBytesMax } from '../../base/limits-files.ts';
import { imageSize } from './image-size.ts';

const u16 = (value: number): Uint8Array => Uint8Array.of((value >> 8) & 255, value & 255);
const u32 = (value: number): Uint8Array => concat(u16(Math.floor(value / 65_536)), u16(value % 65_536));
const l16 = (value: number): Uint8Array => u16(value).toReversed();
const l24 = (value: number): Uint8Array =>
  Uint8Array.of(value & 255, (value >> 8) & 255, (value >> 16) & 255);
const zeros = (size: number): Uint8Array => new Uint8Array(size);

export function png(width: number, height: number): Uint8Array {
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return concat(
    signature,
    u32(13),
    utf8('IHDR'),
    u32(width),
    u32(height),
    Uint8Array.of(8, 6, 0, 0, 0),
    zeros(4),
  );
}

function jpeg(width: number, height: number, before = zeros(0)): Uint8Array {
  const frame = concat(
    Uint8Array.of(0xff, 0xc2),
    u16(17),
    Uint8Array.of(8),
    u16(height),
    u16(width),
    zeros(10),
  );
  return concat(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), u16(16), zeros(14), before, frame);
}

function gif(width: number, height: number, inner: readonly [number, number] = [1, 1]): Uint8Array {
  const screen = concat(utf8('GIF89a'), l16(width), l16(height), Uint8Array.of(0x80, 0, 0), zeros(6));
  const control = Uint8Array.of(0x21, 0xf9, 4, 0, 0, 0, 0, 0);
  const picture = concat(
    Uint8Array.of(0x2c),
    zeros(4),
    l16(inner[0]),
    l16(inner[1]),
    Uint8Array.of(0, 2, 1, 0, 0),
  );
  return concat(screen, control, picture, Uint8Array.of(0x3b));
}

function webp(kind: string, body: Uint8Array): Uint8Array {
  return concat(utf8('RIFF'), zeros(4), utf8('WEBP'), utf8(kind), zeros(4), body, zeros(10));
}

const box = (kind: string, ...parts: readonly Uint8Array[]): Uint8Array => {
  const body = concat(...parts);
  return concat(u32(8 + body.length), utf8(kind), body);
};

function avif(...sizes: readonly (readonly [number, number])[]): Uint8Array {
  const ispe = sizes.map(([width, height]) => box('ispe', zeros(4), u32(width), u32(height)));
  const meta = box(
    'meta',
    zeros(4),
    box('hdlr', zeros(20)),
    box('iprp', box('ipco', box('pixi', zeros(8)), ...ispe)),
  );
  return concat(box('ftyp', utf8('avif'), zeros(4), utf8('mif1')), meta, box('mdat', zeros(30)));
}

const vp8l = (width: number, height: number): Uint8Array => {
  const bits = (width - 1) | ((height - 1) << 14);
  return webp('VP8L', concat(Uint8Array.of(0x2f), l16(bits & 0xffff), l16(bits >>> 16)));
};

test('[Z44] the size of a picture is read from its header', () => {
  const wide = { width: 640, height: 480 };
  deepEqual(imageSize('image/png', png(640, 480)), wide);
  deepEqual(imageSize('image/jpeg', jpeg(640, 480)), wide);
  const segments = concat(
    ...Array.from({ length: 40 }, () => concat(Uint8Array.of(0xff, 0xe2), u16(60_002), zeros(60_000))),
  );
  deepEqual(
    imageSize('image/jpeg', jpeg(640, 480, segments.subarray(0, 10 * 60_004))),
    wide,
    'a profile stands before it',
  );
  equal(imageSize('image/jpeg', jpeg(640, 480, segments)), null, 'and is no way to hide it');
  deepEqual(imageSize('image/gif', gif(640, 480)), wide);
  deepEqual(imageSize('image/webp', webp('VP8X', concat(zeros(4), l24(639), l24(479)))), wide);
  deepEqual(imageSize('image/webp', vp8l(640, 480)), wide);
  const lossy = concat(zeros(3), Uint8Array.of(0x9d, 1, 0x2a), l16(640), l16(480));
  deepEqual(imageSize('image/webp', webp('VP8 ', lossy)), wide);
  deepEqual(imageSize('image/avif', avif([640, 480])), wide);
});

test('[Z44] a picture says its largest size: one that is larger inside is as large as that', () => {
  deepEqual(imageSize('image/gif', gif(10, 10, [30_000, 40_000])), { width: 30_000, height: 40_000 });
  deepEqual(imageSize('image/avif', avif([10, 10], [65_000, 3], [2, 64_000])), {
    width: 65_000,
    height: 64_000,
  });
  deepEqual(imageSize('image/png', png(0xffff_ffff, 0xffff_ffff)), {
    width: 0xffff_ffff,
    height: 0xffff_ffff,
  });
});

test('[Z44] what begins otherwise than its type says is no picture', () => {
  const pictures = {
    'image/png': png(5, 5),
    'image/jpeg': jpeg(5, 5),
    'image/gif': gif(5, 5),
    'image/webp': vp8l(5, 5),
    'image/avif': avif([5, 5]),
  };
  for (const type of Object.keys(pictures))
    for (const [other, bytes] of Object.entries(pictures))
      equal(imageSize(type, bytes) !== null, type === other, `${other} as ${type}`);
  equal(imageSize('image/svg+xml', utf8('<svg width="5" height="5"/>')), null);
  equal(imageSize('image/png', png(0, 5)), null);
  equal(imageSize('constructor', png(5, 5)), null);
  equal(
    imageSize('image/jpeg', Uint8Array.of(0xff, 0xd8, 0xff, 0xda, 0, 4, 0, 0, 0xff, 0xc0)),
    null,
    'a scan without a frame',
  );
});

test('[Z44] any bytes are a picture of some size or none, and what is read is bounded', () => {
  const kinds = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'];
  const heads = [png(5, 5), jpeg(5, 5), gif(5, 5), vp8l(5, 5), avif([5, 5])];
  const spoilt = fc.tuple(fc.constantFrom(...heads), fc.nat(), fc.nat(255), fc.nat());
  fc.assert(
    fc.property(fc.constantFrom(...kinds), spoilt, (type, [head, at, value, cut]) => {
      const bytes = head.slice(0, 1 + (cut % head.length));
      bytes[at % bytes.length] = value;
      const size = imageSize(type, bytes);
      equal(size === null || (size.width > 0 && size.height > 0), true);
    }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 200 }), (type, bytes) => {
      imageSize(type, bytes);
    }),
  );
  // Blocks without an end, and boxes that hold nothing.
  equal(
    imageSize(
      'image/gif',
      concat(gif(5, 5).subarray(0, 19), new Uint8Array(2 * imageHeadBytesMax).fill(0x21)),
    )?.width,
    5,
  );
  const empty = concat(...Array.from({ length: 5_000 }, () => box('free')));
  equal(imageSize('image/avif', concat(box('ftyp', utf8('avif'), zeros(4)), empty, avif([9, 9]))), null);
});
