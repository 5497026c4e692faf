/**
 * Whether somebody is a friend of a friend (SPEC Z75): a user follows her, or follows somebody who does, as far
 * as this node knows their statements. Looked through in slices, between which others have their turn.
 */

import { equal } from '../../base/bytes.ts';
import { key, type Key } from '../../base/ids.ts';
import { friendsAskedMax, friendsSlice } from '../../base/limits-work.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { publicKeyBytes } from '../../crypto/sign.ts';
import { KIND } from '../message/kinds.ts';
import { readMessage } from '../message/message.ts';
import type { PeerStore } from '../store/store.ts';

export interface NearParts {
  readonly store: PeerStore;
  readonly primitives: Primitives;
  readonly soon: (task: () => void) => void;
}

export async function isNear(parts: NearParts, user: Key, who: Key): Promise<boolean> {
  const followed = followsOf(parts, user);
  if (followed.some((each) => equal(each, who))) return true;
  for (const [at, each] of followed.slice(0, friendsAskedMax).entries()) {
    if (at % friendsSlice === friendsSlice - 1) await new Promise<void>((resolve) => parts.soon(resolve));
    if (followsOf(parts, each).some((other) => equal(other, who))) return true;
  }
  return false;
}

function followsOf({ store, primitives }: NearParts, of: Key): readonly Key[] {
  const stored = store.current(of, KIND.follows, '');
  if (stored === null) return [];
  const { content } = readMessage(primitives, stored.bytes);
  const keys: Key[] = [];
  for (let at = 0; at + publicKeyBytes <= content.length; at += publicKeyBytes)
    keys.push(key(content.subarray(at, at + publicKeyBytes)));
  return keys;
}
