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
import type { homeApi } from '../client/home-api.ts';
import { homeCalls } from '../client/home-calls.ts';
import type { Home } from '../client/home.ts';
import type { Shared, Sharing } from '../client/open.ts';
import { direct } from '../link/direct.ts';
import type { Guest, Visit } from './tab-line.ts';

/** What tabs need of the browser; a test has its own. */
export interface TabsAmbience {
  readonly env: Env;
  /** Name of this tab, unlike any other. */
  readonly tab: string;
  /** Resolves when the lock is this tab's; the answered function gives it back. Rejects when aborted. */
  lock(name: string, signal: AbortSignal): Promise<() => void>;
  /** The lock when nobody has it now, otherwise null. */
  lockIfFree(name: string): Promise<(() => void) | null>;
  channel(name: string, onMessage: (message: unknown) => void): TabChannel;
}

/** What one tab posts, all others with a channel of the same name hear. */
export interface TabChannel {
  post(message: string | Uint8Array): void;
  close(): void;
}

const ASK = 'ask ';
const HERE = 'here ';

/** What only tabs with a neighbour need. */
const tabLine = () => import('./tab-line.ts');

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
    const giveBack = await this.#ambience.lockIfFree(this.#homeLock);
    this.#leading = giveBack === null ? this.#lead() : this.#openHome(giveBack);
    if (giveBack === null) void this.#ask();
    await this.#first.promise;
  }

  get #homeLock(): string {
    return `${this.#name}/home`;
  }

  #hear(message: unknown): void {
    if (typeof message !== 'string') return;
    if (message.startsWith(ASK)) void this.#receive(message.slice(ASK.length));
    else if (message.startsWith(HERE) && this.#home === null) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#endVisit();
    // A channel of its own for each question, so that the farewell of an earlier one is not taken for its own.
    const asked = ++this.#asked;
    const line = await this.#line();
    if (line === null || asked !== this.#asked || this.#leaving.signal.aborted) return;
    const pair = `${this.#ambience.tab}/${asked}`;
    const visit: Visit = new line.Visit(this.#ambience, pairName(this.#name, pair), {
      onReady: (open) => {
        this.#face.line.use(open);
        this.#first.resolve();
      },
      onEnd: () => {
        if (this.#visit === visit) this.#face.line.alone();
      },
    });
    this.#visit = visit;
    this.#square?.post(ASK + pair);
  }

  /** Null when it cannot be loaded: then this tab waits until the home is its own. */
  async #line(): Promise<Awaited<ReturnType<typeof tabLine>> | null> {
    try {
      return await tabLine();
    } catch (thrown) {
      this.#ambience.env.log('warn', 'tabs.line', { fault: asFault(thrown).code });
      return null;
    }
  }

  /** Also an answer that is still to come is not taken any more. */
  #endVisit(): void {
    this.#asked++;
    this.#visit?.end();
    this.#visit = null;
  }

  /** Waits for its turn to have the home, which may never come. */
  async #lead(): Promise<void> {
    try {
      await this.#openHome(await this.#ambience.lock(this.#homeLock, this.#leaving.signal));
    } catch (thrown) {
      this.#first.reject(asFault(thrown));
    }
  }

  async #openHome(giveBack: () => void): Promise<void> {
    const { line, openHome } = this.#face;
    if (this.#leaving.signal.aborted) {
      giveBack();
      return;
    }
    this.#endVisit();
    line.alone();
    try {
      const home = await openHome();
      this.#home = home;
      this.#giveBack.push(giveBack);
      if (this.#leaving.signal.aborted) return;
      line.use((events) =>
        direct<typeof homeApi>(homeCalls, home.session(events, false), this.#ambience.env),
      );
      this.#square?.post(HERE + this.#ambience.tab);
      this.#first.resolve();
      // Before anybody asks, because the files of this version may be gone from their server by then.
      void this.#line();
    } catch (thrown) {
      // Another tab may have what this one lacks; it is its turn now.
      giveBack();
      this.#ambience.env.log('warn', 'tabs.home', { fault: asFault(thrown).code });
      this.#first.reject(asFault(thrown));
    }
  }

  /** Another tab asks for the home. */
  async #receive(pair: string): Promise<void> {
    const home = this.#home;
    if (home === null) return;
    const line = await this.#line();
    if (line === null || this.#leaving.signal.aborted) return;
    const tab = pair.slice(0, pair.lastIndexOf('/'));
    this.#guests.get(tab)?.end();
    const guest: Guest = new line.Guest(this.#ambience, pairName(this.#name, pair), home);
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
