/**
 * What a browser's peer and the one of its node tell each other (SPEC Z53): the node what its user follows, what
 * mentions her and what she wrote elsewhere, and what she looks at; the browser what she wrote here. All of it is
 * checked when it comes in, as anybody's messages are.
 */

import { peerApi, type Interest, type MessageRow, type PeerEvents, type PeerRemote } from '../../api/peer.ts';
import { equal } from '../../base/bytes.ts';
import { backoff, type Backoff } from '../../base/backoff.ts';
import type { Env, Timer } from '../../base/env.ts';
import { asFault, Fault } from '../../base/fault.ts';
import { reconnectBaseMs, reconnectCapMs } from '../../base/limits.ts';
import { peerInterestsPerCallMax, peerPageRowsMax } from '../../base/limits-peer.ts';
import { deferred, type Deferred } from '../../client/deferred.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { readMessage } from '../../social/message/message.ts';
import type { Payer } from '../../social/peer/ingest.ts';
import type { Peer } from '../../social/peer/peer.ts';
import type { Put } from '../../social/store/store.ts';
import { unlessFull } from '../../social/store/unless-full.ts';
import { encode } from '../../wire/shape.ts';
import { nameOf, type Interests } from './interests.ts';
import { readable } from './readable.ts';
import type { HomeKeep, Place } from './keep.ts';

export interface UpstreamOptions {
  readonly env: Env;
  readonly primitives: Primitives;
  /** The one here. */
  readonly peer: Peer;
  readonly keep: HomeKeep;
  readonly interests: Interests;
  /** For whom a message is kept: the user, or what somebody has looked at. */
  readonly payers: { readonly user: Payer; readonly looked: Payer };
  /** What the node tells and there is no room for. */
  readonly onUnkept: (rows: readonly MessageRow[]) => void;
  /** By how much the clock of the node is ahead. */
  readonly onClock: (aheadMs: number) => void;
}

export type Hello = Awaited<ReturnType<PeerRemote['hello']>>;
type Cursor = { readonly timeMs: number; readonly seq: number } | null;

/** Pages of a feed that come when nothing is known yet: what is read in the first days without the node. */
const FIRST_PAGES = 10;
/** Under which the last greeting of the node is kept. */
export const HELLO = 'hello';

