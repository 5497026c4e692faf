/**
 * A peer: messages that users have signed, kept, found and told to those who follow them (SPEC section Z). The
 * same in a node, over native SQLite, and in the worker of a browser, over SQLite in WebAssembly; whoever runs it
 * gives it a store, an `Env` and the connections.
 */

import type { PeerEvents } from '../../api/peer.ts';
import type { Env, Timer } from '../../base/env.ts';
import type { Fault } from '../../base/fault.ts';
import type { Key } from '../../base/ids.ts';
import { peerPruneMs, peerWordsMs, searchIndexRows } from '../../base/limits-peer.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { refsOf } from '../message/refs.ts';
import type { Message } from '../message/terms.ts';
import type { PeerStore } from '../store/store.ts';
import { unlessFull } from '../store/unless-full.ts';
import { Comparisons } from './comparisons.ts';
import type { Feed } from './feed.ts';
import type { Guests } from './guests.ts';
import type { Hidden } from './hidden.ts';
import { Ingest, type Stored } from './ingest.ts';
import { Matcher } from './matcher.ts';
import { Recent } from './recent.ts';
import { PeerSession } from './session.ts';

/** What somebody is to this peer. */
export type Standing = { readonly kind: 'friend'; readonly bytesMax: number } | { readonly kind: 'stranger' };

export interface PeerOptions {
  /** The peer disposes of it. */
  readonly store: PeerStore;
  readonly primitives: Primitives;
  readonly env: Env;
  /** What a user is to this peer now. */
  readonly standing: (user: Key) => Promise<Standing>;
  /** All that is kept, in bytes; what arrived first goes first. */
  readonly bytesMax: number;
  /** An account whose bytes come on top of those, so that it takes no room from others (SPEC Z74). */
  readonly guests?: Key;
  /** Of whom nothing is shown; nobody unless said otherwise. */
  readonly hidden?: Hidden;
  /** Runs a task behind what has already arrived: `setImmediate` in a process. */
  readonly soon: (task: () => void) => void;
  /** Messages that are durable from now on, in the order of their positions. */
  readonly onStored?: (stored: readonly Stored[]) => void;
}

export interface PeerCaller {
  /** By whose blessing the caller speaks; null: nobody's. */
  readonly user: Key | null;
  /** The key that the caller has proven to hold: of another node, where it is one. */
  readonly device?: Key;
  /** Bytes that wait in its connection. */
  readonly buffered: () => number;
  /** Ends the connection, when it can be told nothing more. */
  readonly end?: (fault: Fault) => void;
}

export interface PeerFigures {
  readonly messages: number;
  readonly bytes: number;
  readonly sessions: number;
  readonly followed: number;
  readonly stored: number;
  readonly refused: number;
  readonly pruned: number;
  /** Comparisons that are answered now, and the messages that are held for them and for the peer's own. */
  readonly comparisons: number;
  readonly compared: number;
}

export class Peer implements AsyncDisposable {
  readonly options: PeerOptions;
  readonly ingest: Ingest;
  readonly matcher = new Matcher<Feed>();
  readonly comparisons: Comparisons;
  readonly recent: Recent;
  readonly #sessions = new Set<PeerSession>();
  #looking: Timer | null = null;
  #indexing: Timer | null = null;
  #stored = 0;
  #pruned = 0;
  #isOver = false;
  #guests: Guests | null = null;
  refused = 0;

  constructor(options: PeerOptions) {
    this.options = options;
    const { store, primitives, env, soon } = options;
    this.ingest = new Ingest({ store, primitives, env, soon, onStored: (stored) => this.#told(stored) });
    this.recent = new Recent(store.head());
    this.comparisons = new Comparisons({ store, primitives, env, soon, hidden: options.hidden });
    this.#index();
    this.#prune();
  }

  /** A session is the permission of its caller, for as long as it is open. */
  open(caller: PeerCaller, events: PeerEvents): PeerSession {
    const session = new PeerSession(this, caller, { events, left: () => this.#sessions.delete(session) });
    this.#sessions.add(session);
    return session;
  }

  get guests(): Guests | null {
    return this.#guests;
  }

  /** From now on messages of other nodes have a place here. */
  host(guests: Guests): void {
    this.#guests = guests;
  }

  figures(): PeerFigures {
    const { messages, bytes } = this.options.store.totals();
    return {
      messages,
      bytes,
      sessions: this.#sessions.size,
      followed: this.matcher.size,
      stored: this.#stored,
      refused: this.refused,
      pruned: this.#pruned,
      comparisons: this.comparisons.count,
      compared: this.comparisons.items,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#looking?.cancel();
    this.#indexing?.cancel();
    this.comparisons.end();
    for (const session of this.#sessions) session[Symbol.dispose]();
    await this.options.store[Symbol.asyncDispose]();
  }

  /** Tells those who follow what was just committed. */
  #told(stored: readonly Stored[]): void {
    this.#stored += stored.length;
    this.recent.take(stored);
    if (this.#indexing === null) this.#index();
    this.#guests?.committed();
    this.options.onStored?.(stored);
    if (this.matcher.size === 0) return;
    const { primitives } = this.options;
    for (const { seq, message } of stored) {
      const { timeMs, bytes } = message;
      for (const feed of this.matcher.of(refsOf(primitives, message)))
        feed.take({ seq, timeMs, bytes, edit: null });
    }
  }

  /** The index of words is made behind the commits, a little at a time. */
  #index(): void {
    if (this.#isOver) return;
    const { store, env } = this.options;
    const known = (seq: number): Message | null => this.recent.get(seq);
    this.#indexing = env.after(peerWordsMs, () => {
      this.#indexing = null;
      if (unlessFull(env, 'peer.full', () => store.indexWords(searchIndexRows, known)) === true)
        this.#index();
    });
  }

  #prune(): void {
    if (this.#isOver) return;
    const { env } = this.options;
    const gone = unlessFull(env, 'peer.full', () => this.#pruneSome()) ?? 0;
    this.#pruned += gone;
    this.#looking = env.after(gone > 0 ? peerWordsMs : peerPruneMs, () => this.#prune());
  }

  /** Takes some of what is too much away, first what other nodes brought; answers how many went. */
  #pruneSome(): number {
    const { store, guests } = this.options;
    const onTop = guests === undefined ? 0 : store.usage(guests).bytes;
    const bytesMax = this.options.bytesMax + onTop;
    const bytesOver = store.totals().bytes - bytesMax;
    const ofGuests = bytesOver > 0 ? (this.#guests?.yield(bytesOver) ?? 0) : 0;
    return ofGuests > 0 ? ofGuests : store.prune(bytesMax);
  }
}
