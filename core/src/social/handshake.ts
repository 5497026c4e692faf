/**
 * The handshake `$user@$browser → $server`: three flights and a sealed result, SIGMA-I with the hygiene
 * of TLS 1.3. Suite 1 is X25519, Ed25519, HKDF-SHA256 and AES-256-GCM. X and Y are one-time keys, S is
 * the node, B the device; brackets are arrays in deterministic CBOR, H and the keys are in
 * `handshake-keys.ts`.
 *
 *   login_request    c→s  ["copse/hs/1", suite, X, S, cookie]                       (H4, H8)
 *   login_challenge  s→c  [1, Y, seal(challenge key; [S, signature, mac, terms])]   (H2, H4)
 *   login_response   c→s  seal(response key; [B, signature, mac, blessing])         (H1, H2, H8)
 *   login_result     s→c  first frame of the channel: [0, info] or [fault, detail]  (H3, H10)
 *
 * Instead of the challenge the node may answer `[2, cookie]`: the same request again, with the cookie,
 * proves that the sender can hear us and costs us one HMAC (H9). Or `[0, fault]`, in clear and therefore
 * believed to be no more than a reason to give up: whoever can forge it can also cut the line.
 *
 * This file has the flights' bytes; the two sides are `handshake-client.ts` and `handshake-server.ts`.
 */

import { Fault, FAULT_CODES, FAULTS, type FaultCode } from '../base/fault.ts';
import { cborDepthMax, flightBytesMax, signedBytesMax, termsBytesMax } from '../base/limits.ts';
import { exchangeKeyBytes } from '../crypto/agree.ts';
import { tagBytes } from '../crypto/aead.ts';
import { publicKeyBytes, signatureBytes } from '../crypto/sign.ts';
import { decodeCbor, encodeCbor, type Cbor } from '../wire/cbor.ts';
import { Fields } from '../wire/fields.ts';

export const suite = 1;
export const cookieBytes = 16;
/** Why a guest is refused, as text for a person. */
export const detailBytesMax = 128;
const LABEL = 'copse/hs/1';
const MAC_BYTES = 32;

export interface LoginRequest {
  readonly suite: number;
  readonly oneTimeKey: Uint8Array;
  /** The key that the client expects the node to have. */
  readonly target: Uint8Array;
  /** Empty, or what the node answered to the first request. */
  readonly cookie: Uint8Array;
}

/** What a node answers to a request. */
export type LoginAnswer =
  | { readonly kind: 'refused'; readonly fault: FaultCode }
  | { readonly kind: 'challenge'; readonly oneTimeKey: Uint8Array; readonly sealed: Uint8Array }
  | { readonly kind: 'cookie'; readonly cookie: Uint8Array };

/** How one side shows who it is, with what it says besides: the node its terms, the device its blessing. */
export interface IdentityProof {
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
  readonly mac: Uint8Array;
  readonly extra: Uint8Array;
}

export type LoginResult =
  | { readonly kind: 'ok'; readonly info: Uint8Array }
  | { readonly kind: 'refused'; readonly fault: FaultCode; readonly detail: string };

const REFUSED = 0;
const CHALLENGE = 1;
const COOKIE = 2;
const OK = 0;
/** The refusals that a node gives in clear; others are sealed or not given. */
const CLEAR_FAULTS: readonly FaultCode[] = ['malformed', 'tooMany', 'version', 'wrongPeer'];

export function encodeLoginRequest(request: LoginRequest): Uint8Array {
  return encodeCbor([LABEL, request.suite, request.oneTimeKey, request.target, request.cookie]);
}

export function decodeLoginRequest(flight: Uint8Array): LoginRequest {
  const fields = decodeFields('a login request', flight);
  if (fields.text(0, LABEL.length) !== LABEL) throw new Fault('malformed', 'not a login request');
  const request = {
    suite: fields.uint(1, 255),
    oneTimeKey: fields.bytes(2, exchangeKeyBytes),
    target: fields.bytes(3, publicKeyBytes),
    cookie: fields.blob(4, cookieBytes),
  };
  fields.done();
  return request;
}

export function encodeLoginAnswer(answer: LoginAnswer): Uint8Array {
  switch (answer.kind) {
    case 'refused':
      return encodeCbor([REFUSED, FAULTS[answer.fault].number]);
    case 'challenge':
      return encodeCbor([CHALLENGE, answer.oneTimeKey, answer.sealed]);
    case 'cookie':
      return encodeCbor([COOKIE, answer.cookie]);
  }
}

export function decodeLoginAnswer(flight: Uint8Array): LoginAnswer {
  const fields = decodeFields('an answer to a login request', flight);
  const kind = fields.uint(0, COOKIE);
  const answer = readAnswer(kind, fields);
  fields.done();
  return answer;
}

function readAnswer(kind: number, fields: Fields): LoginAnswer {
  if (kind === COOKIE) return { kind: 'cookie', cookie: fields.bytes(1, cookieBytes) };
  if (kind === CHALLENGE) {
    const oneTimeKey = fields.bytes(1, exchangeKeyBytes);
    return { kind: 'challenge', oneTimeKey, sealed: fields.blob(2, flightBytesMax, tagBytes) };
  }
  const fault = FAULT_CODES.get(fields.uint(1));
  if (fault === undefined || !CLEAR_FAULTS.includes(fault)) throw new Fault('malformed', 'not a refusal');
  return { kind: 'refused', fault };
}

/** Whether the node tells it to somebody of whom it knows nothing. */
export function isClearFault(code: FaultCode): boolean {
  return CLEAR_FAULTS.includes(code);
}

export function encodeProof(proof: IdentityProof): Uint8Array {
  return encodeCbor([proof.publicKey, proof.signature, proof.mac, proof.extra]);
}

export function decodeProof(plaintext: Uint8Array): IdentityProof {
  const fields = decodeFields('a proof of identity', plaintext);
  const proof = {
    publicKey: fields.bytes(0, publicKeyBytes),
    signature: fields.bytes(1, signatureBytes),
    mac: fields.bytes(2, MAC_BYTES),
    extra: fields.blob(3, Math.max(signedBytesMax, termsBytesMax)),
  };
  fields.done();
  return proof;
}

export function encodeLoginResult(result: LoginResult): Uint8Array {
  const value: Cbor = result.kind === 'ok' ? [OK, result.info] : [FAULTS[result.fault].number, result.detail];
  return encodeCbor(value);
}

export function decodeLoginResult(frame: Uint8Array): LoginResult {
  const fields = decodeFields('a login result', frame);
  const result = readResult(fields.uint(0), fields);
  fields.done();
  return result;
}

function readResult(number: number, fields: Fields): LoginResult {
  if (number === OK) return { kind: 'ok', info: fields.blob(1, termsBytesMax) };
  // A newer node may know faults that we do not; they are refusals all the same (SPEC W8).
  const fault = FAULT_CODES.get(number) ?? 'internal';
  return { kind: 'refused', fault, detail: fields.text(1, detailBytesMax) };
}

function decodeFields(what: string, bytes: Uint8Array): Fields {
  return new Fields(what, decodeCbor(bytes, { bytesMax: flightBytesMax, depthMax: cborDepthMax }));
}
