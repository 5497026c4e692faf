/**
 * What a program is told of as it happens. One line serves all its watches; after an interruption it goes on
 * behind what it was told last, and says so where that is not possible.
 */

import { equal, hex } from '../../base/bytes.ts';
import { backoff, type Backoff } from '../../base/backoff.ts';
import type { Env, Timer } from '../../base/env.ts';
import { asFault } from '../../base/fault.ts';
import { reconnectBaseMs, reconnectCapMs } from '../../base/limits.ts';
import { peerInterestsPerCallMax } from '../../base/limits-peer.ts';
import type { Interest, MessageRow, PeerEvents, PeerRemote } from '../../api/peer.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { refOfInterest } from '../../social/peer/interests.ts';
import { isPost } from '../../social/message/kinds.ts';
import { refsOf } from '../../social/message/refs.ts';
import type { Message } from '../../social/message/terms.ts';
import { deferred, type Deferred } from '../deferred.ts';
import { checkedRow, postOf } from './read.ts';
import type { Post } from './types.ts';

export type Heard =
  | { readonly kind: 'post'; readonly post: Post }
  /** An edit, a picture in answer, something taken back, or a statement. */
  | { readonly kind: 'other'; readonly message: Message }
  /** The node was set back, or has another store: ask for pages again. */
  | { readonly kind: 'gap' };

/** Closed by who opened it. */
export interface Watch extends Disposable {
  readonly interests: readonly Interest[];
  /** Nothing is missed from here on; it waits for a connection. */
  readonly ready: Promise<void>;
}

interface Watcher {
  readonly refs: ReadonlySet<string>;
  readonly interests: readonly Interest[];
  readonly listener: (heard: Heard) => void;
  readonly ready: Deferred<void>;
}

export class Watching {
  readonly #env: Env;
  readonly #primitives: Primitives;
  readonly #watchers = new Set<Watcher>();
  #remote: PeerRemote | null = null;
  /** In the numbers of which store `#at` counts: another object once they are other ones. */
  #epoch: Uint8Array | null = null;
  #at = 0;
  /** Messages are told in their order, though checking them takes turns. */
  #telling: Promise<void> = Promise.resolve();
  readonly #pauses: Backoff;
  /** To what went wrong. */
  #again: Timer | null = null;

  constructor(env: Env, primitives: Primitives) {
    this.#env = env;
    this.#primitives = primitives;
    this.#pauses = backoff(env, reconnectBaseMs, reconnectCapMs);
  }

  readonly events: PeerEvents = {
    messages: ({ rows, at }) => {
      // Views into the message that has arrived do not outlive this turn.
      const kept = rows.map(({ seq, message, edit }) => ({
        seq,
        message: message.slice(),
        edit: edit?.slice() ?? null,
      }));
      this.#soon(kept, at);
    },
    caughtUp: ({ at }) => this.#soon([], at),
  };

  add(interests: readonly Interest[], listener: (heard: Heard) => void): Watch {
    const refs = new Set(interests.map((each) => hex(refOfInterest(each))));
    const watcher: Watcher = { refs, interests, listener, ready: deferred() };
    this.#watchers.add(watcher);
    void this.#follow(watcher);
    return { interests, ready: watcher.ready.promise, [Symbol.dispose]: () => this.#leave(watcher) };
  }

  up(remote: PeerRemote): void {
    this.#again?.cancel();
    this.#remote = remote;
    void this.#resume(remote);
  }

  down(): void {
    this.#again?.cancel();
    this.#remote = null;
  }

  async #follow({ interests, ready }: Watcher): Promise<void> {
    const remote = this.#remote;
    if (remote === null) return;
    await this.#striven(remote, async () => {
      await remote.follow({ add: interests, remove: [] });
      if (this.#epoch === null) await this.#begin(remote);
      ready.resolve();
    });
  }

  /** What nobody else here follows is not told any more. */
  #leave(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher)) return;
    const remote = this.#remote;
    const held = new Set([...this.#watchers].flatMap(({ refs }) => [...refs]));
    const remove = watcher.interests.filter((each) => !held.has(hex(refOfInterest(each))));
    if (remote === null || remove.length === 0) return;
    void this.#tried(async () => void (await remote.follow({ add: [], remove })));
  }

  async #resume(remote: PeerRemote): Promise<void> {
    const resumed = [...this.#watchers];
    const add = resumed.flatMap(({ interests }) => interests);
    if (add.length === 0) return;
    await this.#striven(remote, async () => {
      for (let from = 0; from < add.length; from += peerInterestsPerCallMax)
        await remote.follow({ add: add.slice(from, from + peerInterestsPerCallMax), remove: [] });
      await this.#begin(remote);
      for (const { ready } of resumed) ready.resolve();
    });
  }

  /** What goes wrong is tried again, all of it, for as long as the connection lasts; then with the next one. */
  async #striven(remote: PeerRemote, task: () => Promise<void>): Promise<void> {
    try {
      await task();
      this.#pauses.reset();
    } catch (thrown) {
      this.#env.log('info', 'neighbourhood.watch', { fault: asFault(thrown).code });
      if (this.#remote !== remote) return;
      this.#again?.cancel();
      this.#again = this.#env.after(this.#pauses.next(), () => void this.#resume(remote));
    }
  }

  async #begin(remote: PeerRemote): Promise<void> {
    const { head, ...hello } = await remote.hello({});
    const epoch = hello.epoch.slice();
    const isSame = this.#epoch !== null && equal(this.#epoch, epoch) && this.#at <= head;
    if (this.#epoch !== null && !isSame) this.#all({ kind: 'gap' });
    if (!isSame) {
      this.#epoch = epoch;
      this.#at = head;
    }
    await remote.listen({ epoch, after: this.#at });
  }

  /** What goes wrong is of no matter for what comes next. */
  async #tried(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (thrown) {
      this.#env.log('info', 'neighbourhood.watch', { fault: asFault(thrown).code });
    }
  }

  #soon(rows: readonly MessageRow[], at: number): void {
    const epoch = this.#epoch;
    this.#telling = this.#telling.then(() => this.#tell(rows, { epoch, at }));
  }

  /** What still waits when other numbers begin says nothing in them: who hears of a gap asks for pages again. */
  async #tell(
    rows: readonly MessageRow[],
    { epoch, at }: { readonly epoch: Uint8Array | null; readonly at: number },
  ): Promise<void> {
    for (const row of rows) {
      if (this.#epoch !== epoch) return;
      if (row.seq <= this.#at) continue;
      await this.#tried(() => this.#hear(row));
    }
    if (this.#epoch === epoch) this.#at = Math.max(this.#at, at);
  }

  async #hear(row: MessageRow): Promise<void> {
    const message = await checkedRow(this.#primitives, row.message);
    const heard: Heard = isPost(message.kind)
      ? { kind: 'post', post: await postOf(this.#primitives, row) }
      : { kind: 'other', message };
    const refs = refsOf(this.#primitives, message).map(hex);
    // Whoever watches anew because of what she hears is told what comes next.
    const now = [...this.#watchers];
    for (const { refs: wanted, listener } of now) if (refs.some((ref) => wanted.has(ref))) listener(heard);
  }

  #all(heard: Heard): void {
    const now = [...this.#watchers];
    for (const { listener } of now) listener(heard);
  }
}
