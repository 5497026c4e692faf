/**
 * All tabs of a browser share one home (SPEC S5). A Web Lock decides in which tab it is; the others reach
 * it over a broadcast channel of their own. When its tab closes or crashes the browser gives the lock to
 * another one, which opens the home from the shared keep, and everybody asks again what they do not know.
 *
 * On the square, a channel that all tabs hear: `ask` by who looks for the home, `here` by who has it.
 */

import type { Env } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import { deferred, type Deferred } from '../client/deferred.ts';
import type { FaceLine } from '../client/face.ts';
import { homeApi, type HomeEvents, type HomeRemote } from '../client/home-api.ts';
import type { Home } from '../client/home.ts';
import type { Shared, Sharing } from '../client/open.ts';
import { direct } from '../link/direct.ts';
import type { Link, LinkEvents } from '../link/link.ts';
import { Outbox, WriterPool } from '../link/outbox.ts';
import { dial } from '../link/remote.ts';
import { Host, pusher, service } from '../link/serve.ts';

/** What tabs need of the browser; a test has its own. */
export interface TabsAmbience {
  readonly env: Env;
  /** Name of this tab, unlike any other. */
  readonly tab: string;
  /** Resolves when the lock is this tab's; the answered function gives it back. Rejects when aborted. */
  lock(name: string, signal: AbortSignal): Promise<() => void>;
  channel(name: string, onMessage: (message: unknown) => void): TabChannel;
}

/** What one tab posts, all others with a channel of the same name hear. */
export interface TabChannel {
  post(message: string | Uint8Array): void;
  close(): void;
}

const SERVICE = service(homeApi);
const ASK = 'ask ';
const HERE = 'here ';
const READY = 'ready';
const BYE = 'bye';

/** The tabs that share `name`, usually one per account of a node. */
export function tabs(ambience: TabsAmbience, name: string): Sharing {
  return {
    async join(line, openHome) {
      const member = new Tab(ambience, name, { line, openHome });
      try {
        await member.begin();
      } catch (thrown) {
        await member.leave();
        throw thrown;
      }
      return member;
    },
  };
}

interface Face {
  readonly line: FaceLine;
  readonly openHome: () => Promise<Home>;
}

class Tab implements Shared {
  readonly #ambience: TabsAmbience;
  readonly #name: string;
  readonly #face: Face;
  readonly #leaving = new AbortController();
  readonly #first: Deferred<void> = deferred();
  readonly #guests = new Map<string, Guest>();
  #square: TabChannel | null = null;
  #home: Home | null = null;
  /** Line to the home in another tab. */
  #visit: Visit | null = null;
  #giveBack: (() => void)[] = [];
  #asked = 0;
  #leading: Promise<void> = Promise.resolve();

  constructor(ambience: TabsAmbience, name: string, face: Face) {
    this.#ambience = ambience;
    this.#name = `copse/1/${name}`;
    this.#face = face;
    this.#first.promise.catch(() => {});
  }

  /** Resolves when there is a home, here or elsewhere. */
  async begin(): Promise<void> {
    const { tab } = this.#ambience;
    this.#square = this.#ambience.channel(this.#name, (message) => this.#hear(message));
    // Held as long as this tab lives: who has the home waits for it, and so learns of the end.
    this.#giveBack.push(await this.#ambience.lock(tabLock(this.#name, tab), this.#leaving.signal));
    this.#leading = this.#lead();
    this.#ask();
    await this.#first.promise;
  }

  #hear(message: unknown): void {
    if (typeof message !== 'string') return;
    if (message.startsWith(ASK)) this.#receive(message.slice(ASK.length));
    else if (message.startsWith(HERE) && this.#home === null) this.#ask();
  }

