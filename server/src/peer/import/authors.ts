/**
 * Who wrote what comes from elsewhere: each name becomes a user with a key. Keys are derived from a secret of the
 * node, the source and the name, so that the same file makes the same messages however often it is imported, and
 * a name of one source is nobody of another.
 */

import { utf8 } from 'copse/internal/base/bytes.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { signKeyOf, type SignKey } from 'copse/internal/client/identity.ts';
import { domain } from 'copse/internal/crypto/domain.ts';
import { deriveKey } from 'copse/internal/crypto/hash.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

const AUTHOR = domain('import/author');

export class Authors {
  readonly #primitives: Primitives;
  readonly #secret: Uint8Array;
  readonly #source: string;
  readonly #byName = new Map<string, Promise<SignKey>>();

  constructor(primitives: Primitives, { secret, source }: { secret: Uint8Array; source: string }) {
    this.#primitives = primitives;
    this.#secret = secret;
    this.#source = source;
  }

  get size(): number {
    return this.#byName.size;
  }

  of(name: string): Promise<SignKey> {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const context = utf8(`${this.#source}\n${name}`);
    const made = signKeyOf(this.#primitives, deriveKey(this.#primitives, this.#secret, AUTHOR, context));
    this.#byName.set(name, made);
    return made;
  }

  async key(name: string): Promise<Key> {
    return (await this.of(name)).publicKey;
  }
}
