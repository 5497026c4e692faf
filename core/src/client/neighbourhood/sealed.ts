/**
 * What one's devices share over the node and the node does not read: marks of what was read, whom one mutes. A
 * statement of kind `state`, sealed under a key that only the secret of the user makes, and bound to its name:
 *
 *     content = seal(key of the user's secret; bytes), with the name as what is authenticated beside it
 */

import { utf8 } from '../../base/bytes.ts';
import type { Env } from '../../base/env.ts';
import { open, seal } from '../../crypto/aead.ts';
import { domain } from '../../crypto/domain.ts';
import { deriveKey } from '../../crypto/hash.ts';
import type { Primitives } from '../../crypto/primitives.ts';

const STATE = domain('social/state');

export class Sealing {
  readonly #primitives: Primitives;
  readonly #env: Env;
  readonly #key: Uint8Array;

  constructor(primitives: Primitives, env: Env, secret: Uint8Array) {
    this.#primitives = primitives;
    this.#env = env;
    this.#key = deriveKey(primitives, secret, STATE);
  }

  seal(name: string, bytes: Uint8Array): Uint8Array {
    return seal(this.#primitives, this.#env, { key: this.#key, associated: utf8(name) }, bytes);
  }

  /** Null when this user has not sealed it under this name. */
  open(name: string, sealed: Uint8Array): Uint8Array | null {
    return open(this.#primitives, { key: this.#key, associated: utf8(name) }, sealed);
  }
}
