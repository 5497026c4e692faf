/** Messages as sequences of frames (SPEC W5). */

import { hex, utf8 } from 'copse/internal/base/bytes.ts';
import { FAULTS } from 'copse/internal/base/fault.ts';
import { frameBytesMax } from 'copse/internal/base/limits.ts';
import { Writer } from 'copse/internal/wire/buffer.ts';
import { putFrame } from 'copse/internal/wire/frame.ts';
import { putFrameJson, type FrameJson } from '../frame-json.ts';
import { Draw } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';

const draw = new Draw('frames');
const body = (size: number): string => hex(draw.bytes(size));

const VALID: readonly (readonly [name: string, frames: readonly FrameJson[]])[] = [
  ['no frame at all', []],
  ['call', [{ kind: 'call', id: 1, number: 3, body: body(19) }]],
  ['call without a body', [{ kind: 'call', id: 300, number: 2, body: '' }]],
  ['answer', [{ kind: 'answer', id: 1, body: body(88) }]],
  ['answer without a body', [{ kind: 'answer', id: 2 ** 53 - 1, body: '' }]],
  ['fault', [{ kind: 'fault', id: 7, fault: 'tooMany', detail: 'calls of this connection' }]],
  ['fault without a detail', [{ kind: 'fault', id: 7, fault: 'internal', detail: '' }]],
  ['cast', [{ kind: 'cast', number: 16, body: body(40) }]],
  ['push', [{ kind: 'push', number: 3, body: body(12) }]],
  ['ping', [{ kind: 'ping', n: 0 }]],
  ['pong', [{ kind: 'pong', n: 123_456 }]],
  ['a length of two bytes', [{ kind: 'push', number: 2, body: body(126) }]],
  [
    'several frames in one message',
    [
      { kind: 'push', number: 1, body: body(67) },
      { kind: 'answer', id: 1, body: body(20) },
      { kind: 'ping', n: 1 },
      { kind: 'push', number: 2, body: body(200) },
    ],
  ],
];

/** They decode to the stated frames, but nothing is written so. */
const SKIPPED: readonly (readonly [name: string, bytes: string, frames: readonly FrameJson[]])[] = [
  ['a kind kept for extensions is skipped', '0340aabb', []],
  ['the last kind kept for extensions is skipped', '017f', []],
  [
    'frames around one that is skipped',
    '020601' + '0550aabbccdd' + '020701',
    [
      { kind: 'ping', n: 1 },
      { kind: 'pong', n: 1 },
    ],
  ],
  [
    'a fault with a number that is not known',
    '0503' + '07c801' + '00',
    [{ kind: 'fault', id: 7, fault: 'internal', detail: '' }],
  ],
];

const INVALID: readonly (readonly [name: string, bytes: string, fault: string])[] = [
  ['a frame without a kind', '00', 'malformed'],
  ['a length beyond the end', '0306', 'malformed'],
  ['a length without a frame', '05', 'malformed'],
  ['a length not in its shortest form', '82000601', 'malformed'],
  ['a length above the limit', `${lengthHex(frameBytesMax + 1)}06`, 'tooLarge'],
  ['kind 0', '0100', 'malformed'],
  ['kind 8, the first that nothing is', '020801', 'malformed'],
  ['kind 63, below the extensions', '023f00', 'malformed'],
  ['kind 128, above the extensions', '028000', 'malformed'],
  ['kind 255', '02ff00', 'malformed'],
  ['a good frame and half a frame', '0206010206', 'malformed'],
  ['a ping without its number', '0106', 'malformed'],
  ['a ping with a byte too many', '03060100', 'malformed'],
  ['a call without its number', '020101', 'malformed'],
  ['a fault without its detail', '03030704', 'malformed'],
  ['a fault with a longer detail than allowed', faultHex('a'.repeat(513)), 'tooLarge'],
  ['a fault whose detail is not UTF-8', '0503070401ff', 'malformed'],
];

export function frames(): VectorFile {
  const made = VALID.map(([name, list]): Vector => ({
    name,
    bytes: hex(write(list)),
    frames: list.map(plain),
  }));
  const skipped = SKIPPED.map(([name, bytes, list]): Vector => ({
    name,
    bytes,
    frames: list.map(plain),
    onlyDecoded: true,
  }));
  return {
    path: 'frames.json',
    about:
      'Whole messages and the frames in them. Bodies are opaque here. Those marked `onlyDecoded` are read as stated but never written.',
    valid: [...made, ...skipped],
    invalid: INVALID.map(([name, bytes, fault]): Vector => ({ name, bytes, fault })),
  };
}

function plain(frame: FrameJson): Record<string, string | number> {
  return { ...frame };
}

function write(list: readonly FrameJson[]): Uint8Array {
  const writer = new Writer();
  for (const frame of list) putFrameJson(writer, frame);
  return writer.take();
}

function lengthHex(size: number): string {
  const writer = new Writer();
  writer.uint(size);
  return hex(writer.take());
}

function faultHex(detail: string): string {
  const writer = new Writer();
  putFrame(writer, 3, (out) => {
    out.uint(7);
    out.uint(FAULTS.tooMany.number);
    out.uint(detail.length);
    out.raw(utf8(detail));
  });
  return hex(writer.take());
}
