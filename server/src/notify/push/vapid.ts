/**
 * Says to a push service who sends (RFC 8292): a token that is signed with the node's key for notifications, for
 * one push service, half a day long. Devices subscribe for this key, so a node that loses it reaches nobody.
 */

import { createECDH, createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

import { assert } from 'copse/internal/base/assert.ts';
import { base64url, fromBase64url, utf8 } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { pushOriginsMax, vapidMs } from 'copse/internal/base/limits-push.ts';

import { pointJwk } from './subscription.ts';

export interface VapidSettings {
  /** Private key on P-256, 32 bytes: see `newVapidKey`. */
  readonly privateKey: Uint8Array;
  /** Where a push service reaches who runs this node: `mailto:` or `https:`; Mozilla refuses others. */
  readonly subject: string;
}

const CURVE = 'prime256v1';
const KEY_BYTES = 32;
const SUBJECT_LENGTH_MAX = 256;
const HEADER = base64url(utf8('{"typ":"JWT","alg":"ES256"}'));

/** A new private key; whoever owns it keeps it. */
export function newVapidKey(): Uint8Array {
  const jwk = generateKeyPairSync('ec', { namedCurve: CURVE }).privateKey.export({ format: 'jwk' });
  const key = fromBase64url(jwk.d ?? '');
  assert(key?.length === KEY_BYTES, 'a new key has 32 bytes');
  return key;
}

/** A `mailto:` or `https:` address. */
export function isSubject(text: string): boolean {
  const isGood = /^mailto:[^\s@]+@[^\s@]+$/.test(text) || isHttps(text);
  return isGood && text.length <= SUBJECT_LENGTH_MAX;
}

/** The subject as it is, or `config`. */
function checkSubject(subject: string): string {
  if (!isSubject(subject))
    throw new Fault('config', 'The contact for push services is a mailto: or https: address.');
  return subject;
}

function isHttps(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:';
}

interface Signed {
  readonly authorization: string;
  readonly madeAtMs: number;
}

export class Vapid {
  /** Uncompressed point in base64url: what a page hands to `pushManager.subscribe`. */
  readonly publicKey: string;
  readonly #key: KeyObject;
  readonly #subject: string;
  readonly #signedByOrigin = new Cache<string, Signed>(pushOriginsMax);

  constructor({ privateKey, subject }: VapidSettings) {
    const point = publicPoint(privateKey);
    this.publicKey = base64url(point);
    this.#key = createPrivateKey({ key: { ...pointJwk(point), d: base64url(privateKey) }, format: 'jwk' });
    this.#subject = checkSubject(subject);
  }

  /** Value of the header `Authorization` for a push service; `wallMs` is the wall clock, which may jump. */
  authorization(origin: string, wallMs: number): string {
    const known = this.#signedByOrigin.get(origin);
    if (known !== undefined && Math.abs(wallMs - known.madeAtMs) < vapidMs / 2) return known.authorization;
    const expiresAtS = Math.floor((wallMs + vapidMs) / 1000);
    const authorization = `vapid t=${this.#token(origin, expiresAtS)}, k=${this.publicKey}`;
    this.#signedByOrigin.set(origin, { authorization, madeAtMs: wallMs });
    return authorization;
  }

  #token(audience: string, expiresAtS: number): string {
    const claims = JSON.stringify({ aud: audience, exp: expiresAtS, sub: this.#subject });
    const signed = `${HEADER}.${base64url(utf8(claims))}`;
    const signature = sign('sha256', utf8(signed), { key: this.#key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${base64url(signature)}`;
  }
}

function publicPoint(privateKey: Uint8Array): Uint8Array {
  if (privateKey.length !== KEY_BYTES)
    throw new Fault('config', 'The key for notifications has another length than 32 bytes.');
  const pair = createECDH(CURVE);
  try {
    pair.setPrivateKey(privateKey);
  } catch (cause) {
    throw new Fault('config', 'The key for notifications is not a key on P-256.', { cause });
  }
  return pair.getPublicKey();
}
