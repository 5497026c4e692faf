/**
 * The line of a program to the messages of its browser (SPEC Z55): over the worker that has them for all tabs, or,
 * where the browser lends no files or the worker cannot be had, to the node itself; which of the two is told.
 */

import { peerApi, type PeerEvents, type PeerRemote } from '../../api/peer.ts';
import { hex } from '../../base/bytes.ts';
import type { Timer } from '../../base/env.ts';
import { asFault, Fault, FAULT_CODES } from '../../base/fault.ts';
import { callMs } from '../../base/limits.ts';
import { homeBytesMax, homeOpenMs, homePingMs, homeWakeMs } from '../../base/limits-peer.ts';
import { deferred, type Deferred } from '../../client/deferred.ts';
import type { SignKey } from '../../client/identity.ts';
import { blessFor } from '../../client/neighbourhood/line.ts';
import type {
  Hello,
  LineParts,
  Outgoing,
  PlaceLine,
  PlaceStorage,
} from '../../client/neighbourhood/place-line.ts';
import { Heartbeat, Pulse } from '../../client/heartbeat.ts';
import { Cell, type Store } from '../../client/store.ts';
import { dial, type Dialed } from '../../link/remote.ts';
import type { Link } from '../../link/link.ts';
import type { Contract, Events, Remote } from '../../wire/contract.ts';
import { homeName, isLent } from './words.ts';
import { homeApi, type HomeRemote, type HomeState } from './home-api.ts';
import { PeerTab } from './tab.ts';

export interface HomeLineOptions extends LineParts {
  readonly user: SignKey;
  /** Makes the worker. */
  readonly spawn: () => Worker;
}

interface Session {
  readonly dialed: Dialed<typeof peerApi>;
  readonly home: HomeRemote;
}

/** A tab that had the messages was closed, or suspended, in the middle of a call: the next one is asked again. */
const ATTEMPTS = 3;

export class HomeLine implements PlaceLine {
  readonly #options: HomeLineOptions;
  readonly #name: string;
  readonly #storage = new Cell<PlaceStorage>({ kind: 'opening' });
  readonly #outgoing = new Cell<readonly Outgoing[]>([]);
  readonly #end = new AbortController();
  /** To messages that nobody opens. */
  #timer: Timer;
  #tab: PeerTab | null = null;
  #session: Session | null = null;
  /** Rows may have come from the messages of this browser, in numbers that say nothing at the node. */
  #hadSession = false;
  #waiting: Deferred<void>[] = [];
  /** Straight to the node. */
  #plain: PlaceLine | null = null;
  #isOver = false;

  constructor(options: HomeLineOptions) {
    const { node, user } = options;
    this.#options = options;
    this.#name = homeName(node, user.publicKey);
    this.#timer = this.#patience();
    void this.#begin();
  }

  get storage(): Store<PlaceStorage> {
    return this.#storage;
  }

  get outgoing(): Store<readonly Outgoing[]> {
    return this.#outgoing;
  }

  get(): Promise<PeerRemote> {
    return Promise.resolve(this.#remote);
  }

  async facet<F extends Contract>(contract: F, events: Events<F>): Promise<Remote<F>> {
    const session = await this.#ready();
    return session === null ? this.#direct().facet(contract, events) : session.dialed.facet(contract, events);
  }

  async hello(): Promise<Hello> {
    const hello = await this.#over(
      async ({ home }) => (await home.standing({})).hello,
      () => this.#direct().hello(),
    );
    if (hello === null) throw new Fault('closed', 'The node cannot be reached, and never was from here.');
    return { ...hello, epoch: hello.epoch.slice() };
  }

  arrived(ids: readonly Uint8Array[]): Promise<readonly number[] | null> {
    return this.#over(
      async ({ home }) => (await home.arrived({ ids })).at,
      async () => (this.#hadSession ? ids.map(() => 0) : null),
    );
  }

  async again(id: Uint8Array): Promise<void> {
    await this.#over(async ({ home }) => void (await home.again({ id })), unreached);
  }

