/**
 * How messages get into the tables and out of them (SPEC Z25 to Z28). Runs within a transaction of the caller;
 * what a message changes besides itself – what it edits, takes back or replaces, what has to go to make room –
 * is in the same one.
 */

import { compare, hex } from '../../base/bytes.ts';
import { peerCurrentMax, peerPruneRows, peerPruneSlack } from '../../base/limits-peer.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { isCurrentKind, isPost, KIND } from '../message/kinds.ts';
import { byTime, readMessage } from '../message/message.ts';
import { changeRef, refsOf } from '../message/refs.ts';
import type { Message } from '../message/terms.ts';
import { Accounts, type Account } from './accounts.ts';
import type { HeldRow, Statements } from './rows.ts';
import type { NewMessage, Put } from './store.ts';

interface Target extends Message {
  readonly held: HeldRow;
}

/** What a row of the index counts for: as much as it takes, with its share of the pages. */
const REF_BYTES = 64;
/** What is left of a message that was taken back. */
const GONE_BYTES = 64;
const KNOWN: Put = { kind: 'known' };

export class Writing {
  readonly accounts: Accounts;
  readonly #primitives: Primitives;
  readonly #sql: Statements;

  constructor(primitives: Primitives, sql: Statements) {
    this.#primitives = primitives;
    this.#sql = sql;
    this.accounts = new Accounts(sql);
  }

  put(each: NewMessage): Put {
    const { message, payer, bytesMax } = each;
    if (this.#sql.seqOf.get(message.id) !== null) return KNOWN;
    const refs = refsOf(this.#primitives, message);
    const size = message.bytes.length + REF_BYTES * refs.length;
    if (size > bytesMax) return { kind: 'full' };
    const account = this.accounts.of(payer);
    const refusal = isCurrentKind(message.kind)
      ? this.#makeCurrent(message)
      : this.#refusal(each, account, account.bytes + size > bytesMax);
    if (refusal !== null) return refusal;
    const seq = this.#insert(each, { refs, size, account });
    if (account.bytes > bytesMax) this.#makeRoom(account, bytesMax);
    return { kind: 'stored', seq };
  }

  #insert(
    { message, atMs }: NewMessage,
    { refs, size, account }: { refs: readonly Uint8Array[]; size: number; account: Account },
  ): number {
    const { id, timeMs, kind, bytes } = message;
    const isCurrent = isCurrentKind(kind);
    const age = isCurrent ? null : Math.min(timeMs, atMs);
    const edit = isPost(kind) ? this.#newestEdit(message) : null;
    const row = this.#sql.insert.get(
      id,
      timeMs,
      age,
      account.number,
      size,
      edit,
      isPost(kind) ? 1 : 0,
      bytes,
    );
    const seq = row?.seq ?? 0;
    for (const ref of refs) this.#sql.insertRef.run(ref, timeMs, seq);
    if (isCurrent) this.#sql.setCurrent.run(message.from, kind, message.name, seq);
    if (kind === KIND.edit) this.#edit(message, seq);
    if (kind === KIND.delete) for (const target of message.replies) this.#takeBack(message, target);
    account.bytes += size;
    account.messages += 1;
    return seq;
  }

