/** Recovery (SPEC P3): codes, the ids of a recovery at its realms, and the card that opens under the code alone. */

import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { sealCard, type Card } from 'copse/internal/capability/recovery-card.ts';
import { codeText, recoveryIdAt, recoveryKeysOf } from 'copse/internal/capability/recovery-code.ts';
import { Draw, fixedEnv, primitives, seedOf, wallMs } from './draw.ts';
import { device, node, otherUser } from './cast.ts';
import type { Json, Vector, VectorFile } from './file.ts';

const draw = new Draw('recovery');
const SECRET = seedOf('secret of a user');
const REALMS = [
  { url: 'https://one.example', node: node.publicKey },
  { url: 'https://two.example:8443', node: device.publicKey },
  { url: 'http://127.0.0.1:7070', node: otherUser.publicKey },
];

const CARD: Card = {
  version: draw.bytes(16),
  madeMs: wallMs,
  threshold: 2,
  triesMax: 10,
  salt: draw.bytes(16),
  costLog: 16,
  check: draw.bytes(32),
  realms: REALMS.map(({ url, node: of }) => ({
    url,
    node: of,
    publicKey: draw.bytes(32),
    masked: draw.bytes(32),
    commitment: draw.bytes(32),
  })),
  sealed: draw.bytes(60),
};

function jsonOf(value: unknown): Json {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, jsonOf(each)]));
  if (typeof value === 'number' || typeof value === 'string') return value;
  throw new Error('a card holds bytes, texts and numbers');
}

export async function recovery(): Promise<VectorFile> {
  const keys = await recoveryKeysOf(primitives, SECRET);
  const others = await recoveryKeysOf(primitives, seedOf('secret of another'));
  const nonce = (): Uint8Array => draw.bytes(12);
  const seal = (card: Card, by = keys): Promise<Uint8Array> =>
    sealCard(primitives, fixedEnv(nonce()), by, card);
  const text = codeText({ ...keys.code, realms: REALMS.map(({ url }) => url) });
  const card = await seal(CARD);
  const few = { ...CARD, threshold: 2, realms: CARD.realms.slice(0, 2) };
  const vector = (name: string, of: Card, bytes: Uint8Array): Vector => ({
    name,
    secret: hex(SECRET),
    code: text,
    publicKey: hex(keys.publicKey),
    ids: REALMS.map(({ node: realm }) => hex(recoveryIdAt(primitives, keys.code, realm))),
    card: jsonOf(of),
    bytes: hex(bytes),
  });
  const wrong = (name: string, bytes: Uint8Array): Vector => ({ name, code: text, bytes: hex(bytes) });
  const flipped = card.slice();
  flipped.set([must(flipped[100], 'a byte') ^ 1], 100);
  // By somebody who has found the code and seals under it what she has signed herself.
  const forged = await seal(CARD, { ...others, code: keys.code });
  const twice = { ...CARD, realms: [...CARD.realms.slice(0, 1), ...CARD.realms.slice(0, 2)] };
  return {
    path: 'recovery.json',
    about:
      'Recovery cards. From the secret of a user come the code, the key that signs and the ids at her realms, in the order of the card; `bytes` is the sealed card. An invalid one opens to nothing under the code.',
    valid: [
      vector('two of three realms', CARD, card),
      vector('two of two realms', few, await seal(few)),
      vector('cheap to stretch', { ...CARD, costLog: 12 }, await seal({ ...CARD, costLog: 12 })),
    ],
    invalid: [
      wrong('another byte', flipped),
      wrong('of another code', await seal(CARD, others)),
      wrong('signed by another', forged),
      wrong('a threshold of one', await seal({ ...CARD, threshold: 1 })),
      wrong('a threshold above the realms', await seal({ ...CARD, threshold: 4 })),
      wrong('one realm twice', await seal(twice)),
      wrong('too cheap to stretch', await seal({ ...CARD, costLog: 11 })),
      wrong('one byte short', card.subarray(0, -1)),
    ],
  };
}
