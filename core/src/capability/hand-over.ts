/**
 * Handing a secret from one device to another through a node that must not learn it (SPEC E6, D2). The new device
 * commits to a one-time key and a nonce, the old one answers with its own, only then the new one reveals; six
 * digits of the whole transcript are compared by a person. A node that puts keys of its own in between has
 * fixed all it can choose before it learns the last nonce, so it guesses once, one in a million.
 */

import { concat, equal, utf8 } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import type { Key } from '../base/ids.ts';
import { open, seal } from '../crypto/aead.ts';
import { agree } from '../crypto/agree.ts';
import { domain } from '../crypto/domain.ts';
import { deriveKey, hashOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';

export const handOverNonceBytes = 16;

const COMMITMENT = domain('hand-over/commitment');
const TRANSCRIPT = domain('hand-over/transcript');
const CODE = domain('hand-over/code');
const SEAL = domain('hand-over/seal');
const DIGITS = 1_000_000;

/** One side, as the other sees it. */
export interface HandOverParty {
  readonly device: Key;
  /** One-time X25519 key. */
  readonly exchange: Uint8Array;
  readonly nonce: Uint8Array;
}

interface Encounter {
  readonly node: Key;
  /** Who waits. */
  readonly asking: HandOverParty;
  /** Who has the secret. */
  readonly giving: HandOverParty;
}

/** After a sign-in with e-mail. */
export interface Meeting extends Encounter {
  /** As the statement of the new device has it, in its normal form. */
  readonly email: string;
  readonly statement: number;
}

/** In one room, or between people who speak to each other. */
export interface Pairing extends Encounter {
  readonly pairing: Uint8Array;
  /** What the new device showed in its picture and the node never saw; empty when no picture was taken. */
  readonly token: Uint8Array;
}

export function commitmentOf(primitives: Primitives, party: HandOverParty): Uint8Array {
  return hashOf(primitives, COMMITMENT, partyBytes(party));
}

export function isCommitted(primitives: Primitives, commitment: Uint8Array, party: HandOverParty): boolean {
  return equal(commitmentOf(primitives, party), commitment);
}

/** Everything both sides have seen. */
export function transcriptOf(primitives: Primitives, meeting: Meeting | Pairing): Uint8Array {
  const { node, asking, giving } = meeting;
  const parties = concat(node, partyBytes(asking), partyBytes(giving));
  return hashOf(primitives, TRANSCRIPT, concat(parties, aboutOf(meeting)));
}

/** One begins with a digit, the other does not. */
function aboutOf(meeting: Meeting | Pairing): Uint8Array {
  if ('pairing' in meeting) return concat(utf8('pairing '), meeting.pairing, meeting.token);
  return utf8(`${meeting.statement} ${meeting.email}`);
}

/** Device, key and nonce have fixed sizes, so their concatenation is unambiguous. */
function partyBytes({ device, exchange, nonce }: HandOverParty): Uint8Array {
  return concat(device, exchange, nonce);
}

/** Six digits that are the same on both screens, or somebody is in between. */
export function shortCodeOf(primitives: Primitives, transcript: Uint8Array): string {
  const hash = hashOf(primitives, CODE, transcript);
  const number = new DataView(hash.buffer, hash.byteOffset).getBigUint64(0) % BigInt(DIGITS);
  const digits = String(number).padStart(6, '0');
  return `${digits.slice(0, 3)} ${digits.slice(3)}`;
}

interface Ends {
  /** Secret of the own one-time key. */
  readonly secret: Uint8Array;
  /** Public key of the other side. */
  readonly other: Uint8Array;
  readonly transcript: Uint8Array;
}

/** Null when the other's key is none (SPEC C3). */
export async function sealHandOver(
  primitives: Primitives,
  env: Env,
  ends: Ends,
  plaintext: Uint8Array,
): Promise<Uint8Array | null> {
  const key = await keyOf(primitives, ends);
  return key === null ? null : seal(primitives, env, { key, associated: ends.transcript }, plaintext);
}

/** Null when it was not sealed by who was compared, for this meeting. */
export async function openHandOver(
  primitives: Primitives,
  ends: Ends,
  sealed: Uint8Array,
): Promise<Uint8Array | null> {
  const key = await keyOf(primitives, ends);
  return key === null ? null : open(primitives, { key, associated: ends.transcript }, sealed);
}

async function keyOf(
  primitives: Primitives,
  { secret, other, transcript }: Ends,
): Promise<Uint8Array | null> {
  const shared = await agree(primitives, secret, other);
  return shared === null ? null : deriveKey(primitives, shared, SEAL, transcript);
}