  /** Why a message that can fall out is not taken; null: it is. */
  #refusal({ message, atMs }: NewMessage, account: Account, isFull: boolean): Put | null {
    const age = Math.min(message.timeMs, atMs);
    if (age < account.markMs) return { kind: 'old', markMs: account.markMs };
    if (isFull) {
      const [oldest] = this.#sql.oldest.all(account.number, 1);
      if (oldest === undefined) return { kind: 'full' };
      // It would be the first to go again.
      if (age <= (oldest.age_ms ?? 0)) return { kind: 'old', markMs: oldest.age_ms ?? 0 };
    }
    return this.#isTakenBack(message) ? KNOWN : null;
  }

  /** Takes away what the message replaces; answers why it does not. */
  #makeCurrent(message: Message): Put | null {
    const { from, kind, name } = message;
    const before = this.#sql.current.get(from, kind, name);
    if (before === null) {
      const count = this.#sql.currentCount.get(from)?.count ?? 0;
      return count >= peerCurrentMax ? { kind: 'full' } : null;
    }
    if (byTime(readMessage(this.#primitives, before.body), message) >= 0) return { kind: 'overtaken' };
    const held = this.#sql.heldBySeq.get(before.seq);
    if (held !== null) this.remove(held);
    return null;
  }

  /** Whether its author has taken it back before it came. */
  #isTakenBack(message: Message): boolean {
    return this.#about(message).some(({ kind }) => kind === KIND.delete);
  }

  #newestEdit(message: Message): number | null {
    const edits = this.#about(message).filter(({ kind }) => kind === KIND.edit);
    return edits.toSorted(byTime).at(-1)?.seq ?? null;
  }

  /** What the author of a message has said about it. */
  #about({ id, from }: Message): readonly (Message & { readonly seq: number })[] {
    const places = this.#sql.places.all(changeRef(from, id), Number.MAX_SAFE_INTEGER, 0, ABOUT_ROWS);
    return places.flatMap(({ seq }) => {
      const body = this.#sql.bySeq.get(seq)?.body;
      if (body === undefined) return [];
      const other = readMessage(this.#primitives, body);
      const isHers = compare(other.from, from) === 0 && other.replies.some((reply) => hex(reply) === hex(id));
      return isHers ? [{ ...other, seq }] : [];
    });
  }

  #edit(message: Message, seq: number): void {
    const target = this.#ownTarget(message, message.replies[0]);
    if (target === null) return;
    const before = this.#sql.bySeq.get(target.held.seq)?.edit_body ?? null;
    if (before !== null && byTime(readMessage(this.#primitives, before), message) > 0) return;
    this.#sql.setEdit.run(seq, target.held.seq);
  }

  #takeBack(message: Message, id: Uint8Array): void {
    const target = this.#ownTarget(message, id);
    // What was taken back stays so.
    if (target === null || target.kind === KIND.delete) return;
    this.#unlink(target.held);
    this.#sql.empty.run(GONE_BYTES, target.held.seq);
    this.accounts.at(target.held.payer).bytes += GONE_BYTES - target.held.size;
  }

  /** What a message is about, if it is here and by the same user (SPEC Z5). */
  #ownTarget(message: Message, id: Uint8Array | undefined): Target | null {
    const held = id === undefined ? null : this.#sql.heldById.get(id);
    if (held === null || held.body === null) return null;
    const target = readMessage(this.#primitives, held.body);
    return compare(target.from, message.from) === 0 ? { ...target, held } : null;
  }

  /** Takes a row away as if it had never been. */
  remove(held: HeldRow): void {
    this.#unlink(held);
    this.#sql.remove.run(held.seq);
    const account = this.accounts.at(held.payer);
    account.bytes -= held.size;
    account.messages -= 1;
  }

  #unlink({ seq, body }: HeldRow): void {
    if (body === null) return;
    const message = readMessage(this.#primitives, body);
    for (const ref of refsOf(this.#primitives, message)) this.#sql.removeRef.run(ref, message.timeMs, seq);
    if (isPost(message.kind)) this.#sql.removeWords.run(seq);
    if (isCurrentKind(message.kind)) this.#sql.removeCurrent.run(message.from, message.kind, message.name);
    if (message.kind !== KIND.edit) return;
    const target = this.#ownTarget(message, message.replies[0]);
    // Its own references are gone already, so that what is found is the edit before.
    if (target !== null) this.#sql.setEdit.run(this.#newestEdit(target), target.held.seq);
  }

  /** The oldest of an account go, a bounded number at once; the mark says up to where (SPEC Z26). */
  #makeRoom(account: Account, bytesMax: number): void {
    const goal = bytesMax - Math.floor(bytesMax / peerPruneSlack);
    for (const held of this.#sql.oldest.all(account.number, peerPruneRows)) {
      if (account.bytes <= goal) return;
      this.#drop(held);
    }
  }

  /** Takes a row away for want of room. */
  #drop(held: HeldRow): void {
    const account = this.accounts.at(held.payer);
    account.markMs = Math.max(account.markMs, (held.age_ms ?? 0) + 1);
    this.remove(held);
  }

  /** The first that arrived go, whoever paid for them; answers how many. */
  prune(bytesMax: number, from: number): { readonly gone: number; readonly seq: number } {
    let bytes = this.#sql.totals.get()?.bytes ?? 0;
    let gone = 0;
    let seq = from;
    for (const held of this.#sql.firstArrived.all(from, peerPruneRows)) {
      if (bytes <= bytesMax) break;
      bytes -= held.size;
      seq = held.seq;
      gone += 1;
      this.#drop(held);
    }
    return { gone, seq };
  }
}

/** Changes of one message that are looked through. */
const ABOUT_ROWS = 256;
