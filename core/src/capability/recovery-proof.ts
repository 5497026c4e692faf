/**
 * What is signed about recoveries: that a recovery is one's own, that a node lets somebody in, that a new
 * key claims an old user's place. Each is good at one node, on one connection, for one call (SPEC C2).
 */

import { assert, must } from '../base/assert.ts';
import { concat, fromHex } from '../base/bytes.ts';
import type { UserId } from '../base/ids.ts';
import { domain } from '../crypto/domain.ts';
import { hashOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Statement } from './possession.ts';

const OWN = domain('recovery/own');
const ADMIT = domain('recovery/admit');
const PART = domain('recovery/part');
const RESET = domain('recovery/reset');
const COMPARE = domain('recovery/compare');
/** Crockford's: no letters that are read as others. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Which call the owner makes. */
export const ownerAct = { register: 1, remove: 2, status: 3 } as const;
export type OwnerAct = (typeof ownerAct)[keyof typeof ownerAct];

/** Where: the node, and the device of the connection. */
export interface Where {
  readonly node: Uint8Array;
  readonly device: Uint8Array;
  readonly id: Uint8Array;
}

/** What a realm is given to keep, as far as it is signed. */
export interface SignedPart {
  readonly seed: Uint8Array;
  readonly card: Uint8Array;
  readonly tag: Uint8Array;
  readonly share: Uint8Array;
  readonly triesMax: number;
  readonly madeMs: number;
}

/** By the owner's recovery key. `part` is what she registers; nothing for other calls. */
export function owning(
  primitives: Primitives,
  act: OwnerAct,
  where: Where,
  part: SignedPart | null = null,
): Statement {
  const digest = part === null ? new Uint8Array(32) : digestOf(primitives, part);
  return { within: OWN, message: concat(Uint8Array.of(act), placeOf(where), digest) };
}

function digestOf(primitives: Primitives, part: SignedPart): Uint8Array {
  const { seed, card, tag, share, triesMax, madeMs } = part;
  const numbers = new Uint8Array(12);
  const view = new DataView(numbers.buffer);
  view.setUint32(0, triesMax);
  view.setBigUint64(4, BigInt(madeMs));
  // Only the card has no fixed size for who reads this, and it stands last.
  return hashOf(primitives, PART, concat(seed, tag, share, numbers, card));
}

/** By a user of the node, or by the one-time key of a grant: this owner may register here. */
export function lettingIn(where: Where, owner: Uint8Array): Statement {
  assert(owner.length === 32, 'a key has 32 bytes');
  return { within: ADMIT, message: concat(placeOf(where), owner) };
}

/** By a new user key: I am that user, and this is my key for envelopes. */
export function claiming(parts: {
  readonly node: Uint8Array;
  readonly user: UserId;
  readonly agree: Uint8Array;
}): Statement {
  const user = must(fromHex(parts.user), 'an id is hex');
  assert(
    parts.node.length === 32 && parts.agree.length === 32 && user.length === 8,
    'parts have their sizes',
  );
  return { within: RESET, message: concat(parts.node, user, parts.agree) };
}

function placeOf({ node, device, id }: Where): Uint8Array {
  assert(node.length === 32 && device.length === 32 && id.length === 16, 'parts have their sizes');
  return concat(node, device, id);
}

/** Eight characters that two people compare by telephone: a node cannot put another key in the place of hers. */
export function comparisonCode(
  primitives: Primitives,
  parts: { readonly key: Uint8Array; readonly agree: Uint8Array },
): string {
  assert(parts.key.length === 32 && parts.agree.length === 32, 'a key has 32 bytes');
  const bytes = hashOf(primitives, COMPARE, concat(parts.key, parts.agree));
  const letters = Array.from({ length: 8 }, (_, i) => ALPHABET.charAt((bytes[i] ?? 0) & 31)).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