export class Upstream {
  readonly #options: UpstreamOptions;
  #remote: PeerRemote | null = null;
  /** At this connection. */
  #followed = new Set<string>();
  readonly #met: Deferred<void> = deferred();
  /** What the node tells comes in one after the other. */
  #telling: Promise<void> = Promise.resolve();
  /** Something could not be kept: what is told behind it would leave a gap. */
  #isBehind = false;
  /** Whether the node tells this connection what comes. */
  #line: 'opening' | 'failed' | 'open' = 'opening';
  /** Whose opening is under way. */
  #opening: PeerRemote | null = null;
  readonly #pauses: Backoff;
  /** To what went wrong. */
  #again: Timer | null = null;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#pauses = backoff(options.env, reconnectBaseMs, reconnectCapMs);
    // Whom she has left since may be on the disk still.
    this.#cover();
  }

  /** The node, while it can be reached. */
  get remote(): PeerRemote | null {
    return this.#remote;
  }

  /** Whether what is told is kept here, as far as there is a node to ask instead. */
  get isCurrent(): boolean {
    return this.#remote === null || (!this.#isBehind && this.#line !== 'failed');
  }

  /** The node as soon as it is known whether it answers; null: it does not, or not in this time. */
  async meet(withinMs: number): Promise<PeerRemote | null> {
    const timer = this.#options.env.after(withinMs, () => this.#met.resolve());
    await this.#met.promise;
    timer.cancel();
    return this.#remote;
  }

  /** Resolves when what the node has told is here. */
  settled(): Promise<void> {
    return this.#telling;
  }

  readonly events: PeerEvents = {
    messages: ({ rows, at }) => {
      // Views into what has arrived do not outlive this turn.
      const kept = rows.map(copied);
      this.#tell(() => this.#told(kept, at));
    },
    caughtUp: ({ at }) => this.#tell(() => this.#told([], at)),
  };

  /** A new connection to the node. */
  async up(remote: PeerRemote): Promise<void> {
    this.#again?.cancel();
    this.#remote = remote;
    this.#met.resolve();
    this.#followed = new Set();
    this.#line = 'opening';
    await this.#telling;
    await this.#open(remote);
  }

  down(): void {
    this.#again?.cancel();
    this.#remote = null;
    this.#met.resolve();
  }

  /** Whom the user follows may be others now; of who left nothing is told any more. */
  look(): void {
    if (this.#options.interests.look()) this.#cover();
  }

  /** What is followed has changed. */
  async follow(): Promise<void> {
    const remote = this.#remote;
    if (remote === null) return;
    try {
      await this.#fill(remote, await this.#follow(remote));
    } catch (thrown) {
      this.#failed(remote, thrown);
    }
  }

  /** Nobody looks at these any more. */
  async unfollow(interests: readonly Interest[]): Promise<void> {
    const remote = this.#remote;
    const gone = interests.filter((each) => this.#followed.delete(nameOf(each)));
    if (remote === null || gone.length === 0) return;
    await this.#tried(async () => void (await remote.follow({ add: [], remove: gone })));
  }

  /** Takes in what the node has answered; answers whether all of it is here now. */
  async take(rows: readonly MessageRow[]): Promise<boolean> {
    const { peer } = this.#options;
    const places: Place[] = [];
    const taken = await Promise.all(
      rows.map(async ({ seq, message, edit }) => {
        const put = await this.#taken(message);
        if (put?.kind === 'stored') places.push({ seq: put.seq, at: seq });
        if (edit !== null) await this.#taken(edit);
        const read = readable(this.#options.primitives, message);
        // What is no message is nothing to show.
        return read === null || peer.options.store.knows(read.id);
      }),
    );
    this.#options.keep.setArrived(places);
    return taken.every(Boolean);
  }

  /** What a connection begins with, and again what of it went wrong, for as long as it is there. */
  async #open(remote: PeerRemote): Promise<void> {
    if (this.#remote !== remote) return;
    if (this.#opening === remote) return this.#later(remote);
    this.#opening = remote;
    try {
      if (this.#line !== 'open') await this.#begin(remote);
      await this.#follow(remote);
      // Whom she follows since, on another device, while this one was away.
      await this.#fill(remote, this.#options.interests.held);
      this.#pauses.reset();
    } catch (thrown) {
      this.#failed(remote, thrown);
    } finally {
      if (this.#opening === remote) this.#opening = null;
    }
  }

  #failed(remote: PeerRemote, thrown: unknown): void {
    this.#options.env.log('warn', 'peer.upstream', { fault: asFault(thrown).code });
    this.#later(remote);
  }

  #later(remote: PeerRemote): void {
    // Another connection begins by itself.
    if (this.#remote !== remote) return;
    this.#again?.cancel();
    this.#again = this.#options.env.after(this.#pauses.next(), () => void this.#open(remote));
  }

  async #begin(remote: PeerRemote): Promise<void> {
    const { env, keep, onClock } = this.#options;
    try {
      const hello = await remote.hello({});
      const { epoch, head } = hello;
      onClock(hello.nowMs - env.wallMs());
      this.#keepHello(hello);
      const before = keep.marks;
      const isSame = before.epoch !== null && equal(before.epoch, epoch) && before.at <= head;
      await this.#follow(remote);
      const isKept = isSame || (await this.#anew(remote, hello));
      this.#requireThere(remote);
      this.#isBehind = !isKept;
      await remote.listen({ epoch: epoch.slice(), after: isKept ? keep.marks.at : head });
      this.#requireThere(remote);
      this.#line = 'open';
    } catch (thrown) {
      // Until the node tells what comes, it is asked.
      if (this.#remote === remote) this.#line = 'failed';
      throw thrown;
    }
  }

  #requireThere(remote: PeerRemote): void {
    if (this.#remote !== remote) throw new Fault('closed');
  }

  /** Begins with a store that is not known here; answers whether there was room. */
  async #anew(remote: PeerRemote, { epoch, head }: Hello): Promise<boolean> {
    const { keep, interests, env } = this.#options;
    try {
      keep.begin();
      // First whom she follows, which says whose messages come next.
      await this.#page(remote, interests.held.slice(0, 3), null);
      this.look();
      await this.#follow(remote);
      await this.#first(remote);
      keep.setMarks({ epoch: epoch.slice(), at: head });
      return true;
    } catch (thrown) {
      const { code } = asFault(thrown);
      if (code !== 'full') throw thrown;
      env.log('warn', 'peer.full', { head });
      return false;
    }
  }

  /** Of everything that is followed what is read in the first days. */
  async #first(remote: PeerRemote): Promise<void> {
    const { keep, interests } = this.#options;
    const of = interests.held.slice(0, peerInterestsPerCallMax);
    let before: Cursor = null;
    let fromMs = 0;
    for (let page = 0; page < FIRST_PAGES; page++) {
      const last = await this.#page(remote, of, before);
      fromMs = last?.timeMs ?? 0;
      if (last === null) break;
      before = last;
    }
    keep.setCovered(of.map(nameOf), fromMs);
  }

  /** A page of each that is followed and of which nothing is here yet. */
  async #fill(remote: PeerRemote, of: readonly Interest[]): Promise<void> {
    const { keep, interests } = this.#options;
    const fresh = of.filter((each) => interests.isHeld(each) && keep.coveredFrom(nameOf(each)) === null);
    for (const interest of fresh) {
      const last = await this.#page(remote, [interest], null);
      keep.setCovered([nameOf(interest)], last?.timeMs ?? 0);
    }
  }

  /** Follows what is not followed yet; answers what that is. */
  async #follow(remote: PeerRemote): Promise<readonly Interest[]> {
    const followed = this.#followed;
    const fresh = this.#options.interests.all.filter((each) => !followed.has(nameOf(each)));
    // Marked before, because whoever asks meanwhile need not ask again.
    for (const each of fresh) followed.add(nameOf(each));
    for (let from = 0; from < fresh.length; from += peerInterestsPerCallMax) {
      try {
        await remote.follow({ add: fresh.slice(from, from + peerInterestsPerCallMax), remove: [] });
      } catch (thrown) {
        for (const each of fresh.slice(from)) followed.delete(nameOf(each));
        throw thrown;
      }
    }
    return fresh;
  }

  /** Only of whom the user follows it stays known what is here. */
  #cover(): void {
    const { env, keep, interests } = this.#options;
    unlessFull(env, 'peer.cover', () => keep.coverOnly(new Set(interests.held.map(nameOf))));
  }

  /** Takes a page in; answers where the next one begins, null: that was all. */
  async #page(remote: PeerRemote, of: readonly Interest[], before: Cursor): Promise<Cursor> {
    const { rows } = await remote.page({ of, before, rows: peerPageRowsMax });
    const last = rows.at(-1);
    if (last === undefined) return null;
    const cursor = { timeMs: readMessage(this.#options.primitives, last.message).timeMs, seq: last.seq };
    await this.take(rows.map(copied));
    return cursor;
  }

  async #told(rows: readonly MessageRow[], at: number): Promise<void> {
    const { keep, onUnkept } = this.#options;
    try {
      if (this.#isBehind) throw new Fault('full', 'what came before could not be kept');
      await this.take(rows);
      const { epoch, at: before } = keep.marks;
      if (at > before) keep.setMarks({ epoch, at });
    } catch (thrown) {
      // It comes again with the next connection; whoever looks is told now.
      this.#isBehind = true;
      onUnkept(rows);
      throw thrown;
    }
    if (rows.length === 0) return;
    this.look();
    // Behind what is told now, which it may not wait for.
    void this.follow();
  }

  /** Without room it is asked for again when somebody wants to know. */
  #keepHello(hello: Hello): void {
    try {
      this.#options.keep.setWord(HELLO, encode(peerApi.calls.hello.answer, hello));
    } catch (thrown) {
      this.#options.env.log('warn', 'peer.hello', { fault: asFault(thrown).code });
    }
  }

  /** Null when it is none, or cannot be kept for good; a fault when it has to come again. */
  async #taken(bytes: Uint8Array): Promise<Put | null> {
    const { peer, env, primitives, interests, payers } = this.#options;
    try {
      const message = readMessage(primitives, bytes);
      return await peer.ingest.take(bytes, interests.isOwn(message) ? payers.user : payers.looked);
    } catch (thrown) {
      const { code } = asFault(thrown);
      if (code === 'full' || code === 'internal' || code === 'tooMany') throw thrown;
      env.log('warn', 'peer.upstream', { fault: code });
      return null;
    }
  }

  #tell(task: () => Promise<void>): void {
    this.#telling = this.#telling.then(() => this.#tried(task));
  }

  /** What goes wrong is tried again with the next connection. */
  async #tried(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (thrown) {
      this.#options.env.log('info', 'peer.upstream', { fault: asFault(thrown).code });
    }
  }
}

function copied({ seq, message, edit }: MessageRow): MessageRow {
  return { seq, message: message.slice(), edit: edit?.slice() ?? null };
}
