/** Tokens (SPEC C6): opaque to a client, made by auth and checked by the tail of the same operator. */

import { hex } from 'copse/internal/base/bytes.ts';
import { keyedMac } from 'copse/internal/crypto/hash.ts';
import {
  check,
  mint,
  shardKey,
  tokenText,
  type TokenClaims,
  type TokenKey,
} from 'copse/internal/crypto/token.ts';
import { deviceId, site, userId } from './cast.ts';
import { Draw, primitives, seedOf, wallMs } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';

const draw = new Draw('tokens');
const rootKey = seedOf('token root');
const NONE = '00'.repeat(8);
const HOUR_MS = 3_600_000;

const connectToken: TokenClaims = {
  keyNumber: 7,
  permissions: 31,
  expiresAtMs: wallMs + 12 * HOUR_MS,
  user: userId,
  device: deviceId,
  site: NONE,
  log: NONE,
  deviceEpoch: 1,
  siteEpoch: 0,
  capability: NONE,
  id: hex(draw.bytes(8)),
};

const largest: TokenClaims = {
  ...connectToken,
  keyNumber: 255,
  permissions: 0xffff,
  expiresAtMs: 0xffff_ffff * 1000,
  site: site.slice(0, 16),
  log: hex(draw.bytes(8)),
  deviceEpoch: 0xffff_ffff,
  siteEpoch: 0xffff_ffff,
  capability: hex(draw.bytes(8)),
};

function keyOf(shardId: string, number: number): TokenKey & { readonly bytes: Uint8Array } {
  const bytes = shardKey(primitives, rootKey, shardId, number);
  return { number, bytes, mac: keyedMac(primitives, bytes) };
}

export function tokens(): VectorFile {
  const make = (name: string, claims: TokenClaims, shardId: string): Vector => {
    const key = keyOf(shardId, claims.keyNumber);
    const token = mint(key, claims);
    return {
      name,
      rootKey: hex(rootKey),
      shardId,
      key: hex(key.bytes),
      claims: { ...claims },
      bytes: hex(token),
      text: tokenText(token),
    };
  };
  return {
    path: 'tokens.json',
    about: 'Tokens, the keys of shards that make them, and what is refused at `atMs` under the stated key.',
    valid: [
      make('a token to connect', connectToken, '0/20833'),
      make('every number at its largest', largest, '65535/20833'),
    ],
    invalid: refused(),
  };
}

function refused(): readonly Vector[] {
  const key = keyOf('0/20833', 7);
  const good = mint(key, connectToken);
  const changed = (at: number): Uint8Array => {
    const bytes = good.slice();
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  const wrong = (name: string, token: Uint8Array, by = key, atMs = wallMs): Vector => {
    const { kind } = check(token, by, atMs);
    if (kind === 'ok') throw new Error(`${name} is accepted`);
    return { name, key: hex(by.bytes), keyNumber: by.number, atMs, bytes: hex(token), refusal: kind };
  };
  return [
    wrong('another version', changed(0)),
    wrong('another key number', changed(1)),
    wrong('more permissions', changed(2)),
    wrong('a later end', changed(5)),
    wrong('another user', changed(8)),
    wrong('a flipped bit of the MAC', changed(79)),
    wrong('79 bytes', good.subarray(0, 79)),
    wrong('81 bytes', new Uint8Array(81)),
    wrong('another shard', good, keyOf('1/20833', 7)),
    wrong('the key of another day', good, keyOf('0/20834', 7)),
    wrong('the first moment after its end', good, key, connectToken.expiresAtMs),
    wrong('forged and expired', changed(8), key, connectToken.expiresAtMs),
  ];
}
