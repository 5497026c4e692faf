/**
 * What each account holds, read once a batch and written back with it: a batch of one user changes one row
 * and not a hundred.
 */

import type { Key } from '../../base/ids.ts';
import { must } from '../../base/assert.ts';
import { hex } from '../../base/bytes.ts';
import type { AccountRow, Statements } from './rows.ts';
import type { Usage } from './store.ts';

export interface Account {
  readonly number: number;
  bytes: number;
  messages: number;
  markMs: number;
}

export class Accounts {
  readonly #sql: Statements;
  readonly #byNumber = new Map<number, Account>();
  readonly #byKey = new Map<string, Account>();

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** The account of a key, made when there is none; only within a transaction. */
  of(key: Key): Account {
    const name = hex(key);
    const known = this.#byKey.get(name);
    if (known !== undefined) return known;
    const found = this.#sql.account.get(key) ?? this.#made(key);
    const account = this.#byNumber.get(found.number) ?? this.#hold(found);
    this.#byKey.set(name, account);
    return account;
  }

  at(number: number): Account {
    const known = this.#byNumber.get(number);
    return known ?? this.#hold(must(this.#sql.accountAt.get(number), 'who pays has an account'));
  }

  /** Writes what has changed, and forgets: the next batch reads again. */
  settle(): void {
    for (const { number, bytes, messages, markMs } of this.#byNumber.values())
      this.#sql.setAccount.run(bytes, messages, markMs, number);
    this.forget();
  }

  forget(): void {
    this.#byNumber.clear();
    this.#byKey.clear();
  }

  usage(key: Key): Usage {
    const row = this.#sql.account.get(key);
    if (row === null) return { bytes: 0, messages: 0, markMs: 0 };
    return { bytes: row.bytes, messages: row.messages, markMs: row.mark_ms };
  }

  #made(key: Key): AccountRow {
    this.#sql.addAccount.run(key);
    return must(this.#sql.account.get(key), 'an account was just made');
  }

  #hold({ number, bytes, messages, mark_ms: markMs }: AccountRow): Account {
    const account = { number, bytes, messages, markMs };
    this.#byNumber.set(number, account);
    return account;
  }
}
