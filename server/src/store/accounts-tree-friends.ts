/**
 * What a key is worth, asked with every message that somebody brings. Friends are remembered as long as no row of the
 * tree changes: they are forgotten in the transaction that changes one, within which nobody asks, so that an answer
 * is always that of the last commit.
 */

import { equal, hex } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { accountFriendsKeptMax } from 'copse/internal/base/limits-accounts.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { NODE } from 'copse/internal/social/accounts/account.ts';
import { endedBy } from 'copse/internal/social/accounts/standing.ts';
import type { Standing, TreeRows } from './accounts-tree.ts';

export class Friends {
  readonly #rows: TreeRows;
  readonly #primitives: Primitives;
  readonly #known = new Cache<string, Standing>(accountFriendsKeptMax);

  constructor(rows: TreeRows, primitives: Primitives) {
    this.#rows = rows;
    this.#primitives = primitives;
  }

  /** Part of every transaction that changes a row of the tree. */
  forget(): void {
    this.#known.clear();
  }

  standing(key: Key): Standing {
    const name = hex(key);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const standing = this.#look(key);
    if (standing.kind === 'friend') this.#known.set(name, standing);
    return standing;
  }

  #look(key: Key): Standing {
    const account = this.#rows.holder(key);
    if (account === null || account.place === NODE) return { kind: 'stranger' };
    if (!equal(account.key, key)) return { kind: 'removed', content: 'keep' };
    if (account.state === 'temporary') return { kind: 'stranger' };
    const removed = endedBy(this.#rows, account);
    if (removed !== null) return { kind: 'removed', content: removed.removal?.content ?? 'keep' };
    const { place, name, bytes, isAdmin } = account;
    return { kind: 'friend', user: userIdOf(this.#primitives, account.key), place, name, bytes, isAdmin };
  }
}
