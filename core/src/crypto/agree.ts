/**
 * X25519 key agreement (RFC 7748 section 6.1). An all-zero result is refused (SPEC C3), so a partner
 * cannot force a shared secret that everybody knows by sending a small-order key.
 */

import { assert } from '../base/assert.ts';
import type { Env } from '../base/env.ts';
import type { Primitives } from './primitives.ts';

export const exchangeKeyBytes = 32;

export interface ExchangeKey {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** A fresh key pair. */
export function newExchangeKey(primitives: Primitives, env: Env): Promise<ExchangeKey> {
  return exchangeKeyOf(primitives, env.random(exchangeKeyBytes));
}

/** The key pair of a stored secret. */
export async function exchangeKeyOf(primitives: Primitives, secret: Uint8Array): Promise<ExchangeKey> {
  assert(secret.length === exchangeKeyBytes, 'an X25519 secret has 32 bytes');
  return { secret, publicKey: await primitives.x25519PublicKey(secret) };
}

/** The shared secret, or null when the partner's key is not one (SPEC C3). Hash it before use. */
export async function agree(
  primitives: Primitives,
  secret: Uint8Array,
  publicKey: Uint8Array,
): Promise<Uint8Array | null> {
  assert(secret.length === exchangeKeyBytes, 'an X25519 secret has 32 bytes');
  if (publicKey.length !== exchangeKeyBytes) return null;
  return primitives.x25519(secret, publicKey);
}

/** A key pair that agrees once: the secret is wiped by its use, so a second handshake cannot reuse it (SPEC H6). */
export class OneTimeKey {
  readonly publicKey: Uint8Array;
  readonly #primitives: Primitives;
  readonly #secret: Uint8Array;
  #used = false;

  private constructor(primitives: Primitives, pair: ExchangeKey) {
    this.publicKey = pair.publicKey;
    this.#secret = pair.secret;
    this.#primitives = primitives;
  }

  static async make(primitives: Primitives, env: Env): Promise<OneTimeKey> {
    return new OneTimeKey(primitives, await newExchangeKey(primitives, env));
  }

  /** As `agree`; calling it again is our own mistake. */
  async agree(publicKey: Uint8Array): Promise<Uint8Array | null> {
    assert(!this.#used, 'a one-time key agrees once');
    this.#used = true;
    const shared = await agree(this.#primitives, this.#secret, publicKey);
    this.#secret.fill(0);
    return shared;
  }
}
