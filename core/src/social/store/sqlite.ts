/** The store of messages on SQLite, of either engine (interface and promises: `store.ts`; tables: `schema.ts`). */

import { assert } from '../../base/assert.ts';
import { concat } from '../../base/bytes.ts';
import type { Env } from '../../base/env.ts';
import type { Key } from '../../base/ids.ts';
import { peerCommitMax } from '../../base/limits-peer.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { publicKeyBytes } from '../../crypto/sign.ts';
import { isCurrentKind, LAST_FOR_OTHERS } from '../message/kinds.ts';
import { RELATION } from '../message/refs.ts';
import type { Message } from '../message/terms.ts';
import { mergedPlaces } from './pages.ts';
import { prepareAll, storedOf, type MessageRow, type PlaceRow, type Statements } from './rows.ts';
import type { SqlDatabase } from './sql.ts';
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
import { matchOf } from './words.ts';
import { Writing } from './writing.ts';

export interface SqlitePeerOptions {
  /** Open, with the tables of the newest version; belongs to the store from now on. */
  readonly database: SqlDatabase;
  readonly primitives: Primitives;
  readonly env: Pick<Env, 'random'>;
  /** After each commit. */
  readonly onCommit?: () => void;
  /** Before the database is closed. */
  readonly onClose?: () => Promise<void>;
}

const EPOCH_BYTES = 16;

export class SqlitePeer implements PeerStore {
  readonly epoch: Uint8Array;
  readonly #database: SqlDatabase;
  readonly #sql: Statements;
  readonly #writing: Writing;
  readonly #onCommit: () => void;
  readonly #onClose: () => Promise<void>;

  constructor(options: SqlitePeerOptions) {
    const { database, primitives, env, onCommit = () => {}, onClose = () => Promise.resolve() } = options;
    this.#database = database;
    this.#sql = prepareAll(database);
    this.#writing = new Writing(primitives, this.#sql);
    this.#onCommit = onCommit;
    this.#onClose = onClose;
    if (this.#sql.peer.get() === null) this.#sql.begin.run(env.random(EPOCH_BYTES));
    const { epoch, words_seq: indexed } = this.#writing.tables.peer();
    this.epoch = epoch;
    // The index of words is in no backup.
    if (indexed > 0 && this.#sql.anyWords.get() === null) this.#sql.setWords.run(0);
  }

  head(): number {
    return this.#writing.tables.peer().last_seq;
  }

  put(batch: readonly NewMessage[]): readonly Put[] {
    assert(batch.length <= peerCommitMax, 'a batch is within its bound');
    return this.#write(() => batch.map((each) => this.#writing.put(each)));
  }

  forget(id: Uint8Array): boolean {
    return this.#write(() => {
      const held = this.#sql.heldById.get(id);
      if (held !== null) this.#writing.tables.remove(held);
      return held !== null;
    });
  }

  knows(id: Uint8Array): boolean {
    return this.#sql.seqOf.get(id) !== null;
  }

  get(id: Uint8Array): StoredMessage | null {
    return mapped(this.#sql.byId.get(id));
  }

  page({ refs, before, rowsMax, bytesMax }: PageOf): readonly StoredMessage[] {
    const places = this.#places(refs, before, rowsMax);
    const out: StoredMessage[] = [];
    let bytes = 0;
    for (const stored of this.at(places.map(({ seq }) => seq))) {
      bytes += stored.bytes.length + (stored.edit?.length ?? 0);
      if (bytes > bytesMax && out.length > 0) break;
      out.push(stored);
    }
    return out;
  }

  after(seq: number, rowsMax: number): readonly StoredMessage[] {
    return this.#sql.after.all(seq, rowsMax).map(storedOf);
  }

  seqs(ref: Uint8Array, { from, to }: { from: number; to: number }, countMax: number): number[] {
    return this.#sql.seqs.all(ref, from, to, countMax).map(({ seq }) => seq);
  }

  items(ref: Uint8Array, { timeMs, seq }: PageCursor, rowsMax: number): readonly ItemRow[] {
    const rows =
      ref[0] === RELATION.other
        ? this.#sql.itemsForOthers.all(ref, timeMs, seq, ...keysBehind(ref), LAST_FOR_OTHERS, rowsMax)
        : this.#sql.items.all(ref, timeMs, seq, rowsMax);
    return rows.map(({ seq: at, time_ms, id }) => ({ seq: at, timeMs: time_ms, id }));
  }

  newest(
    refs: readonly Uint8Array[],
    countMax: number,
  ): { readonly count: number; readonly oldestMs: number } {
    const found = this.#places(refs, null, countMax);
    return { count: found.length, oldestMs: found.at(-1)?.time_ms ?? 0 };
  }

  at(seqs: readonly number[]): readonly StoredMessage[] {
    if (seqs.length === 0) return [];
    return this.#sql.bySeqs.all(JSON.stringify(seqs)).map(storedOf);
  }

  current(from: Key, kind: number, name: string): StoredMessage | null {
    return mapped(this.#sql.current.get(from, kind, name));
  }

  currents(from: Key, after: CurrentName | null, rowsMax: number): readonly StoredMessage[] {
    return this.#sql.currents.all(from, after?.kind ?? 0, after?.name ?? '', rowsMax).map(storedOf);
  }

  pin(id: Uint8Array, isPinned: boolean): boolean {
    return this.#write(() => {
      const { tables } = this.#writing;
      const held = this.#sql.heldById.get(id);
      if (held === null || held.body === null) return false;
      if (isCurrentKind(tables.read(held.body).kind)) return true;
      tables.keep(held, isPinned);
      // It may be behind what was looked through already.
      if (!isPinned) this.#sql.setPruned.run(Math.min(tables.peer().pruned_seq, held.seq - 1));
      return true;
    });
  }