  async drop(id: Uint8Array): Promise<void> {
    await this.#over(async ({ home }) => void (await home.drop({ id })), unreached);
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer.cancel();
    this.#end.abort();
    this.#tab?.[Symbol.dispose]();
    this.#plain?.close();
    this.#session?.dialed.close();
    for (const { reject } of this.#waiting.splice(0)) reject(new Fault('closed'));
  }

  /** Calls go to whoever has the messages when they are made, and once more when that one ends. */
  readonly #remote: PeerRemote = {
    hello: (request) => this.#call((remote) => remote.hello(request)),
    publish: (request) => this.#call((remote) => remote.publish(request)),
    get: (request) => this.#call((remote) => remote.get(request)),
    page: (request) => this.#call((remote) => remote.page(request)),
    follow: (request) => this.#call((remote) => remote.follow(request)),
    listen: (request) => this.#call((remote) => remote.listen(request)),
    current: (request) => this.#call((remote) => remote.current(request)),
    search: (request) => this.#call((remote) => remote.search(request)),
    pin: (request) => this.#call((remote) => remote.pin(request)),
    pinned: (request) => this.#call((remote) => remote.pinned(request)),
    compare: (request) => this.#call((remote) => remote.compare(request)),
    compareOn: (request) => this.#call((remote) => remote.compareOn(request)),
    compareEnd: (request) => this.#call((remote) => remote.compareEnd(request)),
    nodes: (request) => this.#call((remote) => remote.nodes(request)),
  };

