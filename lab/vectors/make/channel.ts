/** Frames of the channel behind the handshake (SPEC H3), over the steps from key to key. */

import { hex, utf8 } from 'copse/internal/base/bytes.ts';
import { Channel } from 'copse/internal/social/channel.ts';
import { primitives, seedOf } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';

const secret = seedOf('traffic secret');
const other = seedOf('other traffic secret');
const TEXTS = [
  'first',
  'second',
  '',
  'the fourth, under the next key',
  'fifth',
  'sixth',
  'seventh, one key on',
];

export function channel(): VectorFile {
  return {
    path: 'channel.json',
    about:
      'One direction of a channel: its traffic secret and the frames sealed under it in order. `framesPerKey` is 2^20 in truth and small here so that the steps to the next keys show. An invalid one is received after the frames in `before`.',
    valid: [
      vector('as it is', 2 ** 20, TEXTS.slice(0, 3)),
      vector('with a key for every three frames', 3, TEXTS),
    ],
    invalid: refused(),
  };
}

/** The channel wipes the secrets that it is given. */
function seal(framesPerKey: number, texts: readonly string[]): readonly Uint8Array[] {
  const end = new Channel(primitives, { send: secret.slice(), receive: other.slice(), framesPerKey });
  return texts.map((text) => end.seal(utf8(text)));
}

function vector(name: string, framesPerKey: number, texts: readonly string[]): Vector {
  const sealed = seal(framesPerKey, texts);
  return {
    name,
    secret: hex(secret),
    framesPerKey,
    frames: texts.map((text, i) => ({ plaintext: hex(utf8(text)), sealed: hex(sealed[i] ?? secret) })),
  };
}

function refused(): readonly Vector[] {
  const [first = secret, second = secret, third = secret] = seal(3, TEXTS);
  const flipped = second.slice();
  flipped[0] = (flipped[0] ?? 0) ^ 1;
  const wrong = (name: string, before: readonly Uint8Array[], bytes: Uint8Array): Vector => ({
    name,
    secret: hex(secret),
    framesPerKey: 3,
    before: before.map(hex),
    bytes: hex(bytes),
    fault: 'badProof',
  });
  return [
    wrong('the first frame again', [first], first),
    wrong('a frame left out', [first], third),
    wrong('a flipped bit', [first], flipped),
    wrong('the second frame first', [], second),
    wrong('shorter than a tag', [], first.subarray(0, 15)),
    wrong('no bytes', [first], new Uint8Array(0)),
  ];
}
