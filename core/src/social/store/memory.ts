/**
 * The store of messages in memory, as simple as it can be said: one list of rows, looked through as a whole each
 * time. It is what the tests hold the stores on SQLite against, and forgets everything when it is closed.
 */

import { compare, hex } from '../../base/bytes.ts';
import type { Env } from '../../base/env.ts';
import type { Key } from '../../base/ids.ts';
import { peerCurrentMax, peerPruneRows, peerPruneSlack, peerRoomRowsMax } from '../../base/limits-peer.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { isCurrentKind, isOwnState, isPost, isRetractable, KIND } from '../message/kinds.ts';
import { byTime } from '../message/message.ts';
import { refsOf } from '../message/refs.ts';
import type { Message } from '../message/terms.ts';
import type {
  CurrentName,
  ItemRow,
  NewMessage,
  PageCursor,
  PageOf,
  PeerStore,
  Put,
  StoredMessage,
  Usage,
} from './store.ts';
import { GONE_BYTES, REF_BYTES } from './tables.ts';
import { wordsOf } from './words.ts';

interface Row {
  readonly seq: number;
  readonly message: Message;
  readonly payer: string;
  readonly ageMs: number;
  size: number;
  isKept: boolean;
  /** Was taken back. */
  isGone: boolean;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => compare(a, b) === 0;
const byAge = (a: Row, b: Row): number => a.ageMs - b.ageMs || a.seq - b.seq;

export class MemoryPeer implements PeerStore {
  readonly epoch: Uint8Array;
  readonly #primitives: Primitives;
  #rows: Row[] = [];
  #last = 0;
  #wordsSeq = 0;
  readonly #marks = new Map<string, number>();

  constructor(primitives: Primitives, env: Pick<Env, 'random'>) {
    this.#primitives = primitives;
    this.epoch = env.random(16);
  }

  head(): number {
    return this.#last;
  }

