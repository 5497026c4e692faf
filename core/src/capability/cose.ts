/**
 * Signed objects: COSE_Sign1 (RFC 9052 section 4.2) in deterministic CBOR (SPEC C9).
 *
 *   object    = 18([ h'a10127', {}, payload, signature ])       protected header {1: -8}: EdDSA
 *   signature = Ed25519 over ["Signature1", h'a10127', domain, payload], by the signer
 *   payload   = { 1: version, 2: signer's key, 3…: what the kind of object says }
 *   id        = SHA-256 of the whole object in a domain
 *
 * The domain is the external data of COSE, so an object of one kind is none of another (SPEC C2). The
 * bytes outside the payload have one form only; who changes any of them has no object, and nobody but
 * the signer can give the same statement a second id.
 */

import { equal, concat, hex } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { cborDepthMax, signedBytesMax } from '../base/limits.ts';
import { domain, type Domain } from '../crypto/domain.ts';
import { hashOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { publicKeyBytes, signatureBytes, signRaw, verifyRaw } from '../crypto/sign.ts';
import { Reader } from '../wire/buffer.ts';
import { decodeCbor, encodeCbor, readByteString, type Cbor, type CborMap } from '../wire/cbor.ts';
import { Fields } from '../wire/fields.ts';

/** SHA-256 of a signed object, 32 bytes in lower-case hex. */
export type ObjectId = string;

export interface SignedObject {
  readonly id: ObjectId;
  readonly signer: Key;
  /** The fields from 3 on; whoever knows the kind reads them. */
  readonly fields: Fields;
}

/** The head of tag 18 (RFC 9052 table 1). */
const SIGN1_TAG = 0xd2;
/** {1: -8}: the algorithm is EdDSA (RFC 9053 section 2.2). */
const PROTECTED = Uint8Array.of(0xa1, 0x01, 0x27);
/** Tag, four items, the protected header, no other header. */
const OBJECT_HEAD = concat(Uint8Array.of(SIGN1_TAG, 0x84), encodeCbor(PROTECTED), encodeCbor(new Map()));
/** What every Sig_structure (RFC 9052 section 4.4) begins with: four items, the context, the protected header. */
const SIGNED_HEAD = concat(Uint8Array.of(0x84), encodeCbor('Signature1'), encodeCbor(PROTECTED));
export const VERSION = 1;
export const VERSION_FIELD = 1;
export const SIGNER_FIELD = 2;
const OBJECT_ID = domain('id/object');

/** The object that states `fields` (their keys from 3 on) in the name of the seed's key. */
export async function signObject(
  primitives: Primitives,
  within: Domain,
  seed: Uint8Array,
  fields: Iterable<readonly [number, Cbor]>,
): Promise<Uint8Array> {
  const body: CborMap = new Map(fields);
  body.set(VERSION_FIELD, VERSION);
  body.set(SIGNER_FIELD, await primitives.ed25519PublicKey(seed));
  const item = encodeCbor(encodeCbor(body));
  const signature = await signRaw(primitives, seed, signedBytes(within, item));
  return concat(OBJECT_HEAD, item, encodeCbor(signature));
}

/**
 * The object in `bytes`, or null when its signature does not hold; `malformed` or `tooLarge` when it is
 * none at all. What is checked and hashed are the received bytes.
 */
export async function openObject(
  primitives: Primitives,
  within: Domain,
  bytes: Uint8Array,
): Promise<SignedObject | null> {
  const { payload, item, signature } = decodeObject(bytes, signedBytesMax);
  const fields = new Fields(
    'a signed object',
    decodeCbor(payload, { bytesMax: signedBytesMax, depthMax: cborDepthMax }),
  );
  if (fields.uint(VERSION_FIELD) !== VERSION) throw new Fault('malformed', 'an object of another version');
  const signer = key(fields.bytes(SIGNER_FIELD, publicKeyBytes));
  if (!(await verifyRaw(primitives, signer, signedBytes(within, item), signature))) return null;
  return { id: objectId(primitives, bytes), signer, fields };
}

/** The id of an object, valid or not. */
export function objectId(primitives: Primitives, bytes: Uint8Array): ObjectId {
  return hex(hashOf(primitives, OBJECT_ID, bytes));
}

/** Sig_structure of RFC 9052 section 4.4; `item` is the payload with its head, as it stands in the object. */
export function signedBytes(within: Domain, item: Uint8Array): Uint8Array {
  // The prefix begins with its length, which a byte string states anyway.
  return concat(SIGNED_HEAD, encodeCbor(within.prefix.subarray(1)), item);
}

/** An object taken apart; nobody has checked it. */
export interface Parts {
  readonly payload: Uint8Array;
  /** The payload with its head. */
  readonly item: Uint8Array;
  readonly signature: Uint8Array;
}

/** Views into `bytes`, with at most `bytesMax` behind the first. Read in place: to decode it as CBOR and encode it again took 2 µs of each object. */
export function decodeObject(bytes: Uint8Array, bytesMax: number): Parts {
  if (bytes.length > 1 + bytesMax) throw new Fault('tooLarge', `at most ${bytesMax} bytes`);
  const reader = new Reader(bytes);
  if (!equal(reader.raw(OBJECT_HEAD.length), OBJECT_HEAD)) {
    throw new Fault('malformed', 'another header');
  }
  const from = reader.at;
  const payload = readByteString(reader);
  const item = bytes.subarray(from, reader.at);
  const signature = readByteString(reader);
  if (signature.length !== signatureBytes) throw new Fault('malformed', 'a signature of another size');
  reader.done();
  return { payload, item, signature };
}
