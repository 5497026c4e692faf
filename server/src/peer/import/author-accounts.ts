/**
 * Authors of an import as accounts of the node (SPEC Z106): let in by whoever imports, with her signature and out of
 * the accounts that she may make, so that what the node has issued stays as it is. When there are no more, the rest
 * stays without one.
 */

import type { Env } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { openOperation, signOperation, type Act } from 'copse/internal/social/accounts/operation.ts';
import type { Tree } from '../../store/accounts-tree.ts';

const RANDOM_BYTES = 16;

export interface AuthorAccountsOptions {
  readonly tree: Pick<Tree, 'apply' | 'standing'>;
  readonly primitives: Primitives;
  readonly env: Env;
  readonly node: Key;
  /** Of who imports. */
  readonly seed: Uint8Array;
  /** Bytes that each may publish; no more than who imports. */
  readonly bytes: number;
}

export interface Admitted {
  readonly made: number;
  /** Had one already. */
  readonly known: number;
  /** For whom no account was left. */
  readonly without: number;
}

export class AuthorAccounts {
  readonly #options: AuthorAccountsOptions;
  #made = 0;
  #known = 0;
  #without = 0;

  constructor(options: AuthorAccountsOptions) {
    this.#options = options;
  }

  /** Throws why nobody can be let in by this person: she has no account, or cannot go deeper. */
  async admit(name: string, key: Key): Promise<void> {
    const { tree } = this.#options;
    if ((await tree.standing(key)).kind !== 'stranger') {
      this.#known += 1;
      return;
    }
    if (this.#without > 0) {
      this.#without += 1;
      return;
    }
    try {
      await this.#add(name, key);
      this.#made += 1;
    } catch (thrown) {
      if (asFault(thrown).code !== 'full') throw thrown;
      this.#without += 1;
    }
  }

  admitted(): Admitted {
    return { made: this.#made, known: this.#known, without: this.#without };
  }

  async #add(name: string, key: Key): Promise<void> {
    const { tree, primitives, env, node, seed, bytes } = this.#options;
    const nowMs = Math.floor(env.wallMs());
    const act: Act = { kind: 'add', key, name, quota: 0, bytes, expiresMs: 0 };
    const signed = await signOperation(
      primitives,
      seed,
      { node, random: env.random(RANDOM_BYTES), atMs: nowMs },
      act,
    );
    await tree.apply({ operation: await openOperation(primitives, 'add', signed), bytes: signed }, nowMs);
  }
}
