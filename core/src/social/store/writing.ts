/**
 * How messages get into the store (SPEC Z5, Z25 to Z28). Runs within a transaction of the caller; what a message
 * changes besides itself – what it edits, takes back or replaces, what has to go to make room – is in the
 * same one.
 */

import { compare } from '../../base/bytes.ts';
import { peerCurrentMax } from '../../base/limits-peer.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { isCurrentKind, isPost, isRetractable, KIND } from '../message/kinds.ts';
import { byTime } from '../message/message.ts';
import { ownRef, refsOf } from '../message/refs.ts';
import type { Message } from '../message/terms.ts';
import { Room } from './room.ts';
import type { HeldRow, Statements } from './rows.ts';
import type { NewMessage, Put } from './store.ts';
import { GONE_BYTES, REF_BYTES, Tables, type Holding } from './tables.ts';

/** What somebody has done to a message of hers: one of the two at most (SPEC Z5). */
type Done =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'edit'; readonly seq: number; readonly message: Message };

type Offer = Pick<Holding, 'account' | 'refs' | 'size' | 'ageMs'>;

const NOTHING: Done = { kind: 'nothing' };
const KNOWN: Put = { kind: 'known' };
const FULL: Put = { kind: 'full' };
const OVERTAKEN: Put = { kind: 'overtaken' };

export class Writing {
  readonly tables: Tables;
  readonly room: Room;
  readonly #primitives: Primitives;
  readonly #sql: Statements;

  constructor(primitives: Primitives, sql: Statements) {
    this.#primitives = primitives;
    this.#sql = sql;
    this.tables = new Tables(primitives, sql);
    this.room = new Room(sql, this.tables);
  }

  put({ message, payer, bytesMax, atMs }: NewMessage): Put {
    if (this.#sql.seqOf.get(message.id) !== null) return KNOWN;
    const refs = refsOf(this.#primitives, message);
    const size = message.bytes.length + REF_BYTES * refs.length;
    if (size > bytesMax) return FULL;
    const account = this.tables.accounts.of(payer);
    const offer = { account, refs, size, ageMs: Math.min(message.timeMs, atMs) };
    if (isCurrentKind(message.kind)) return this.#replace(message, offer, bytesMax);
    return message.timeMs < account.markMs
      ? { kind: 'old', markMs: account.markMs }
      : this.#add(message, offer, bytesMax);
  }

  /** As if its author had taken it back, but that she may write about it. */
  takeAway(id: Uint8Array): boolean {
    const held = this.#sql.heldById.get(id);
    if (held === null || held.body === null) return false;
    const message = this.tables.read(held.body);
    if (!isPost(message.kind)) return false;
    this.#dropEdit(message, id);
    this.#takeBack(message, id);
    return true;
  }

  #add(message: Message, offer: Offer, bytesMax: number): Put {
    const isEdit = message.kind === KIND.edit;
    const done = isRetractable(message.kind) ? this.#done(message, message.id) : NOTHING;
    const before = isEdit ? this.#done(message, message.replies[0]) : NOTHING;
    const isGone = done.kind === 'gone' || before.kind === 'gone';
    if (before.kind === 'edit' && !isGone && byTime(before.message, message) > 0) return OVERTAKEN;
    const coming = isGone ? { ...offer, refs: [], size: GONE_BYTES } : offer;
    const refusal = this.room.make(offer.account, { ...coming, bytesMax });
    if (refusal !== null) return isGone ? KNOWN : refusal;
    if (before.kind === 'edit' && !isGone) this.#drop(before.seq);
    if (message.kind === KIND.delete) for (const id of message.replies) this.#dropEdit(message, id);
    // What was there may have gone to make room.
    const isEdited =
      done.kind === 'edit' && isPost(message.kind) && this.#sql.heldBySeq.get(done.seq) !== null;
    const seq = this.tables.insert(message, { ...coming, isKept: false, edit: isEdited ? done.seq : null });
    if (isGone) return KNOWN;
    if (isEdit) this.#edit(message, seq);
    if (message.kind === KIND.delete) for (const id of message.replies) this.#takeBack(message, id);
    return { kind: 'stored', seq };
  }

  /** A statement takes the place of the one before; older messages go for it, others of its kind do not. */
  #replace(message: Message, offer: Offer, bytesMax: number): Put {
    const { from, kind, name } = message;
    const { account, size } = offer;
    const row = this.#sql.current.get(from, kind, name);
    if (row === null && (this.#sql.currentCount.get(from)?.count ?? 0) >= peerCurrentMax) return FULL;
    if (row !== null && byTime(this.tables.read(row.body), message) > 0) return OVERTAKEN;
    const before = row === null ? null : this.#sql.heldBySeq.get(row.seq);
    const freed = before?.payer === account.number ? before.size : 0;
    if (account.keptBytes - freed + size > bytesMax) return FULL;
    if (before !== null) this.tables.remove(before);
    this.room.make(account, { size, ageMs: Infinity, bytesMax });
    return { kind: 'stored', seq: this.tables.insert(message, { ...offer, isKept: true, edit: null }) };
  }

  /** What the author of a message has done to one of hers. */
  #done({ from }: Message, id: Uint8Array | undefined): Done {
    if (id === undefined) return NOTHING;
    const place = this.#sql.anyOf.get(ownRef(this.#primitives, from, id));
    const body = place === null ? null : (this.#sql.heldBySeq.get(place.seq)?.body ?? null);
    if (place === null || body === null) return NOTHING;
    const message = this.tables.read(body);
    return message.kind === KIND.edit ? { kind: 'edit', seq: place.seq, message } : { kind: 'gone' };
  }

  #edit(message: Message, seq: number): void {
    const target = this.#own(message, message.replies[0]);
    if (target !== null && isPost(target.message.kind)) this.tables.setEdit(target.held, { seq, message });
  }

  #drop(seq: number): void {
    const held = this.#sql.heldBySeq.get(seq);
    if (held !== null) this.tables.remove(held);
  }

  /** The edit of what is taken back goes with it. */
  #dropEdit(message: Message, id: Uint8Array): void {
    const done = this.#done(message, id);
    const held = done.kind === 'edit' ? this.#sql.heldBySeq.get(done.seq) : null;
    if (held !== null) this.tables.empty(held);
  }

  #takeBack(message: Message, id: Uint8Array): void {
    const target = this.#own(message, id);
    if (target !== null && isRetractable(target.message.kind)) this.tables.empty(target.held);
  }

  /** A message that is here and by the same user (SPEC Z5). */
  #own(message: Message, id: Uint8Array | undefined): { held: HeldRow; message: Message } | null {
    const held = id === undefined ? null : this.#sql.heldById.get(id);
    if (held === null || held.body === null) return null;
    const target = this.tables.read(held.body);
    return compare(target.from, message.from) === 0 ? { held, message: target } : null;
  }
}
