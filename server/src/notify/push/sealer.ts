/** Messages that are encrypted together, as they go to the thread that does it and come back: one array each way. */

import { assert } from 'copse/internal/base/assert.ts';
import { pushTextBytesMax } from 'copse/internal/base/limits-push.ts';
import type { Clerk } from '../../store/desk.ts';
import { encryptPush } from './encrypt.ts';
import type { PushKeys } from './subscription.ts';

export interface Sealed {
  readonly keys: PushKeys;
  readonly text: Uint8Array;
}

const POINT_BYTES = 65;
const AUTH_BYTES = 16;
const LENGTH_BYTES = 2;
const HEAD_BYTES = POINT_BYTES + AUTH_BYTES + LENGTH_BYTES;

export class Sealer implements Clerk {
  seal(packed: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    return packBodies(unpackTexts(packed).map(({ keys, text }) => encryptPush(keys, text)));
  }

  tidy(): void {}

  close(): void {}
}

export function packTexts(messages: readonly Sealed[]): Uint8Array<ArrayBuffer> {
  const length = messages.reduce((sum, { text }) => sum + HEAD_BYTES + text.length, 0);
  const packed = new Uint8Array(length);
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const { keys, text } of messages) {
    assert(keys.p256dh.length === POINT_BYTES && keys.auth.length === AUTH_BYTES, 'keys were checked');
    assert(text.length <= pushTextBytesMax, 'a text fits a message');
    packed.set(keys.p256dh, at);
    packed.set(keys.auth, at + POINT_BYTES);
    view.setUint16(at + POINT_BYTES + AUTH_BYTES, text.length);
    packed.set(text, at + HEAD_BYTES);
    at += HEAD_BYTES + text.length;
  }
  return packed;
}

function unpackTexts(packed: Uint8Array<ArrayBuffer>): readonly Sealed[] {
  const view = new DataView(packed.buffer);
  const messages: Sealed[] = [];
  for (let at = 0; at < packed.length;) {
    const p256dh = packed.subarray(at, at + POINT_BYTES);
    const auth = packed.subarray(at + POINT_BYTES, at + POINT_BYTES + AUTH_BYTES);
    const end = at + HEAD_BYTES + view.getUint16(at + POINT_BYTES + AUTH_BYTES);
    messages.push({ keys: { p256dh, auth }, text: packed.subarray(at + HEAD_BYTES, end) });
    at = end;
  }
  return messages;
}

function packBodies(bodies: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(bodies.reduce((sum, body) => sum + LENGTH_BYTES + body.length, 0));
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const body of bodies) {
    view.setUint16(at, body.length);
    packed.set(body, at + LENGTH_BYTES);
    at += LENGTH_BYTES + body.length;
  }
  return packed;
}

export function unpackBodies(packed: Uint8Array<ArrayBuffer>): readonly Uint8Array[] {
  const view = new DataView(packed.buffer);
  const bodies: Uint8Array[] = [];
  for (let at = 0; at < packed.length;) {
    const end = at + LENGTH_BYTES + view.getUint16(at);
    bodies.push(packed.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return bodies;
}
