/**
 * Encrypts a message to one device (RFC 8291): `aes128gcm` of RFC 8188 in one record, with a key pair and a salt
 * that are made for this message alone. The text is padded to a few lengths, so that its length says nothing but
 * its kind (SPEC I14).
 */

import { createCipheriv, createECDH, createHmac, randomBytes } from 'node:crypto';

import { assert } from 'copse/internal/base/assert.ts';
import { concat, utf8 } from 'copse/internal/base/bytes.ts';
import { pushTextBytesMax } from 'copse/internal/base/limits-push.ts';

import type { PushKeys } from './subscription.ts';

/** What is drawn for each message; tests name it, to meet the examples of the RFCs. */
export interface Draw {
  /** Private key on P-256, 32 bytes. */
  readonly senderKey: Uint8Array;
  readonly salt: Uint8Array;
}

/** Lengths of padded texts: nearly everything is of the first kind. The last one fills what a push service takes. */
export const PADDED_LENGTHS: readonly number[] = [256, 512, 1024, 2048, pushTextBytesMax];

const CURVE = 'prime256v1';
const SALT_BYTES = 16;
const KEY_BYTES = 16;
const NONCE_BYTES = 12;
const RECORD_BYTES = 4096;
/** Ends the text of the last record; zeros follow. */
const LAST_RECORD = 2;
const ONE = Uint8Array.of(1);
const KEY_INFO = concat(utf8('Content-Encoding: aes128gcm\0'), ONE);
const NONCE_INFO = concat(utf8('Content-Encoding: nonce\0'), ONE);
const WEB_PUSH_INFO = utf8('WebPush: info\0');

/** The body of a message, padded to the next of `PADDED_LENGTHS`. */
export function encryptPush(keys: PushKeys, text: Uint8Array): Uint8Array {
  return encryptPadded(keys, text, paddedLength(text.length));
}

/** As `encryptPush`, to a length that the caller chooses and with what it drew. */
export function encryptPadded(keys: PushKeys, text: Uint8Array, length: number, draw?: Draw): Uint8Array {
  const sender = createECDH(CURVE);
  if (draw === undefined) sender.generateKeys();
  else sender.setPrivateKey(draw.senderKey);
  const point = sender.getPublicKey();
  const shared = sender.computeSecret(keys.p256dh);
  assert(shared.length === 32, 'a shared secret keeps its leading zeros');
  const info = concat(WEB_PUSH_INFO, keys.p256dh, point, ONE);
  const secret = hmac(hmac(keys.auth, shared), info);
  return encryptRecord({ secret, salt: draw?.salt ?? randomBytes(SALT_BYTES), keyId: point }, text, length);
}

export interface RecordKey {
  /** Input of the key derivation. */
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
  /** Tells the reader which secret it is; in Web Push the sender's public key. */
  readonly keyId: Uint8Array;
}

/** One record of RFC 8188 that is the first and the last: header, text, delimiter, zeros, tag. */
export function encryptRecord(key: RecordKey, text: Uint8Array, length: number): Uint8Array {
  assert(key.salt.length === SALT_BYTES, 'a salt has 16 bytes');
  assert(text.length <= length, 'a text fits its padding');
  assert(length <= RECORD_BYTES - KEY_BYTES - 1, 'the padded text fits its record');
  const derived = hmac(key.salt, key.secret);
  const cipher = createCipheriv(
    'aes-128-gcm',
    hmac(derived, KEY_INFO).subarray(0, KEY_BYTES),
    hmac(derived, NONCE_INFO).subarray(0, NONCE_BYTES),
  );
  const padded = new Uint8Array(length + 1);
  padded.set(text);
  padded[text.length] = LAST_RECORD;
  const sealed = cipher.update(padded);
  cipher.final();
  const header = new Uint8Array(SALT_BYTES + 5);
  header.set(key.salt);
  new DataView(header.buffer).setUint32(SALT_BYTES, RECORD_BYTES);
  header[SALT_BYTES + 4] = key.keyId.length;
  return concat(header, key.keyId, sealed, cipher.getAuthTag());
}

function paddedLength(length: number): number {
  const padded = PADDED_LENGTHS.find((one) => one >= length);
  assert(padded !== undefined, 'a text fits a message of Web Push');
  return padded;
}

/** HKDF of RFC 5869 is two of these where one block is enough. */
function hmac(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(bytes).digest();
}
