/** The channel after the handshake. */

import { deepEqual, equal, notDeepEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { must } from '../base/assert.ts';
import { concat, utf8 } from '../base/bytes.ts';
import { messageBytesMax, rekeyFrames } from '../base/limits.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { Channel, channelOverheadBytes } from './channel.ts';

const primitives = nativePrimitives();
const BAD = { code: 'badProof' };
const CLOSED = { code: 'closed' };

/** The two ends of one channel. */
function ends(framesPerKey = rekeyFrames): readonly [Channel, Channel] {
  const one = (): Uint8Array => new Uint8Array(32).fill(1);
  const two = (): Uint8Array => new Uint8Array(32).fill(2);
  return [
    new Channel(primitives, { send: one(), receive: two(), framesPerKey }),
    new Channel(primitives, { send: two(), receive: one(), framesPerKey }),
  ];
}

const frames = (count: number): Uint8Array[] => Array.from({ length: count }, (_, n) => utf8(`frame ${n}`));

test('[H3] frames of any size open in their order, in both directions at once', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 200 }))), (sent) => {
      const [client, server] = ends(3);
      for (const [isUp, frame] of sent) {
        const [from, to] = isUp ? [client, server] : [server, client];
        const sealed = from.seal(frame);
        equal(sealed.length, frame.length + channelOverheadBytes);
        deepEqual(to.open(sealed), frame);
      }
    }),
  );
});

test('[H3] a replayed frame closes the channel', () => {
  const [client, server] = ends();
  const sealed = client.seal(utf8('pay'));
  server.open(sealed);
  throws(() => server.open(sealed), BAD);
  throws(() => server.open(client.seal(utf8('next'))), CLOSED);
  throws(() => server.seal(utf8('answer')), CLOSED);
});

test('[H3] reordered frames close the channel', () => {
  const [client, server] = ends();
  const [, second] = frames(2).map((frame) => client.seal(frame));
  throws(() => server.open(must(second, 'a second frame')), BAD);
  throws(() => server.open(client.seal(utf8('x'))), CLOSED);
});

test('[H3] a dropped frame closes the channel at the next one', () => {
  const [client, server] = ends();
  const [first, , third] = frames(3).map((frame) => client.seal(frame));
  server.open(must(first, 'a first frame'));
  throws(() => server.open(must(third, 'a third frame')), BAD);
});

test('[H3] a frame with any bit changed, cut off or added does not open', () => {
  const plain = utf8('some frame');
  const size = plain.length + channelOverheadBytes;
  const broken: ((sealed: Uint8Array) => Uint8Array)[] = [
    ...Array.from({ length: 8 * size }, (_, bit) => (sealed: Uint8Array) => {
      const changed = sealed.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return changed;
    }),
    ...Array.from({ length: size }, (_, length) => (sealed: Uint8Array) => sealed.slice(0, length)),
    (sealed) => concat(sealed, Uint8Array.of(0)),
    (sealed) => sealed.slice(1),
  ];
  for (const breakIt of broken) {
    const [client, server] = ends();
    throws(() => server.open(breakIt(client.seal(plain))), BAD);
    throws(() => server.open(client.seal(plain)), CLOSED);
  }
});

test('[H3] a frame that is reflected to its sender does not open', () => {
  const [client] = ends();
  throws(() => client.open(client.seal(utf8('echo'))), BAD);
});

test('[H3] equal frames are sealed differently each time', () => {
  const [client] = ends();
  notDeepEqual(client.seal(utf8('same')), client.seal(utf8('same')));
});

test('[H3] each key seals its number of frames under the counter as nonce, then comes the next key', () => {
  const [client] = ends(4);
  const expand = (secret: Uint8Array, label: string): Uint8Array => {
    const text = utf8(`copse/1/${label}`);
    const info = concat(Uint8Array.of(text.length), text);
    return primitives.hmacSha256(secret, concat(info, Uint8Array.of(1)));
  };
  let secret = new Uint8Array(32).fill(1) as Uint8Array;
  for (const [n, frame] of frames(14).entries()) {
    if (n > 0 && n % 4 === 0) secret = expand(secret, 'channel/next');
    const nonce = new Uint8Array(12);
    nonce[11] = n;
    const sealed = primitives.aesGcmSeal(expand(secret, 'channel/key'), nonce, frame, new Uint8Array(0));
    deepEqual(client.seal(frame), sealed);
  }
});

test('[H3] a side that changes its key too early or too late is not understood', () => {
  const [client] = ends(4);
  const [, server] = ends(5);
  const sealed = frames(5).map((frame) => client.seal(frame));
  for (const frame of sealed.slice(0, 4)) server.open(frame);
  throws(() => server.open(must(sealed[4], 'a fifth frame')), BAD);
});

test('[G2] a frame beyond its limit is too large on both ends', () => {
  const [client, server] = ends();
  const largest = new Uint8Array(messageBytesMax);
  deepEqual(server.open(client.seal(largest)), largest);
  throws(() => client.seal(new Uint8Array(messageBytesMax + 1)), { code: 'tooLarge' });
  deepEqual(server.open(client.seal(utf8('still open'))), utf8('still open'));
  throws(() => server.open(new Uint8Array(messageBytesMax + channelOverheadBytes + 1)), { code: 'tooLarge' });
  throws(() => server.open(client.seal(utf8('x'))), CLOSED);
});

test('[H3] a closed channel seals and opens nothing', () => {
  const [client, server] = ends();
  const sealed = client.seal(utf8('x'));
  client.close();
  throws(() => client.seal(utf8('y')), CLOSED);
  server.close();
  throws(() => server.open(sealed), CLOSED);
});
