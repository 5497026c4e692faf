/**
 * The secret of a token (SPEC A17): what a device is given once for its signature, so that the shard checks nothing
 * but symmetric operations when the device connects again. It is derived from the token under the shard's own
 * key: nobody stores it, another shard cannot make it, and it ends with its token.
 */

import { assert } from '../base/assert.ts';
import { concat } from '../base/bytes.ts';
import type { Key } from '../base/ids.ts';
import { domain } from './domain.ts';
import type { KeyedMac } from './hash.ts';
import { tokenBytes } from './token.ts';

const SECRET = domain('token/secret');
const RESUME = domain('token/resume');

/** `key` is that of the shard which made the token. */
export function tokenSecret(key: KeyedMac, token: Uint8Array): Uint8Array {
  assert(token.length === tokenBytes, 'a token has its size');
  return key.mac(concat(SECRET.prefix, token));
}

/** By whoever has the secret: I am on this connection (nonce) to this node with this token. */
export function resumeMac(
  secret: KeyedMac,
  parts: { readonly nonce: Uint8Array; readonly node: Key; readonly token: Uint8Array },
): Uint8Array {
  assert(parts.nonce.length === 32, 'a nonce has its size');
  assert(parts.node.length === 32, 'a key has its size');
  return secret.mac(concat(RESUME.prefix, parts.nonce, parts.node, parts.token));
}
