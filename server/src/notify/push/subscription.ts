/**
 * What a device gave us so that we can reach it: the address at its push service and the keys that its browser
 * made for us (RFC 8291, section 3.1). It is checked here, before anything is stored or sent (SPEC I14).
 */

import { createPublicKey } from 'node:crypto';

import { base64url, fromBase64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';

/** Keys of a device: encrypts to it alone. */
export interface PushKeys {
  /** Point on P-256, uncompressed: 65 bytes. */
  readonly p256dh: Uint8Array;
  /** Secret that the device shares with us: 16 bytes. */
  readonly auth: Uint8Array;
}

export interface Subscription extends PushKeys {
  /** Secret: whoever knows it and our key reaches the device. Never in a log. */
  readonly endpoint: string;
}

const POINT_BYTES = 65;
const UNCOMPRESSED = 4;
const AUTH_BYTES = 16;

/** The keys as they are, or `malformed`. */
export function checkPushKeys(keys: PushKeys): PushKeys {
  if (keys.p256dh.length !== POINT_BYTES || keys.p256dh[0] !== UNCOMPRESSED)
    throw new Fault('malformed', 'p256dh is an uncompressed point of 65 bytes.');
  if (keys.auth.length !== AUTH_BYTES) throw new Fault('malformed', 'auth has 16 bytes.');
  const jwk = pointJwk(keys.p256dh);
  try {
    createPublicKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    throw new Fault('malformed', 'p256dh is not on the curve P-256.', { cause });
  }
  return keys;
}

/** Keys as browsers write them: base64url without padding; some add it. */
export function readPushKeys(p256dh: string, auth: string): PushKeys {
  return checkPushKeys({ p256dh: bytesOf(p256dh, 'p256dh'), auth: bytesOf(auth, 'auth') });
}

function bytesOf(text: string, what: string): Uint8Array {
  const bytes = text.length > 2 * POINT_BYTES ? null : fromBase64url(text.replace(/={1,2}$/, ''));
  if (bytes === null) throw new Fault('malformed', `${what} is not base64url.`);
  return bytes;
}

/** An uncompressed point as the JWK of a public key. */
export function pointJwk(point: Uint8Array): { kty: 'EC'; crv: 'P-256'; x: string; y: string } {
  return {
    kty: 'EC',
    crv: 'P-256',
    x: base64url(point.subarray(1, 33)),
    y: base64url(point.subarray(33, POINT_BYTES)),
  };
}
