/**
 * The key schedule of the handshake and the proofs of identity in it. Every hash, key, signature and MAC
 * has a domain of its own, and those of the two roles differ, so nothing that one side made can be given
 * back to it as the other's (SPEC C2, H1).
 *
 *   h1 = H(request: login_request ‖ Y)            K = X25519, all-zero refused (H7)
 *   h2 = H(challenge: h1 ‖ plaintext of login_challenge)
 *   h3 = H(response: h2 ‖ plaintext of login_response)
 *   flight keys, MAC keys = HKDF-Expand(HKDF-Extract(salt h1, K), domain)
 *   traffic secrets       = HKDF-Expand(HKDF-Extract(salt h3, K), domain)
 *   node's proof   = sign(S; h1 ‖ S),      mac(S ‖ signature)
 *   device's proof = sign(B; h2 ‖ S ‖ B),  mac(B ‖ signature)
 *
 * h1 covers the whole request, so a changed suite, key, target or cookie changes every key (H2, H6). A
 * flight key seals one message, so its nonce is zero.
 */

import { concat, equal, NO_BYTES } from '../base/bytes.ts';
import { key, type Key } from '../base/ids.ts';
import { nonceBytes } from '../crypto/aead.ts';
import { domain, type Domain } from '../crypto/domain.ts';
import { hashBytes, hashOf, hkdfExpand, hkdfExtract, macOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { sign, verify } from '../crypto/sign.ts';
import type { IdentityProof } from './handshake.ts';

/** An Ed25519 key pair that a side shows in the handshake. */
export interface Identity {
  readonly seed: Uint8Array;
  readonly publicKey: Key;
}

export interface FlightKeys {
  readonly challenge: Uint8Array;
  readonly response: Uint8Array;
  readonly serverMac: Uint8Array;
  readonly clientMac: Uint8Array;
}

export interface TrafficSecrets {
  readonly toServer: Uint8Array;
  readonly toClient: Uint8Array;
}

/** What a role signs and MACs with: labels that the other role does not have. */
export interface Role {
  readonly signed: Domain;
  readonly authenticated: Domain;
}

const REQUEST_HASH = domain('handshake/request');
const CHALLENGE_HASH = domain('handshake/challenge');
const RESPONSE_HASH = domain('handshake/response');
const CHALLENGE_KEY = domain('handshake/challenge-key');
const RESPONSE_KEY = domain('handshake/response-key');
const SERVER_MAC_KEY = domain('handshake/server-mac-key');
const CLIENT_MAC_KEY = domain('handshake/client-mac-key');
const TO_SERVER = domain('handshake/to-server');
const TO_CLIENT = domain('handshake/to-client');
const SERVER_SIGNED = domain('handshake/server');
const CLIENT_SIGNED = domain('handshake/client');
const SERVER_MAC = domain('handshake/server-mac');
const CLIENT_MAC = domain('handshake/client-mac');

export const serverRole: Role = { signed: SERVER_SIGNED, authenticated: SERVER_MAC };
export const clientRole: Role = { signed: CLIENT_SIGNED, authenticated: CLIENT_MAC };

const ZERO_NONCE = new Uint8Array(nonceBytes);

export async function identityOf(primitives: Primitives, seed: Uint8Array): Promise<Identity> {
  return { seed, publicKey: key(await primitives.ed25519PublicKey(seed)) };
}

/** h1. */
export function requestHash(
  primitives: Primitives,
  request: Uint8Array,
  serverOneTimeKey: Uint8Array,
): Uint8Array {
  return hashOf(primitives, REQUEST_HASH, concat(request, serverOneTimeKey));
}

/** h2. */
export function challengeHash(primitives: Primitives, h1: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return hashOf(primitives, CHALLENGE_HASH, concat(h1, plaintext));
}

/** h3. */
export function responseHash(primitives: Primitives, h2: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return hashOf(primitives, RESPONSE_HASH, concat(h2, plaintext));
}

export function flightKeys(primitives: Primitives, shared: Uint8Array, h1: Uint8Array): FlightKeys {
  const expand = expander(primitives, shared, h1);
  return {
    challenge: expand(CHALLENGE_KEY),
    response: expand(RESPONSE_KEY),
    serverMac: expand(SERVER_MAC_KEY),
    clientMac: expand(CLIENT_MAC_KEY),
  };
}

export function trafficSecrets(primitives: Primitives, shared: Uint8Array, h3: Uint8Array): TrafficSecrets {
  const expand = expander(primitives, shared, h3);
  return { toServer: expand(TO_SERVER), toClient: expand(TO_CLIENT) };
}

export function sealFlight(primitives: Primitives, flightKey: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return primitives.aesGcmSeal(flightKey, ZERO_NONCE, plaintext, NO_BYTES);
}

/** The plaintext, or null when the other side has not the same secret or saw another transcript. */
export function openFlight(
  primitives: Primitives,
  flightKey: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | null {
  return primitives.aesGcmOpen(flightKey, ZERO_NONCE, sealed, NO_BYTES);
}

export interface ProofContext {
  /** h1 for the node; h2 and the node's key for the device, which thereby names both. */
  readonly transcript: Uint8Array;
  readonly macKey: Uint8Array;
}

export async function prove(
  primitives: Primitives,
  role: Role,
  identity: Identity,
  context: ProofContext & { readonly extra: Uint8Array },
): Promise<IdentityProof> {
  const { publicKey, seed } = identity;
  const signature = await sign(primitives, seed, role.signed, signedPart(context.transcript, publicKey));
  const mac = macOf(primitives, context.macKey, role.authenticated, concat(publicKey, signature));
  return { publicKey, signature, mac, extra: context.extra };
}

/** Whether the proof's key signed this transcript in this role, in this very handshake. */
export async function isProven(
  primitives: Primitives,
  role: Role,
  proof: IdentityProof,
  context: ProofContext,
): Promise<boolean> {
  const { publicKey, signature } = proof;
  const mac = macOf(primitives, context.macKey, role.authenticated, concat(publicKey, signature));
  if (!equal(mac, proof.mac)) return false;
  return verify(primitives, publicKey, role.signed, signedPart(context.transcript, publicKey), signature);
}

/** All parts have fixed sizes, so the bytes are read in one way. */
function signedPart(transcript: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return concat(transcript, publicKey);
}

function expander(
  primitives: Primitives,
  shared: Uint8Array,
  salt: Uint8Array,
): (within: Domain) => Uint8Array {
  const pseudorandomKey = hkdfExtract(primitives, salt, shared);
  return (within) => hkdfExpand(primitives, pseudorandomKey, within.prefix, hashBytes);
}