  put(batch: readonly NewMessage[]): readonly Put[] {
    return batch.map((each) => this.#put(each));
  }

  forget(id: Uint8Array): boolean {
    const before = this.#rows.length;
    this.#rows = this.#rows.filter(({ message }) => !same(message.id, id));
    return this.#rows.length < before;
  }

  knows(id: Uint8Array): boolean {
    return this.#rows.some(({ message }) => same(message.id, id));
  }

  get(id: Uint8Array): StoredMessage | null {
    const row = this.#here().find(({ message }) => same(message.id, id));
    return row === undefined ? null : this.#stored(row);
  }

  page({ refs, before, rowsMax, bytesMax }: PageOf): readonly StoredMessage[] {
    const isBefore = ({ message: { timeMs }, seq }: Row): boolean =>
      before === null || timeMs < before.timeMs || (timeMs === before.timeMs && seq < before.seq);
    const rows = this.#here().filter((row) => isBefore(row) && refs.some((ref) => this.#isFound(row, ref)));
    rows.sort((a, b) => b.message.timeMs - a.message.timeMs || b.seq - a.seq);
    const out: StoredMessage[] = [];
    let bytes = 0;
    for (const stored of rows.slice(0, rowsMax).map((row) => this.#stored(row))) {
      bytes += stored.bytes.length + (stored.edit?.length ?? 0);
      if (bytes > bytesMax && out.length > 0) break;
      out.push(stored);
    }
    return out;
  }

  after(seq: number, rowsMax: number): readonly StoredMessage[] {
    const rows = this.#here().filter((row) => row.seq > seq);
    return rows.slice(0, rowsMax).map((row) => this.#stored(row));
  }

  seqs(ref: Uint8Array, { from, to }: { from: number; to: number }, countMax: number): number[] {
    const rows = this.#here().filter(({ seq }) => seq > from && seq <= to);
    const found = rows.filter((row) => this.#isFound(row, ref));
    found.sort((a, b) => a.message.timeMs - b.message.timeMs || a.seq - b.seq);
    return found.slice(0, countMax).map(({ seq }) => seq);
  }

  items(ref: Uint8Array, behind: PageCursor, rowsMax: number): readonly ItemRow[] {
    const rows = this.#here().filter(({ message: { kind, timeMs }, seq }) => {
      const isBehind = timeMs > behind.timeMs || (timeMs === behind.timeMs && seq > behind.seq);
      return isBehind && !isOwnState(kind);
    });
    const found = rows.filter((row) => this.#isFound(row, ref));
    found.sort((a, b) => a.message.timeMs - b.message.timeMs || a.seq - b.seq);
    return found.slice(0, rowsMax).map(({ seq, message: { timeMs, id } }) => ({ seq, timeMs, id }));
  }

  newest(
    refs: readonly Uint8Array[],
    countMax: number,
  ): { readonly count: number; readonly oldestMs: number } {
    const times = this.#here()
      .filter((row) => refs.some((ref) => this.#isFound(row, ref)))
      .map(({ message }) => message.timeMs)
      .toSorted((a, b) => b - a)
      .slice(0, countMax);
    return { count: times.length, oldestMs: times.at(-1) ?? 0 };
  }

  at(seqs: readonly number[]): readonly StoredMessage[] {
    const rows = seqs.map((seq) => this.#here().find((row) => row.seq === seq));
    return rows.flatMap((row) => (row === undefined ? [] : [this.#stored(row)]));
  }

  current(from: Key, kind: number, name: string): StoredMessage | null {
    const row = this.#current(from, kind, name);
    return row === undefined ? null : this.#stored(row);
  }

  currents(from: Key, after: CurrentName | null, rowsMax: number): readonly StoredMessage[] {
    const { kind: first, name: behind } = after ?? { kind: 0, name: '' };
    const encode = (name: string): Uint8Array => new TextEncoder().encode(name);
    const byName = (a: string, b: string): number => compare(encode(a), encode(b));
    const rows = this.#here().filter(({ message: { kind, name, from: author } }) => {
      const isBehind = kind > first || (kind === first && byName(name, behind) > 0);
      return isCurrentKind(kind) && same(author, from) && isBehind;
    });
    rows.sort((a, b) => a.message.kind - b.message.kind || byName(a.message.name, b.message.name));
    return rows.slice(0, rowsMax).map((row) => this.#stored(row));
  }

  pin(id: Uint8Array, isPinned: boolean): boolean {
    const row = this.#here().find(({ message }) => same(message.id, id));
    if (row === undefined) return false;
    row.isKept = isPinned || isCurrentKind(row.message.kind);
    return true;
  }

  takeAway(id: Uint8Array): boolean {
    const row = this.#here().find(({ message }) => same(message.id, id));
    if (row === undefined || !isPost(row.message.kind)) return false;
    this.#takeBack(row.message.from, id);
    return true;
  }

  isPinned(id: Uint8Array): boolean {
    return this.#here().some((row) => row.isKept && same(row.message.id, id));
  }

  inherit(from: Key, to: Key): void {
    const [was, heir] = [hex(from), hex(to)];
    this.#rows = this.#rows.map((row) => (row.payer === was ? { ...row, payer: heir } : row));
    const markMs = Math.max(this.#marks.get(was) ?? 0, this.#marks.get(heir) ?? 0);
    if (markMs > 0) this.#marks.set(heir, markMs);
    this.#marks.delete(was);
  }

  usage(payer: Key): Usage {
    const rows = this.#paidBy(hex(payer));
    return { bytes: sum(rows), messages: rows.length, markMs: this.#marks.get(hex(payer)) ?? 0 };
  }

  totals(): { readonly messages: number; readonly bytes: number } {
    return { messages: this.#rows.length, bytes: sum(this.#rows) };
  }

  prune(bytesMax: number): number {
    let gone = 0;
    for (const row of this.#rows.filter(({ isKept }) => !isKept).slice(0, peerPruneRows)) {
      if (sum(this.#rows) <= bytesMax) break;
      this.#drop(row);
      gone += 1;
    }
    return gone;
  }

  pruneAccount(payer: Key, bytesMax: number): number {
    let gone = 0;
    const hers = (): Row[] => this.#rows.filter((row) => row.payer === hex(payer));
    for (const row of hers()
      .filter(({ isKept }) => !isKept)
      .toSorted(byAge)
      .slice(0, peerPruneRows)) {
      if (sum(hers()) <= bytesMax) break;
      this.#drop(row);
      gone += 1;
    }
    return gone;
  }

  indexWords(rowsMax: number): boolean {
    const posts = this.#here().filter(({ seq, message }) => seq > this.#wordsSeq && isPost(message.kind));
    const last = posts.slice(0, rowsMax).at(-1);
    this.#wordsSeq = posts.length < rowsMax || last === undefined ? this.#last : last.seq;
    return posts.length >= rowsMax;
  }

  search(words: string, before: PageCursor | null, rowsMax: number): readonly StoredMessage[] {
    const wanted = wordsOf(words);
    if (wanted.length === 0) return [];
    const rows = this.#here().filter((row) => {
      if (!isPost(row.message.kind) || row.seq > this.#wordsSeq) return false;
      if (before !== null && row.seq >= before.seq) return false;
      const { text, tags } = this.#edit(row)?.message ?? row.message;
      const there = wordsOf([text, ...tags].join('\n'), Infinity);
      const last = wanted.length - 1;
      return wanted.every((word, at) =>
        there.some((other) => (at === last ? other.startsWith(word) : other === word)),
      );
    });
    return rows
      .toReversed()
      .slice(0, rowsMax)
      .map((row) => this.#stored(row));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rows = [];
  }

  #put({ message, payer, bytesMax, atMs }: NewMessage): Put {
    const { kind, timeMs, from } = message;
    if (this.knows(message.id)) return { kind: 'known' };
    const size = message.bytes.length + REF_BYTES * refsOf(this.#primitives, message).length;
    if (size > bytesMax) return { kind: 'full' };
    const row: Row = {
      seq: 0,
      message,
      payer: hex(payer),
      ageMs: Math.min(timeMs, atMs),
      size,
      isKept: isCurrentKind(kind),
      isGone: false,
    };
    if (row.isKept) return this.#replace(row, bytesMax);
    const markMs = this.#marks.get(row.payer) ?? 0;
    if (timeMs < markMs) return { kind: 'old', markMs };
    const [target] = message.replies;
    const isTakenBack = (id: Uint8Array): boolean =>
      this.#own(from, KIND.delete).some((other) => other.message.replies.some((reply) => same(reply, id)));
    if (isRetractable(kind) && isTakenBack(message.id)) row.isGone = true;
    if (kind === KIND.edit && target !== undefined && isTakenBack(target)) row.isGone = true;
    if (row.isGone) row.size = GONE_BYTES;
    const edits = this.#own(from, KIND.edit).filter(
      ({ message: { replies } }) =>
        kind === KIND.edit && replies[0] !== undefined && same(replies[0], target ?? replies[0]),
    );
    if (!row.isGone && edits.some((edit) => byTime(edit.message, message) > 0)) return { kind: 'overtaken' };
    const refusal = this.#makeRoom(row, row.ageMs, bytesMax);
    if (refusal !== null) return row.isGone ? { kind: 'known' } : refusal;
    if (!row.isGone) this.#rows = this.#rows.filter((other) => !edits.includes(other));
    const seq = this.#add(row);
    if (row.isGone) return { kind: 'known' };
    if (kind === KIND.delete) for (const id of message.replies) this.#takeBack(from, id);
    return { kind: 'stored', seq };
  }

  #replace(row: Row, bytesMax: number): Put {
    const { from, kind, name } = row.message;
    const before = this.#current(from, kind, name);
    const count = this.#here().filter(
      ({ message }) => isCurrentKind(message.kind) && same(message.from, from),
    ).length;
    if (before === undefined && count >= peerCurrentMax) return { kind: 'full' };
    if (before !== undefined && byTime(before.message, row.message) > 0) return { kind: 'overtaken' };
    const kept = this.#paidBy(row.payer).filter((other) => other.isKept && other !== before);
    if (sum(kept) + row.size > bytesMax) return { kind: 'full' };
    this.#rows = this.#rows.filter((other) => other !== before);
    this.#makeRoom(row, Infinity, bytesMax);
    return { kind: 'stored', seq: this.#add(row) };
  }

  #add(row: Row): number {
    this.#last += 1;
    this.#rows.push({ ...row, seq: this.#last });
    return this.#last;
  }

  #takeBack(from: Key, id: Uint8Array): void {
    for (const row of this.#here()) {
      const { message } = row;
      if (!isRetractable(message.kind) || !same(message.from, from)) continue;
      const isEditOfIt = message.kind === KIND.edit && same(message.replies[0] ?? id, id);
      if (!isEditOfIt && !same(message.id, id)) continue;
      row.isGone = true;
      row.isKept = false;
      row.size = GONE_BYTES;
    }
  }

  #makeRoom(row: Row, ageMs: number, bytesMax: number): Put | null {
    const rows = this.#paidBy(row.payer);
    const need = sum(rows) + row.size - bytesMax;
    if (need <= 0) return null;
    if (sum(rows.filter(({ isKept }) => isKept)) + row.size > bytesMax) return { kind: 'full' };
    const goal = need + Math.floor(bytesMax / peerPruneSlack);
    const victims: Row[] = [];
    for (const other of rows.filter(({ isKept }) => !isKept).toSorted(byAge)) {
      const freed = sum(victims);
      const isEnough = freed >= goal || (freed >= need && victims.length >= peerPruneRows);
      if (isEnough || victims.length >= peerRoomRowsMax) break;
      if (other.ageMs >= ageMs) {
        if (freed < need) return { kind: 'old', markMs: other.ageMs };
        break;
      }
      victims.push(other);
    }
    for (const victim of victims) this.#drop(victim);
    return null;
  }

  #drop(row: Row): void {
    const markMs = this.#marks.get(row.payer) ?? 0;
    this.#marks.set(row.payer, Math.max(markMs, row.message.timeMs + 1));
    this.#rows = this.#rows.filter((other) => other !== row);
  }

  #here(): readonly Row[] {
    return this.#rows.filter(({ isGone }) => !isGone);
  }

  #paidBy(payer: string): readonly Row[] {
    return this.#rows.filter((row) => row.payer === payer);
  }

  #own(from: Key, kind: number): readonly Row[] {
    return this.#here().filter(({ message }) => message.kind === kind && same(message.from, from));
  }

  #current(from: Key, kind: number, name: string): Row | undefined {
    return this.#here().find(
      ({ message }) =>
        isCurrentKind(kind) && message.kind === kind && message.name === name && same(message.from, from),
    );
  }

  #edit({ message }: Row): Row | undefined {
    if (!isPost(message.kind)) return undefined;
    return this.#own(message.from, KIND.edit).find(({ message: { replies } }) =>
      same(replies[0] ?? message.id, message.id),
    );
  }

  #isFound({ message }: Row, ref: Uint8Array): boolean {
    return refsOf(this.#primitives, message).some((other) => same(other, ref));
  }

  #stored(row: Row): StoredMessage {
    const { message, seq } = row;
    return {
      seq,
      timeMs: message.timeMs,
      bytes: message.bytes,
      edit: this.#edit(row)?.message.bytes ?? null,
    };
  }
}

function sum(rows: readonly Row[]): number {
  return rows.reduce((bytes, { size }) => bytes + size, 0);
}
