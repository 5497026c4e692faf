/**
 * One connection that follows something (SPEC Z31 to Z33): first what is here behind its cursor, then what
 * comes, without a gap and nothing twice. Who does not keep up is moved back to catching up, at the position
 * that it was told last, and is never cut off for being slow.
 *
 *   idle --listen--> catching --nothing left--> live --too much waits--> catching
 *
 * Everything between two looks at the store happens in one turn: when a page ends at the head, what arrives
 * next is told live.
 */

import { hex } from '../../base/bytes.ts';
import { asFault, Fault } from '../../base/fault.ts';
import {
  peerBufferedMax,
  peerCatchUpBufferedMax,
  peerCatchUpRows,
  peerCatchUpSeqsMax,
  peerScanRowsMax,
} from '../../base/limits-peer.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { readMessage } from '../message/message.ts';
import { refsOf } from '../message/refs.ts';
import type { PeerStore, StoredMessage } from '../store/store.ts';

export interface FeedOptions {
  readonly store: PeerStore;
  readonly primitives: Primitives;
  readonly tell: (rows: readonly StoredMessage[], at: number) => void;
  readonly caughtUp: (at: number) => void;
  /** What is followed is more than can be caught up with, or what has to be known cannot be. */
  readonly fail: (fault: Fault) => void;
  /** Bytes that wait in the connection. */
  readonly buffered: () => number;
  /** What has to be known before anything is told; null: it is. */
  readonly held: () => Promise<void> | null;
  /** Runs a task behind what has already arrived. */
  readonly soon: (task: () => void) => void;
}

export class Feed {
  readonly #options: FeedOptions;
  readonly #refs = new Map<string, Uint8Array>();
  #state: 'idle' | 'catching' | 'live' | 'over' = 'idle';
  /** Everything up to here has been told. */
  #at = 0;
  /** Positions that were collected for catching up, in order, all behind `#at` and up to `#to`. */
  #seqs: readonly number[] = [];
  #next = 0;
  #to = 0;
  #isDue = false;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#refs.size;
  }

  add(ref: Uint8Array): void {
    this.#refs.set(hex(ref), ref);
  }

  remove(ref: Uint8Array): void {
    this.#refs.delete(hex(ref));
  }

  /** Begins behind a position, or anew. */
  listen(after: number): void {
    this.#at = after;
    this.#begin();
  }

  /** A message that this connection follows was stored; all of one commit before `told`. */
  take(row: StoredMessage): boolean {
    if (this.#state !== 'live') return false;
    if (this.#options.buffered() > peerBufferedMax || this.#options.held() !== null) {
      this.#begin();
      return false;
    }
    this.#options.tell([row], row.seq);
    this.#at = row.seq;
    return true;
  }

  /** The connection has room again. */
  drained(): void {
    if (this.#state === 'catching') this.#due();
  }

  end(): void {
    this.#state = 'over';
    this.#seqs = [];
    this.#refs.clear();
  }

  #begin(): void {
    this.#state = 'catching';
    this.#seqs = [];
    this.#next = 0;
    this.#to = this.#at;
    this.#due();
  }

  #due(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#options.soon(() => {
      this.#isDue = false;
      if (this.#state === 'catching') this.#step();
    });
  }

  #step(): void {
    const { buffered, caughtUp, held, store } = this.#options;
    if (buffered() > peerCatchUpBufferedMax) return;
    const holding = held();
    if (holding !== null) {
      holding.then(
        () => this.#due(),
        (thrown: unknown) => this.#fail(asFault(thrown)),
      );
      return;
    }
    if (this.#next === this.#seqs.length && this.#to === this.#at) this.#collect(store.head());
    if (this.#state === 'over') return;
    const seqs = this.#seqs.slice(this.#next, this.#next + peerCatchUpRows);
    this.#next += seqs.length;
    const isAtEnd = this.#next === this.#seqs.length;
    const at = isAtEnd ? this.#to : (seqs.at(-1) ?? this.#to);
    if (seqs.length > 0 || at > this.#at) this.#options.tell(store.at(seqs), at);
    this.#at = at;
    if (isAtEnd && store.head() === at) {
      this.#state = 'live';
      this.#seqs = [];
      caughtUp(at);
      return;
    }
    this.#due();
  }

  /** Finds what is followed in (`#at`, `head`]: a short stretch is read whole, a long one by its keys. */
  #collect(head: number): void {
    this.#next = 0;
    this.#to = head;
    if (head - this.#at <= peerScanRowsMax) {
      this.#seqs = this.#scanned(head);
      return;
    }
    const found = new Set<number>();
    for (const ref of this.#refs.values()) {
      const range = { from: this.#at, to: head };
      for (const seq of this.#options.store.seqs(ref, range, peerCatchUpSeqsMax)) found.add(seq);
      if (found.size > peerCatchUpSeqsMax)
        return this.#fail(
          new Fault('tooMany', 'more than can be caught up with: follow fewer, or reconcile'),
        );
    }
    this.#seqs = [...found].toSorted((a, b) => a - b);
  }

  #fail(fault: Fault): void {
    if (this.#state === 'over') return;
    this.end();
    this.#options.fail(fault);
  }

  #scanned(head: number): readonly number[] {
    const { store, primitives } = this.#options;
    const seqs: number[] = [];
    for (const { seq, bytes } of store.after(this.#at, peerScanRowsMax)) {
      if (seq > head) break;
      const refs = refsOf(primitives, readMessage(primitives, bytes));
      if (refs.some((ref) => this.#refs.has(hex(ref)))) seqs.push(seq);
    }
    return seqs;
  }
}