  takeAway(id: Uint8Array): boolean {
    return this.#write(() => this.#writing.takeAway(id));
  }

  isPinned(id: Uint8Array): boolean {
    const held = this.#sql.heldById.get(id);
    return held !== null && held.body !== null && held.kept === 1;
  }

  inherit(from: Key, to: Key): void {
    this.#write(() => this.#writing.tables.accounts.inherit(from, to));
  }

  usage(payer: Key): Usage {
    return this.#writing.tables.accounts.usage(payer);
  }

  totals(): { readonly messages: number; readonly bytes: number } {
    const row = this.#sql.totals.get();
    return { messages: row?.messages ?? 0, bytes: row?.bytes ?? 0 };
  }

  prune(bytesMax: number): number {
    return this.#write(() => this.#writing.room.prune(bytesMax));
  }

  pruneAccount(payer: Key, bytesMax: number): number {
    const { room, tables } = this.#writing;
    const held = this.#sql.account.get(payer);
    // Where nothing has to go, or nothing may, nothing is written.
    if (held === null || held.bytes <= bytesMax || held.bytes === held.kept_bytes) return 0;
    return this.#write(() => room.pruneAccount(tables.accounts.of(payer), bytesMax));
  }

  indexWords(rowsMax: number, known: (seq: number) => Message | null = () => null): boolean {
    const { tables } = this.#writing;
    const { words_seq: from, last_seq: head } = tables.peer();
    if (from === head) return false;
    const rows = this.#sql.unindexed.all(from, rowsMax);
    const isMore = rows.length === rowsMax;
    this.#write(() => {
      for (const { seq, edit, body } of rows) tables.setWords(seq, known(edit ?? seq) ?? tables.read(body));
      // What else has arrived has no words; whoever looks next need not walk over it again.
      this.#sql.setWords.run((isMore ? rows.at(-1)?.seq : undefined) ?? head);
    });
    return isMore;
  }

  search(words: string, before: PageCursor | null, rowsMax: number): readonly StoredMessage[] {
    const match = matchOf(words);
    if (match === null) return [];
    const found = this.#sql.search.all(match, before?.seq ?? Number.MAX_SAFE_INTEGER, rowsMax);
    return this.at(found.map(({ seq }) => seq));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#onClose();
    this.#database.close();
  }

  #places(refs: readonly Uint8Array[], before: PageCursor | null, rowsMax: number): readonly PlaceRow[] {
    return mergedPlaces((ref, from, count) => this.#sql.places.all(ref, from.timeMs, from.seq, count), refs, {
      before,
      rowsMax,
    });
  }

  #write<T>(task: () => T): T {
    const { tables } = this.#writing;
    try {
      const answer = this.#database.transaction(() => {
        const done = task();
        tables.settle();
        return done;
      });
      tables.settled();
      this.#onCommit();
      return answer;
    } catch (thrown) {
      tables.forget();
      throw thrown;
    }
  }
}

function mapped(row: MessageRow | null): StoredMessage | null {
  return row === null ? null : storedOf(row);
}

/** The lowest and the highest of the keys that begin as a reference says. */
function keysBehind(ref: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const beginning = ref.subarray(1);
  const rest = new Uint8Array(publicKeyBytes - beginning.length);
  return [concat(beginning, rest), concat(beginning, rest.slice().fill(255))];
}
