/**
 * The tables under the store: a row goes in and out of them with all that leads to it, and its account follows.
 * Runs within a transaction of the caller.
 */

import { must } from '../../base/assert.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { isCurrentKind, isPost, KIND } from '../message/kinds.ts';
import { readMessage } from '../message/message.ts';
import { refsOf } from '../message/refs.ts';
import type { Message } from '../message/terms.ts';
import { Accounts, type Account } from './accounts.ts';
import type { HeldRow, PeerRow, Statements } from './rows.ts';

/** How a message is held. */
export interface Holding {
  readonly account: Account;
  readonly ageMs: number;
  readonly size: number;
  /** Does not fall out. */
  readonly isKept: boolean;
  /** Empty: it was taken back before it came. */
  readonly refs: readonly Uint8Array[];
  /** Position of its edit. */
  readonly edit: number | null;
}

/** What a row of the index counts for: as much as it takes, with its share of the pages. */
export const REF_BYTES = 64;
/** What is left of a message that was taken back. */
export const GONE_BYTES = 64;

export class Tables {
  readonly accounts: Accounts;
  readonly #primitives: Primitives;
  readonly #sql: Statements;
  /** The last position, while a transaction gives them. */
  #last: number | null = null;

  constructor(primitives: Primitives, sql: Statements) {
    this.#primitives = primitives;
    this.#sql = sql;
    this.accounts = new Accounts(sql);
  }

  peer(): PeerRow {
    return must(this.#sql.peer.get(), 'a store has an epoch');
  }

  read(bytes: Uint8Array): Message {
    return readMessage(this.#primitives, bytes);
  }

  insert(message: Message, { account, ageMs, size, isKept, refs, edit }: Holding): number {
    const { id, timeMs, kind, bytes } = message;
    const seq = (this.#last ?? this.peer().last_seq) + 1;
    this.#last = seq;
    const isHere = refs.length > 0;
    const [kept, post] = [isKept ? 1 : 0, isPost(kind) ? 1 : 0];
    const body = isHere ? bytes : null;
    this.#sql.insert.run(seq, id, timeMs, ageMs, account.number, size, kept, post, edit, body);
    for (const ref of refs) this.#sql.insertRef.run(ref, timeMs, seq);
    if (isHere && isCurrentKind(kind)) this.#sql.setCurrent.run(message.from, kind, message.name, seq);
    account.bytes += size;
    account.messages += 1;
    if (isKept) account.keptBytes += size;
    return seq;
  }

  /** Takes a row away as if it had never been. */
  remove(held: HeldRow): void {
    this.#unlink(held);
    this.#sql.remove.run(held.seq);
    const account = this.#release(held);
    account.messages -= 1;
  }

  /** Takes everything of a message away but that it was here. */
  empty(held: HeldRow): void {
    this.#unlink(held);
    this.#sql.empty.run(GONE_BYTES, held.seq);
    this.#release(held).bytes += GONE_BYTES;
  }

  /** Keeps a row whatever the bounds say, or no longer. */
  keep({ seq, size, payer, kept }: HeldRow, isKept: boolean): void {
    if ((kept === 1) === isKept) return;
    this.#sql.setKept.run(isKept ? 1 : 0, seq);
    this.accounts.at(payer).keptBytes += isKept ? size : -size;
  }

  /** Shows a message as its edit says, or as it was written: null. */
  setEdit(target: HeldRow, edit: { readonly seq: number; readonly message: Message } | null): void {
    this.#sql.setEdit.run(edit?.seq ?? null, target.seq);
    if (target.body === null || target.seq > this.peer().words_seq) return;
    this.#sql.removeWords.run(target.seq);
    this.setWords(target.seq, edit?.message ?? this.read(target.body));
  }

  setWords(seq: number, { text, tags }: Message): void {
    this.#sql.insertWords.run(seq, [text, ...tags].join('\n'));
  }

  /** Writes what was gathered over a transaction. */
  settle(): void {
    if (this.#last !== null) this.#sql.setLast.run(this.#last);
    this.accounts.settle();
  }

  /** The transaction is over. */
  settled(): void {
    this.#last = null;
    this.accounts.settled();
  }

  /** The transaction has failed. */
  forget(): void {
    this.#last = null;
    this.accounts.forget();
  }

  #release({ payer, size, kept }: HeldRow): Account {
    const account = this.accounts.at(payer);
    account.bytes -= size;
    if (kept === 1) account.keptBytes -= size;
    return account;
  }

  #unlink({ seq, body }: HeldRow): void {
    if (body === null) return;
    const message = this.read(body);
    const { kind, timeMs, from, name, replies } = message;
    for (const ref of refsOf(this.#primitives, message)) this.#sql.removeRef.run(ref, timeMs, seq);
    if (isPost(kind)) this.#sql.removeWords.run(seq);
    if (isCurrentKind(kind)) this.#sql.removeCurrent.run(from, kind, name);
    if (kind !== KIND.edit) return;
    const target = this.#sql.heldById.get(must(replies[0], 'an edit names a message'));
    if (target !== null && target.edit === seq) this.setEdit(target, null);
  }
}
