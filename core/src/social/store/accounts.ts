/**
 * What each account holds. Nobody else writes the file, so that what was read once is kept; what changed is
 * written with the batch, one row for all messages of one user.
 */

import { must } from '../../base/assert.ts';
import { hex } from '../../base/bytes.ts';
import type { Key } from '../../base/ids.ts';
import type { AccountRow, Statements } from './rows.ts';
import type { Usage } from './store.ts';

export interface Account {
  readonly number: number;
  bytes: number;
  /** Of them, what does not fall out: statements that replace one another, and what is pinned. */
  keptBytes: number;
  messages: number;
  markMs: number;
}

/** Accounts that are held, 100 bytes each. */
const HELD_MAX = 10_000;

export class Accounts {
  readonly #sql: Statements;
  readonly #byNumber = new Map<number, Account>();
  readonly #byKey = new Map<string, Account>();
  /** Since the last transaction. */
  readonly #touched = new Set<Account>();

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** The account of a key, made when there is none; only within a transaction. */
  of(key: Key): Account {
    const name = hex(key);
    const known = this.#byKey.get(name);
    if (known !== undefined) return this.#touch(known);
    const found = this.#sql.account.get(key) ?? this.#made(key);
    const account = this.#byNumber.get(found.number) ?? this.#hold(found);
    this.#byKey.set(name, account);
    return this.#touch(account);
  }

  at(number: number): Account {
    const known = this.#byNumber.get(number);
    return this.#touch(known ?? this.#hold(must(this.#sql.accountAt.get(number), 'who pays has an account')));
  }

  /**
   * What one account holds becomes another's; only within a transaction. As a rule the other one has nothing yet
   * and takes the place of the first; otherwise the rows of the first are looked for among all.
   */
  inherit(from: Key, to: Key): void {
    this.forget();
    const was = this.#sql.account.get(from);
    if (was === null) return;
    const heir = this.#sql.account.get(to);
    if (heir === null) return void this.#sql.renameAccount.run(to, was.number);
    this.#sql.movePayer.run(heir.number, was.number);
    this.#sql.dropAccount.run(was.number);
    const sum = [
      heir.bytes + was.bytes,
      heir.kept_bytes + was.kept_bytes,
      heir.messages + was.messages,
    ] as const;
    this.#sql.setAccount.run(...sum, Math.max(heir.mark_ms, was.mark_ms), heir.number);
  }

  /** Writes what may have changed, within the transaction. */
  settle(): void {
    for (const { number, bytes, keptBytes, messages, markMs } of this.#touched)
      this.#sql.setAccount.run(bytes, keptBytes, messages, markMs, number);
  }

  /** The transaction is over: what was touched is in the file. */
  settled(): void {
    this.#touched.clear();
    if (this.#byNumber.size > HELD_MAX) this.forget();
  }

  /** The transaction has failed: the file says what is true. */
  forget(): void {
    this.#touched.clear();
    this.#byNumber.clear();
    this.#byKey.clear();
  }

  usage(key: Key): Usage {
    const row = this.#sql.account.get(key);
    if (row === null) return { bytes: 0, messages: 0, markMs: 0 };
    return { bytes: row.bytes, messages: row.messages, markMs: row.mark_ms };
  }

  #touch(account: Account): Account {
    this.#touched.add(account);
    return account;
  }

  #made(key: Key): AccountRow {
    this.#sql.addAccount.run(key);
    return must(this.#sql.account.get(key), 'an account was just made');
  }

  #hold({ number, bytes, kept_bytes: keptBytes, messages, mark_ms: markMs }: AccountRow): Account {
    const account = { number, bytes, keptBytes, messages, markMs };
    this.#byNumber.set(number, account);
    return account;
  }
}
