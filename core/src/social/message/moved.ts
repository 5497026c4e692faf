/**
 * That a key goes on as another one (SPEC Z107), in two statements that anybody carries on:
 *
 *   moved     by the old key: the new key, and its consent over the old one
 *   formerly  by the new key: the keys that it had before, the last one first
 *
 * The first holds by itself, so that who follows the old key finds the new one; of the second only what the first
 * one says of each of them.
 */

import { concat } from '../../base/bytes.ts';
import { key, type Key } from '../../base/ids.ts';
import { formerKeysMax } from '../../base/limits-peer.ts';
import { isProven, prove, type Statement } from '../../capability/possession.ts';
import { domain } from '../../crypto/domain.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { publicKeyBytes, signatureBytes } from '../../crypto/sign.ts';

const MOVED = domain('social/moved');

/** What the old key says, with the consent of the seed's key. */
export async function encodeMoved(primitives: Primitives, old: Key, seed: Uint8Array): Promise<Uint8Array> {
  const to = await primitives.ed25519PublicKey(seed);
  return concat(to, await prove(primitives, seed, consenting(old)));
}

/** Where a key goes on; null when the other one has not agreed. */
export async function movedTo(primitives: Primitives, old: Key, content: Uint8Array): Promise<Key | null> {
  if (content.length !== publicKeyBytes + signatureBytes) return null;
  const to = key(content.slice(0, publicKeyBytes));
  const consent = content.subarray(publicKeyBytes);
  return (await isProven(primitives, to, consenting(old), consent)) ? to : null;
}

/** By the new key: this one was mine. */
function consenting(old: Key): Statement {
  return { within: MOVED, message: old };
}

export function formersIn(content: Uint8Array): readonly Key[] {
  const count = Math.min(formerKeysMax, Math.floor(content.length / publicKeyBytes));
  return Array.from({ length: count }, (_, at) =>
    key(content.slice(at * publicKeyBytes, (at + 1) * publicKeyBytes)),
  );
}
