/**
 * A user's key for envelopes (SPEC K2): an X25519 pair with a generation. Generation 1 comes from her secret,
 * later ones are random, each made when one of her devices has ended. It is stated by the user's key, or by a
 * device together with the blessing that lets it speak for her. Each generation opens the one before.
 *
 * Fields of the payload after version (1) and signer (2): 3 user key · 4 generation · 5 X25519 public key ·
 * 6 back link, empty for the first · 7 issued · 8 blessing, empty when the user signs
 */

import { equal, NO_BYTES } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { clockSkewMs, signedBytesMax } from '../base/limits.ts';
import { open, seal, sealOverheadBytes } from '../crypto/aead.ts';
import { exchangeKeyBytes } from '../crypto/agree.ts';
import { domain, separated } from '../crypto/domain.ts';
import { deriveKey } from '../crypto/hash.ts';
import { hpkeOpen, hpkeSeal } from '../crypto/hpke.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { publicKeyBytes } from '../crypto/sign.ts';
import { Writer } from '../wire/buffer.ts';
import { openBlessing } from './blessing.ts';
import { openObject, signObject } from './cose.ts';
import { permission } from './policy.ts';

const USER_KEY = domain('capability/user-key');
const LINK = domain('user/link');
const ENVELOPE = domain('user/envelope');

export interface UserKeyTerms {
  readonly user: Key;
  readonly generation: number;
  readonly publicKey: Uint8Array;
  /** The secret of the generation before, sealed under this one's; empty for the first. */
  readonly link: Uint8Array;
  readonly issuedMs: number;
}

export interface UserKey extends UserKeyTerms {
  /** The device that signed it, or null when the user did. */
  readonly device: Key | null;
}

/** The statement, by the seed of the user, or by that of a device with its blessing. */
export function writeUserKey(
  primitives: Primitives,
  by: { readonly seed: Uint8Array; readonly blessing?: Uint8Array },
  terms: UserKeyTerms,
): Promise<Uint8Array> {
  return signObject(primitives, USER_KEY, by.seed, [
    [3, terms.user],
    [4, terms.generation],
    [5, terms.publicKey],
    [6, terms.link],
    [7, terms.issuedMs],
    [8, by.blessing ?? NO_BYTES],
  ]);
}

/** The key stated in `bytes`, or null when nobody who may speak for the user has signed it; `malformed` when it is none. */
export async function openUserKey(primitives: Primitives, bytes: Uint8Array): Promise<UserKey | null> {
  const object = await openObject(primitives, USER_KEY, bytes);
  if (object === null) return null;
  const { fields, signer } = object;
  const terms = {
    user: key(fields.bytes(3, publicKeyBytes)),
    generation: fields.uint(4),
    publicKey: fields.bytes(5, exchangeKeyBytes),
    link: fields.blob(6, sealOverheadBytes + exchangeKeyBytes),
    issuedMs: fields.uint(7),
  };
  const blessing = fields.blob(8, signedBytesMax);
  fields.done();
  const isFirst = terms.generation === 1;
  if (terms.generation === 0 || isFirst !== (terms.link.length === 0)) {
    throw new Fault('malformed', 'a user key: every generation but the first links to the one before');
  }
  if (blessing.length === 0) return equal(signer, terms.user) ? { ...terms, device: null } : null;
  return (await maySpeak(primitives, blessing, signer, terms)) ? { ...terms, device: signer } : null;
}

/** Whether the blessing lets the signer do everything for the user at that time. */
async function maySpeak(
  primitives: Primitives,
  bytes: Uint8Array,
  signer: Key,
  { user, issuedMs }: UserKeyTerms,
): Promise<boolean> {
  const blessing = await openBlessing(primitives, bytes);
  if (blessing === null || !equal(blessing.user, user) || !equal(blessing.device, signer)) return false;
  if ((blessing.scope & permission.admin) === 0) return false;
  return issuedMs >= blessing.issuedMs - clockSkewMs && issuedMs < blessing.expiresMs + clockSkewMs;
}

interface Generation {
  readonly user: Key;
  readonly generation: number;
  readonly secret: Uint8Array;
}

/** The secret of the generation before, sealed under this one's. */
export function sealUserLink(
  primitives: Primitives,
  env: Env,
  of: Generation,
  before: Uint8Array,
): Uint8Array {
  return seal(primitives, env, linkKey(primitives, of), before);
}

export function openUserLink(primitives: Primitives, of: Generation, link: Uint8Array): Uint8Array | null {
  return open(primitives, linkKey(primitives, of), link);
}

function linkKey(primitives: Primitives, { user, generation, secret }: Generation) {
  return { key: deriveKey(primitives, secret, LINK), associated: placed(user, generation) };
}

function placed(user: Key, generation: number): Uint8Array {
  const writer = new Writer();
  writer.raw(user);
  writer.uint(generation);
  return writer.take();
}

/** The secret in an envelope for one device; null when the device's key is none. */
export function sealUserEnvelope(
  primitives: Primitives,
  env: Env,
  of: Generation,
  publicKey: Uint8Array,
): Promise<Uint8Array | null> {
  return hpkeSeal(primitives, env, { ...envelopeContext(of, publicKey), publicKey }, of.secret);
}

export function openUserEnvelope(
  primitives: Primitives,
  device: { readonly secret: Uint8Array; readonly publicKey: Uint8Array },
  of: Omit<Generation, 'secret'>,
  envelope: Uint8Array,
): Promise<Uint8Array | null> {
  return hpkeOpen(primitives, device.secret, envelopeContext(of, device.publicKey), envelope);
}

function envelopeContext({ user, generation }: Omit<Generation, 'secret'>, publicKey: Uint8Array) {
  return { info: separated(ENVELOPE, publicKey), associated: placed(user, generation) };
}
