/**
 * A key change: the user's signed word that from this generation on her envelopes are sealed to this key. It
 * stands in the log inside a leaf of the node, so that nobody can be given a key of hers which she did not sign.
 *
 * Fields of the payload after version (1) and user (2): 3 generation, from 1 · 4 X25519 public key · 5 milliseconds
 */

import { Fault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import { openObject, signObject } from '../capability/cose.ts';
import { domain } from '../crypto/domain.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { publicKeyBytes } from '../crypto/sign.ts';

export interface KeyChange {
  readonly user: Key;
  readonly generation: number;
  readonly publicKey: Uint8Array;
  readonly timeMs: number;
}

const KEY_CHANGE = domain('log/key-change');

export async function writeKeyChange(
  primitives: Primitives,
  userSeed: Uint8Array,
  { generation, publicKey, timeMs }: Omit<KeyChange, 'user'>,
): Promise<Uint8Array> {
  return await signObject(primitives, KEY_CHANGE, userSeed, [
    [3, generation],
    [4, publicKey],
    [5, timeMs],
  ]);
}

/** The change in `bytes`, or null when its signature does not hold; `malformed` when it is none. */
export async function openKeyChange(primitives: Primitives, bytes: Uint8Array): Promise<KeyChange | null> {
  const object = await openObject(primitives, KEY_CHANGE, bytes);
  if (object === null) return null;
  const { fields, signer } = object;
  const change = {
    user: signer,
    generation: fields.uint(3),
    publicKey: fields.bytes(4, publicKeyBytes),
    timeMs: fields.uint(5),
  };
  fields.done();
  if (change.generation === 0) throw new Fault('malformed', 'generations count from 1');
  return change;
}
