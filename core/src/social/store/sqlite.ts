/** The store of messages on SQLite, of either engine (interface and promises: `store.ts`; tables: `schema.ts`). */

import { must } from '../../base/assert.ts';
import type { Env } from '../../base/env.ts';
import type { Key } from '../../base/ids.ts';
import { peerCommitMax } from '../../base/limits-peer.ts';
import { assert } from '../../base/assert.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { readMessage } from '../message/message.ts';
import { mergedPlaces } from './pages.ts';
import { prepareAll, storedOf, type MessageRow, type Statements } from './rows.ts';
import type { SqlDatabase } from './sql.ts';
import type { NewMessage, PageCursor, PageOf, PeerStore, Put, StoredMessage, Usage } from './store.ts';
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
  readonly #primitives: Primitives;
  readonly #sql: Statements;
  readonly #writing: Writing;
  readonly #onCommit: () => void;
  readonly #onClose: () => Promise<void>;

  constructor(options: SqlitePeerOptions) {
    const { database, primitives, env, onCommit = () => {}, onClose = () => Promise.resolve() } = options;
    this.#database = database;
    this.#primitives = primitives;
    this.#sql = prepareAll(database);
    this.#writing = new Writing(primitives, this.#sql);
    this.#onCommit = onCommit;
    this.#onClose = onClose;
    if (this.#sql.peer.get() === null) this.#sql.begin.run(env.random(EPOCH_BYTES));
    this.epoch = this.#peer().epoch;
    // The index of words is in no backup.
    if (this.#peer().words_seq > 0 && this.#sql.anyWords.get() === null) this.#sql.setWords.run(0);
  }

  head(): number {
    return this.#sql.head.get()?.seq ?? 0;
  }

  put(batch: readonly NewMessage[]): readonly Put[] {
    assert(batch.length <= peerCommitMax, 'a batch is within its bound');
    return this.#write(() => {
      const answers = batch.map((each) => this.#writing.put(each));
      this.#writing.accounts.settle();
      return answers;
    });
  }

  knows(id: Uint8Array): boolean {
    return this.#sql.seqOf.get(id) !== null;
  }

  get(id: Uint8Array): StoredMessage | null {
    return mapped(this.#sql.byId.get(id));
  }

  page({ refs, before, rowsMax, bytesMax }: PageOf): readonly StoredMessage[] {
    const places = mergedPlaces(
      (ref, from, count) => this.#sql.places.all(ref, from.timeMs, from.seq, count),
      refs,
      { before, rowsMax },
    );
    const out: StoredMessage[] = [];
    let bytes = 0;
    for (const { seq } of places) {
      const stored = mapped(this.#sql.bySeq.get(seq));
      if (stored === null) continue;
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

  at(seqs: readonly number[]): readonly StoredMessage[] {
    return seqs.flatMap((seq) => mapped(this.#sql.bySeq.get(seq)) ?? []);
  }

  current(from: Key, kind: number, name: string): StoredMessage | null {
    return mapped(this.#sql.current.get(from, kind, name));
  }

  currents(from: Key): readonly StoredMessage[] {
    return this.#sql.currents.all(from).map(storedOf);
  }

  pin(id: Uint8Array, isPinned: boolean): boolean {
    return this.#write(() => {
      const held = this.#sql.heldById.get(id);
      if (held === null || held.body === null) return false;
      // Where it is unpinned it is as old as it says, and may be behind what was looked through already.
      this.#sql.setAge.run(isPinned ? null : readMessage(this.#primitives, held.body).timeMs, held.seq);
      if (!isPinned) this.#sql.setPruned.run(Math.min(this.#peer().pruned_seq, held.seq - 1));
      return true;
    });
  }

  usage(payer: Key): Usage {
    return this.#writing.accounts.usage(payer);
  }

  totals(): { readonly messages: number; readonly bytes: number } {
    const row = this.#sql.totals.get();
    return { messages: row?.messages ?? 0, bytes: row?.bytes ?? 0 };
  }

  prune(bytesMax: number): number {
    return this.#write(() => {
      const { gone, seq } = this.#writing.prune(bytesMax, this.#peer().pruned_seq);
      this.#writing.accounts.settle();
      if (gone > 0) this.#sql.setPruned.run(seq);
      return gone;
    });
  }

  indexWords(rowsMax: number): boolean {
    const rows = this.#sql.unindexed.all(this.#peer().words_seq, rowsMax);
    if (rows.length === 0) return false;
    this.#write(() => {
      for (const { seq, body } of rows) {
        const { text, tags } = readMessage(this.#primitives, body);
        this.#sql.insertWords.run(seq, [text, ...tags].join('\n'));
      }
      this.#sql.setWords.run(must(rows.at(-1), 'there are rows').seq);
    });
    return rows.length === rowsMax;
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

  #peer() {
    return must(this.#sql.peer.get(), 'a store has an epoch');
  }

  #write<T>(task: () => T): T {
    try {
      const answer = this.#database.transaction(task);
      this.#onCommit();
      return answer;
    } finally {
      this.#writing.accounts.forget();
    }
  }
}

function mapped(row: MessageRow | null): StoredMessage | null {
  return row === null ? null : storedOf(row);
}