  #call<T>(ask: (remote: PeerRemote) => Promise<T>): Promise<T> {
    return this.#over(
      ({ dialed }) => ask(dialed.remote),
      async () => ask(await this.#direct().get()),
    );
  }

  /** Asks whoever has the messages; where nobody has them, the node. */
  async #over<T>(ask: (session: Session) => Promise<T>, direct: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const session = await this.#ready();
      try {
        return await (session === null ? direct() : ask(session));
      } catch (thrown) {
        const { code } = asFault(thrown);
        if (code === 'deadline' && session !== null) await this.#doubt(session);
        // A line that ends tells its calls first, and then who follows its end.
        await Promise.resolve();
        const isLost = this.#session !== session && (code === 'closed' || code === 'deadline');
        if (!isLost || attempt >= ATTEMPTS) throw thrown;
      }
    }
  }

  /** One that lives says so soon; the worker of this tab has time to wake up with it. */
  async #doubt(session: Session): Promise<void> {
    try {
      await session.dialed.ping(this.#tab?.isLeading === true ? callMs : homePingMs);
    } catch (thrown) {
      if (asFault(thrown).code === 'deadline') this.#dead(session);
    }
  }

  /** The session with the messages; null: there are none here. */
  async #ready(): Promise<Session | null> {
    const { env } = this.#options;
    while (this.#session === null && this.#plain === null) {
      if (this.#isOver) throw new Fault('closed');
      const waiting = deferred<void>();
      this.#waiting.push(waiting);
      const timer = env.after(callMs, () =>
        waiting.reject(new Fault('closed', 'The messages are not open.')),
      );
      await waiting.promise.finally(() => timer.cancel());
    }
    return this.#plain === null ? this.#session : null;
  }

  #direct(): PlaceLine {
    if (this.#plain === null) throw new Fault('closed');
    return this.#plain;
  }

  #patience(): Timer {
    const { env } = this.#options;
    return env.after(homeWakeMs, () => {
      // A worker of this tab has longer to load: it is not asleep.
      this.#timer = env.after(homeOpenMs - homeWakeMs, () => this.#late());
      if (this.#tab?.isLeading === false) this.#late();
    });
  }

  async #begin(): Promise<void> {
    const { env, primitives, url, node, user, spawn } = this.#options;
    try {
      if (!isLent()) throw new Fault('forbidden', 'This browser lends this page no files.');
      // Asked for here, so that nothing is loaded where it would be in vain.
      await navigator.storage.getDirectory();
    } catch (thrown) {
      this.#fail(thrown instanceof Fault ? thrown : new Fault('forbidden', String(thrown)));
      return;
    }
    if (this.#isOver) return;
    this.#tab = new PeerTab({
      env,
      start: {
        name: this.#name,
        user: user.publicKey,
        node: { url, key: node },
        bytesMax: homeBytesMax,
        mustKeep: true,
      },
      spawn,
      bless: (device) => blessFor({ env, primitives, node }, user, device),
      onLine: (link) => this.#use(link),
      onFailed: (fault) => this.#fail(fault),
      onForget: () => this.close(),
    });
    // Before the page is taken down, so that the next one finds the files free.
    const { signal } = this.#end;
    addEventListener('pagehide', (event) => (isComingBack(event) ? undefined : this.close()), { signal });
  }

  #use(link: Link): void {
    const { env, events, onUp } = this.#options;
    const told: PeerEvents = events;
    const pulse = new Pulse(link);
    const dialed = dial(peerApi, pulse, told, env);
    const heartbeat = new Heartbeat({
      env,
      pulse,
      ping: (deadlineMs) => dialed.ping(deadlineMs),
      onDead: () => this.#dead(session),
    });
    const home = dialed.facet(homeApi, { changed: (state) => this.#changed(session, state) });
    const session: Session = { dialed, home };
    this.#session = session;
    this.#hadSession = true;
    this.#timer.cancel();
    const plain = this.#plain;
    this.#plain = null;
    plain?.close();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    onUp(dialed.remote);
    home.state({}).then(
      (state) => this.#changed(session, state),
      (thrown: unknown) => env.log('info', 'peer.state', { fault: asFault(thrown).code }),
    );
    void this.#followEnd(session, heartbeat);
  }

  async #followEnd(session: Session, heartbeat: Heartbeat): Promise<void> {
    await session.dialed.ended;
    heartbeat.stop();
    if (this.#session !== session) return;
    this.#session = null;
    if (!this.#isOver) this.#timer = this.#patience();
    this.#options.onDown();
  }

  #changed(session: Session, { isUp, outgoing }: HomeState): void {
    if (this.#session !== session) return;
    const before = this.#storage.get();
    if (before.kind !== 'kept' || before.isUp !== isUp) this.#storage.set({ kind: 'kept', isUp });
    this.#outgoing.set(
      outgoing.map(({ id, timeMs, state, fault, why }) => ({
        id: hex(id),
        timeMs,
        refusal: state === 'refused' ? new Fault(FAULT_CODES.get(fault) ?? 'malformed', why) : null,
      })),
    );
  }

  #late(): void {
    this.#silent(new Fault('deadline', 'The messages were not opened in time.'));
  }

  /** A browser suspends tabs with their workers, which keep their locks. */
  #dead(session: Session): void {
    if (this.#session === session)
      this.#silent(new Fault('deadline', 'The tab with the messages is asleep.'));
  }

  /** Who has the messages says nothing: the node is asked until somebody has them again. What waits goes on waiting. */
  #silent(fault: Fault): void {
    // A worker of this tab does not come back, and others wait for its lock.
    if (this.#tab === null || this.#tab.isLeading) return this.#fail(fault);
    const isAsked = this.#session === null;
    this.#askNode(fault);
    if (!isAsked) this.#tab.ask();
  }

  /** The messages are not to be had here: the node is asked, as without a worker. */
  #fail(fault: Fault): void {
    this.#tab?.[Symbol.dispose]();
    this.#tab = null;
    // Who brings it now is not told here.
    this.#outgoing.set([]);
    this.#askNode(fault);
  }

  #askNode(fault: Fault): void {
    if (this.#isOver) return;
    this.#timer.cancel();
    this.#options.env.log('warn', 'peer.home', { fault: fault.code });
    const session = this.#session;
    this.#session = null;
    this.#plain ??= this.#options.direct();
    session?.dialed.close();
    this.#storage.set({ kind: 'none', why: fault });
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }
}

/** What waits is with the messages. */
async function unreached(): Promise<never> {
  throw new Fault('closed', 'What waits for the node cannot be reached while the messages are not open.');
}

/** The browser keeps the page as it is, for somebody who goes back to it. */
function isComingBack(event: Event): boolean {
  return event instanceof PageTransitionEvent && event.persisted;
}
