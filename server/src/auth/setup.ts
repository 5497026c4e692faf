/**
 * The first start: whoever brings the secret of the printed link becomes the admin, once (SPEC N5). The
 * secret is derived from the node's seed, so the link works across restarts until it is used and nothing
 * secret is stored.
 */

import { equal } from 'copse/internal/base/bytes.ts';
import { domain } from 'copse/internal/crypto/domain.ts';
import { deriveKey } from 'copse/internal/crypto/hash.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

const SETUP = domain('auth/setup');

export class Setup {
  readonly #secret: Uint8Array;
  #isDone: boolean;

  constructor(primitives: Primitives, nodeSeed: Uint8Array, hasAdmin: boolean) {
    this.#secret = deriveKey(primitives, nodeSeed, SETUP);
    this.#isDone = hasAdmin;
  }

  /** For the link; null when there is an admin. */
  secret(): Uint8Array | null {
    return this.#isDone ? null : this.#secret.slice();
  }

  holds(secret: Uint8Array): boolean {
    return equal(secret, this.#secret);
  }

  done(): void {
    this.#isDone = true;
  }
}