  #ask(): void {
    this.#visit?.end();
    // A channel of its own for each question, so that the farewell of an earlier one is not taken for its own.
    const pair = `${this.#ambience.tab}/${++this.#asked}`;
    const visit: Visit = new Visit(this.#ambience, pairName(this.#name, pair), {
      onReady: (link) => this.#face.line.use((events) => this.#dial(link, events)),
      onEnd: () => {
        if (this.#visit === visit) this.#face.line.alone();
      },
    });
    this.#visit = visit;
    this.#square?.post(ASK + pair);
  }

  #dial(link: Link, events: HomeEvents): HomeRemote {
    this.#first.resolve();
    return dial(homeApi, link, events, this.#ambience.env).remote;
  }

  /** Waits for its turn to have the home, which may never come. */
  async #lead(): Promise<void> {
    const { signal } = this.#leaving;
    try {
      const giveBack = await this.#ambience.lock(`${this.#name}/home`, signal);
      if (signal.aborted) giveBack();
      else await this.#openHome(giveBack);
    } catch (thrown) {
      this.#first.reject(asFault(thrown));
    }
  }

  async #openHome(giveBack: () => void): Promise<void> {
    const { line, openHome } = this.#face;
    this.#visit?.end();
    this.#visit = null;
    line.alone();
    try {
      const home = await openHome();
      this.#home = home;
      this.#giveBack.push(giveBack);
      if (this.#leaving.signal.aborted) return;
      line.use((events) => direct(homeApi, home.session(events, false), this.#ambience.env));
      this.#square?.post(HERE + this.#ambience.tab);
      this.#first.resolve();
    } catch (thrown) {
      // Another tab may have what this one lacks; it is its turn now.
      giveBack();
      this.#ambience.env.log('warn', 'tabs.home', { fault: asFault(thrown).code });
      this.#first.reject(asFault(thrown));
    }
  }

  /** Another tab asks for the home. */
  #receive(pair: string): void {
    const home = this.#home;
    if (home === null || this.#leaving.signal.aborted) return;
    const tab = pair.slice(0, pair.lastIndexOf('/'));
    this.#guests.get(tab)?.end();
    const guest = new Guest(this.#ambience, pairName(this.#name, pair), home);
    this.#guests.set(tab, guest);
    void this.#watch(tab, guest);
  }

  /** When the lock of a tab can be had, the tab is gone. */
  async #watch(tab: string, guest: Guest): Promise<void> {
    try {
      const giveBack = await this.#ambience.lock(tabLock(this.#name, tab), guest.ended);
      giveBack();
    } catch {
      return;
    }
    guest.end();
    if (this.#guests.get(tab) === guest) this.#guests.delete(tab);
  }

  async leave(): Promise<void> {
    this.#leaving.abort(new Fault('closed'));
    this.#first.reject(new Fault('closed'));
    await this.#leading;
    this.#visit?.end();
    for (const guest of this.#guests.values()) guest.end();
    // The next one opens what this one has written, so the lock comes last.
    await this.#home?.close();
    this.#square?.close();
    for (const giveBack of this.#giveBack) giveBack();
    this.#giveBack = [];
  }
}

function tabLock(name: string, tab: string): string {
  return `${name}/tab/${tab}`;
}

function pairName(name: string, pair: string): string {
  return `${name}/pair/${pair}`;
}

/** The line of a tab to the home in another one. */
class Visit {
  readonly #link: ChannelLink;
  readonly #onEnd: () => void;

  constructor(
    ambience: TabsAmbience,
    pair: string,
    events: { readonly onReady: (link: Link) => void; readonly onEnd: () => void },
  ) {
    this.#onEnd = events.onEnd;
    const link = new ChannelLink(ambience, pair, (word) => {
      if (word === READY) events.onReady(link);
      else if (word === BYE) this.end();
    });
    this.#link = link;
  }

  end(): void {
    this.#link.close();
    this.#onEnd();
  }
}

/** The home's session with another tab. */
class Guest {
  readonly #link: ChannelLink;
  readonly #session: Disposable;
  readonly #ending = new AbortController();

  constructor(ambience: TabsAmbience, pair: string, home: Home) {
    const link = new ChannelLink(ambience, pair, (word) => {
      if (word === BYE) this.end();
    });
    const outbox = new Outbox(
      { send: (message) => link.send(message), schedule: (flush) => queueMicrotask(flush) },
      new WriterPool(),
    );
    const session = home.session(pusher(homeApi, outbox), true);
    const host = new Host(session, {
      service: SERVICE,
      outbox,
      onFault: () => this.end(),
      onMistake: (fault, method) => ambience.env.log('error', 'tabs.mistake', { method, fault: fault.code }),
    });
    this.#link = link;
    this.#session = session;
    link.listen({ onMessage: (message) => host.receive(message), onClose: () => {} });
    link.say(READY);
  }

  /** Aborted when the session has ended. */
  get ended(): AbortSignal {
    return this.#ending.signal;
  }

  end(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort(new Fault('closed'));
    this.#session[Symbol.dispose]();
    this.#link.say(BYE);
    this.#link.close();
  }
}

/** One end of a channel that only two tabs have: bytes are messages, words are about the line itself. */
class ChannelLink implements Link {
  readonly #channel: TabChannel;
  #events: LinkEvents | null = null;
  #isOver = false;

  constructor(ambience: TabsAmbience, name: string, onWord: (word: string) => void) {
    this.#channel = ambience.channel(name, (message) => {
      if (this.#isOver) return;
      if (message instanceof Uint8Array) this.#events?.onMessage(message);
      else if (typeof message === 'string') onWord(message);
    });
  }

  say(word: string): void {
    if (!this.#isOver) this.#channel.post(word);
  }

  send(message: Uint8Array): void {
    // A copy, because what is posted may be taken up after the sender reuses its bytes.
    if (!this.#isOver) this.#channel.post(message.slice());
  }

  listen(events: LinkEvents): void {
    this.#events = events;
  }

  buffered(): number {
    return 0;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#channel.close();
    this.#events?.onClose(null);
  }
}
