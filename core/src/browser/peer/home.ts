/**
 * The peer of a browser: the messages of one user, for all her tabs (SPEC Z53 to Z57). It answers the contract that
 * the node's peer answers, from what is here where that is whole, whether the node can be reached or not; what is
 * written here is durable here and brought to the node.
 */

import { peerApi, type PeerEvents, type PeerRemote, type Published } from '../../api/peer.ts';
import { strangersApi } from '../../api/strangers.ts';
import { must } from '../../base/assert.ts';
import type { Env, Timer } from '../../base/env.ts';
import { asFault } from '../../base/fault.ts';
import { key, type Key } from '../../base/ids.ts';
import { callMs } from '../../base/limits.ts';
import { homeLookedBytesMax, homeLookMs } from '../../base/limits-peer.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import type { Link } from '../../link/link.ts';
import { Outbox, WriterPool } from '../../link/outbox.ts';
import { Host, pusher, service } from '../../link/serve.ts';
import type { Message } from '../../social/message/terms.ts';
import type { Payer } from '../../social/peer/ingest.ts';
import { Peer } from '../../social/peer/peer.ts';
import type { PeerStore } from '../../social/store/store.ts';
import { unlessFull } from '../../social/store/unless-full.ts';
import { decode } from '../../wire/shape.ts';
import type { Remote } from '../../wire/contract.ts';
import { Bringing } from './bringing.ts';
import { homeApi, type HomeState } from './home-api.ts';
import { HomeSession } from './home-session.ts';
import { Interests } from './interests.ts';
import type { HomeKeep } from './keep.ts';
import { readable } from './readable.ts';
import { Reading } from './reading.ts';
import { HELLO, Upstream, type Hello } from './upstream.ts';

export interface PeerHomeOptions {
  readonly env: Env;
  readonly primitives: Primitives;
  /** The home disposes of it. */
  readonly store: PeerStore;
  readonly keep: HomeKeep;
  readonly user: Key;
  /** What is kept here of what the user follows. */
  readonly bytesMax: number;
  readonly soon: (task: () => void) => void;
  /** What strangers ask of the node; absent: nobody can. */
  readonly strangers?: () => Promise<Remote<typeof strangersApi>>;
}

const SERVICE = service(peerApi, strangersApi, homeApi);
/** Whose account it is that what was looked at counts for: nobody's key. */
const LOOKED = key(new Uint8Array(32));
const TIDY_MS = 60_000;
const TIDY_AGAIN_MS = 200;
/** A little less than who asks waits. */
const ANSWER_MS = callMs - 2_000;

export class PeerHome implements AsyncDisposable {
  readonly #options: PeerHomeOptions;
  readonly #sessions = new Set<HomeSession>();
  readonly peer: Peer;
  readonly interests: Interests;
  readonly upstream: Upstream;
  readonly bringing: Bringing;
  readonly reading: Reading;
  #aheadMs = 0;
  #isChanged = false;
  #tidying: Timer;

