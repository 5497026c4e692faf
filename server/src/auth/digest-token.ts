/**
 * What the link of a digest holds: whose it is, and a MAC over that and the address, so that nobody guesses one
 * and every link that was ever sent to an address ends what goes there (SPEC I22).
 */

import { base64url, concat, equal, fromBase64url, fromHex, hex, utf8 } from 'copse/internal/base/bytes.ts';
import { must } from 'copse/internal/base/assert.ts';
import { userId, type UserId } from 'copse/internal/base/ids.ts';
import { domain } from 'copse/internal/crypto/domain.ts';
import { deriveKey, macOf } from 'copse/internal/crypto/hash.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

const SECRET = domain('digest/secret');
const LINK = domain('digest/link');
const USER_BYTES = 8;
const MAC_BYTES = 24;

export class DigestTokens {
  readonly #primitives: Primitives;
  readonly #secret: Uint8Array;

  constructor(primitives: Primitives, nodeSeed: Uint8Array) {
    this.#primitives = primitives;
    this.#secret = deriveKey(primitives, nodeSeed, SECRET);
  }

  of(user: UserId, email: string): string {
    return base64url(concat(bytesOf(user), this.#mac(user, email)));
  }

  /** Whose it says that it is, which is not proven. */
  userIn(token: string): UserId | null {
    const bytes = token.length > 2 * (USER_BYTES + MAC_BYTES) ? null : fromBase64url(token);
    if (bytes === null || bytes.length !== USER_BYTES + MAC_BYTES) return null;
    return userId(hex(bytes.subarray(0, USER_BYTES)));
  }

  isFor(token: string, user: UserId, email: string): boolean {
    const bytes = must(fromBase64url(token), 'a token whose user was read');
    return equal(bytes, concat(bytesOf(user), this.#mac(user, email)));
  }

  #mac(user: UserId, email: string): Uint8Array {
    const mac = macOf(this.#primitives, this.#secret, LINK, concat(bytesOf(user), utf8(email)));
    return mac.subarray(0, MAC_BYTES);
  }
}

function bytesOf(user: UserId): Uint8Array {
  return must(fromHex(user), 'ids are hex');
}