  constructor(options: PeerHomeOptions) {
    const { primitives, store, keep, user, bytesMax, soon } = options;
    const { env } = options;
    this.#options = options;
    this.peer = new Peer({
      store,
      primitives,
      // What the node takes is not refused here because the clock of the device is behind.
      env: {
        wallMs: () => env.wallMs() + Math.max(0, this.#aheadMs),
        nowMs: () => env.nowMs(),
        after: (delayMs, task) => env.after(delayMs, task),
        random: (size) => env.random(size),
        chance: () => env.chance(),
        log: (...words) => env.log(...words),
      },
      // Whoever has reached this worker is the user.
      standing: async () => ({ kind: 'friend', bytesMax }),
      bytesMax: bytesMax + homeLookedBytesMax,
      soon,
    });
    const payers = {
      user: { key: user, bytesMax },
      looked: { key: LOOKED, bytesMax: Math.min(bytesMax, homeLookedBytesMax) },
    };
    this.interests = new Interests({ store, primitives, user });
    this.upstream = new Upstream({
      env,
      primitives,
      peer: this.peer,
      keep,
      interests: this.interests,
      payers,
      onUnkept: (rows) => {
        for (const session of this.#sessions) session.tell(rows);
      },
      onClock: (aheadMs) => {
        this.#aheadMs = aheadMs;
      },
    });
    this.bringing = new Bringing({ env, keep, onChange: () => this.changed() });
    this.reading = new Reading({
      env,
      primitives,
      store,
      keep,
      interests: this.interests,
      upstream: this.upstream,
      markMs: () => store.usage(user).markMs,
    });
    void this.#recover(payers.user);
    this.#tidying = env.after(TIDY_MS, () => this.#tidy(0));
  }

  get user(): Key {
    return this.#options.user;
  }

  get state(): HomeState {
    return {
      isUp: this.upstream.remote !== null,
      outgoing: this.#options.keep.outgoing().map(({ id, timeMs, isRefused, fault, why }) => ({
        id,
        timeMs,
        state: isRefused ? 'refused' : 'waiting',
        fault,
        why,
      })),
    };
  }

  /** What the node has said of itself: now, or when it last answered. */
  async hello(): Promise<Hello | null> {
    const remote = await this.upstream.meet(homeLookMs);
    const now = remote === null ? null : await remote.hello({}).catch(() => null);
    if (now !== null) return now;
    const kept = this.#options.keep.word(HELLO);
    return kept === null ? null : decode(peerApi.calls.hello.answer, kept);
  }

  arrivedAt(id: Uint8Array): number {
    const { store, keep } = this.#options;
    const stored = store.get(id);
    return stored === null ? 0 : keep.arrivedAt(stored.seq);
  }

  /** Answers a tab; the answered function ends it. */
  serve(link: Link): () => void {
    const outbox = new Outbox(
      { send: (message) => link.send(message), schedule: (flush) => queueMicrotask(flush) },
      new WriterPool(),
    );
    const events: PeerEvents = pusher(peerApi, outbox);
    const session = new HomeSession(this, {
      buffered: () => link.buffered() + outbox.size,
      events,
      told: pusher(homeApi, outbox),
      onEnd: () => this.#sessions.delete(session),
    });
    this.#sessions.add(session);
    const end = (): void => {
      session[Symbol.dispose]();
      link.close();
    };
    const { env, strangers } = this.#options;
    const host = new Host(session, {
      service: SERVICE,
      facets: { [homeApi.name]: session.home, [strangersApi.name]: forwarded(strangers) },
      outbox,
      onFault: end,
      onMistake: (fault, method) => env.log('error', 'peer.mistake', { method, fault: fault.code }),
    });
    link.listen({
      onMessage: (message) => host.receive(message),
      onClose: () => session[Symbol.dispose](),
    });
    return end;
  }

  /**
   * Keeps what a tab has written, durable, until the node has it. With the node at hand its answer is waited for, as
   * without a worker: what it does not take is not here, and whoever has written it has her words still.
   */
  async publish(
    messages: readonly Uint8Array[],
    here: (messages: readonly Uint8Array[]) => Promise<readonly Published[]>,
  ): Promise<readonly Published[]> {
    const { env, keep } = this.#options;
    const { remote } = this.upstream;
    const read = messages.map((bytes) => readable(this.#options.primitives, bytes));
    const fresh = read.filter((message) => message !== null).filter((message) => this.#isFresh(message));
    // Asked for before anything waits: the answer may be quicker than the disk.
    const asked = new Map(fresh.map((each) => [each, this.bringing.answer(each.id, ANSWER_MS)]));
    try {
      keep.add(fresh);
    } catch (thrown) {
      for (const { id } of fresh) this.bringing.leave(id);
      // Without room here the node itself is asked.
      if (remote !== null && asFault(thrown).code === 'full')
        return (await remote.publish({ messages })).answers;
      throw thrown;
    }
    this.changed();
    void this.bringing.go();
    const nothing = Promise.resolve(null);
    const said = await Promise.all(
      read.map((each) => (each === null ? nothing : (asked.get(each) ?? nothing))),
    );
    const isTaken = (at: number): boolean => !isRefusal(said[at] ?? undefined);
    const rest = await here(messages.filter((_, at) => isTaken(at)));
    const answers: Published[] = [];
    let next = 0;
    for (const [at, there] of said.entries()) {
      const answer = isTaken(at) ? must(rest[next++], 'each is answered') : null;
      const message = read[at] ?? null;
      // What is refused here would be there, too.
      if (there === null && message !== null && isRefusal(answer ?? undefined))
        unlessFull(env, 'peer.refused', () => keep.remove([message.id]));
      answers.push(
        there === null ? must(answer, 'what the node did not hear of is here') : this.#told(there, message),
      );
    }
    this.changed();
    this.upstream.look();
    void this.upstream.follow();
    return answers;
  }

  /** A tab asks that something be brought once more. */
  again(id: Uint8Array): void {
    this.#options.keep.again(id);
    this.changed();
    void this.bringing.go();
  }

  /** Nobody wants it any more; what the node has taken meanwhile stays. */
  drop(id: Uint8Array): void {
    const { keep, store } = this.#options;
    // First what is shown: a worker that ends between the two leaves it waiting, and it is asked for again.
    if (keep.isOutgoing(id)) {
      store.forget(id);
      keep.remove([id]);
    }
    this.changed();
  }

  /** The node can be reached. */
  async up(remote: PeerRemote): Promise<void> {
    const begun = this.upstream.up(remote);
    this.changed();
    this.bringing.up(remote);
    await begun;
    await this.bringing.go();
  }

  down(): void {
    this.upstream.down();
    this.bringing.down();
    this.changed();
  }

  /** Tabs are told soon, once for all that changes until then. */
  changed(): void {
    if (this.#isChanged) return;
    this.#isChanged = true;
    this.#options.soon(() => {
      this.#isChanged = false;
      if (this.#sessions.size === 0) return;
      const state = unlessFull(this.#options.env, 'peer.state', () => this.state);
      if (state !== null) for (const session of this.#sessions) session.told(state);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#tidying.cancel();
    this.down();
    for (const session of this.#sessions) session[Symbol.dispose]();
    await this.peer[Symbol.asyncDispose]();
  }

  /** Once in a life, when there is nothing else to do. */
  #tidy(from: number): void {
    const { env, keep } = this.#options;
    const done = unlessFull(env, 'peer.tidy', () => ({ next: keep.tidy(from) }));
    const next = done === null ? from : done.next;
    const delayMs = done === null ? TIDY_MS : TIDY_AGAIN_MS;
    if (next !== null) this.#tidying = env.after(delayMs, () => this.#tidy(next));
  }

  /** What was to be brought is here, too, whenever the worker was killed. */
  async #recover(payer: Payer): Promise<void> {
    const { keep, store, env } = this.#options;
    const waiting = unlessFull(env, 'peer.recover', () => keep.outgoing()) ?? [];
    for (const { id } of waiting) {
      try {
        const bytes = store.knows(id) ? null : keep.outgoingBytes(id);
        if (bytes !== null) await this.peer.ingest.take(bytes, payer);
      } catch (thrown) {
        env.log('warn', 'peer.recover', { fault: asFault(thrown).code });
      }
    }
  }

  /** What the node has said of a message, with its position here. */
  #told(there: Published, message: Message | null): Published {
    const stored = message === null || there.kind !== 'stored' ? null : this.#options.store.get(message.id);
    return stored === null ? there : { kind: 'stored', seq: stored.seq };
  }

  /** Not at the node, as far as this browser knows. */
  #isFresh({ id }: Message): boolean {
    const { store, keep } = this.#options;
    return !store.knows(id) || keep.isOutgoing(id);
  }
}

function isRefusal(answer: Published | undefined): boolean {
  return answer !== undefined && ['refused', 'full', 'old'].includes(answer.kind);
}

/** Passes calls of strangers on to the node. */
function forwarded(remote: PeerHomeOptions['strangers']): object {
  const names = Object.keys(strangersApi.calls);
  return Object.fromEntries(
    names.map((name) => [
      name,
      async (request: unknown) => {
        const methods = await must(remote ?? null, 'the node is known')();
        const call: unknown = Reflect.get(methods, name);
        return typeof call === 'function' ? call(request) : undefined;
      },
    ]),
  );
}
