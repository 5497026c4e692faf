/**
 * All tabs of a browser share one home (SPEC S5). A Web Lock decides in which tab it is; the others reach
 * it over a broadcast channel of their own. When its tab closes or crashes the browser gives the lock to
 * another one, which opens the home from the shared keep, and everybody asks again what they do not know.
 * What passes between tabs is in `tab-line.ts`.
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
import type { Neighbours } from './tab-line.ts';

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
  /** The other tabs, once there may be some. */
  #near: Neighbours | null = null;
  #home: Home | null = null;
  /** The home is being opened here. */
  #isOpening = false;
  #giveBack: (() => void)[] = [];
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
    // Held as long as this tab lives: who has the home waits for it, and so learns of the end.
    this.#giveBack.push(await this.#ambience.lock(tabLock(this.#name, tab), this.#leaving.signal));
    const giveBack = await this.#ambience.lockIfFree(this.#homeLock);
    this.#leading = giveBack === null ? this.#lead() : this.#openHome(giveBack);
    if (giveBack === null) void this.#meet();
    await this.#first.promise;
  }

  get #homeLock(): string {
    return `${this.#name}/home`;
  }

  /**
   * Looks for the home in another tab, or tells the others that it is here. When that cannot be loaded, this
   * tab waits until the home is its own.
   */
  async #meet(): Promise<void> {
    try {
      const { Neighbours: Made } = await import('./tab-line.ts');
      if (this.#leaving.signal.aborted) return;
      this.#near ??= new Made(this.#ambience, this.#name, {
        home: () => this.#home,
        lockOf: (tab) => tabLock(this.#name, tab),
        onFound: (open) => {
          this.#face.line.use(open);
          this.#first.resolve();
        },
        onLost: () => this.#face.line.alone(),
      });
      if (this.#home !== null) this.#near.tellHome();
      else if (!this.#isOpening) this.#near.ask();
    } catch (thrown) {
      this.#ambience.env.log('warn', 'tabs.line', { fault: asFault(thrown).code });
    }
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
    this.#isOpening = true;
    this.#near?.endVisit();
    line.alone();
    try {
      const home = await openHome();
      this.#home = home;
      this.#giveBack.push(giveBack);
      if (this.#leaving.signal.aborted) return;
      line.use((events) =>
        direct<typeof homeApi>(homeCalls, home.session(events, false), this.#ambience.env),
      );
      this.#first.resolve();
      // Before anybody asks, because the files of this version may be gone from their server by then.
      void this.#meet();
    } catch (thrown) {
      // Another tab may have what this one lacks; it is its turn now.
      giveBack();
      this.#isOpening = false;
      this.#ambience.env.log('warn', 'tabs.home', { fault: asFault(thrown).code });
      this.#first.reject(asFault(thrown));
    }
  }

  async leave(): Promise<void> {
    this.#leaving.abort(new Fault('closed'));
    this.#first.reject(new Fault('closed'));
    await this.#leading;
    this.#near?.end();
    // The next one opens what this one has written, so the lock comes last.
    await this.#home?.close();
    for (const giveBack of this.#giveBack) giveBack();
    this.#giveBack = [];
  }
}

/** The lock that a tab holds while it lives. */
function tabLock(name: string, tab: string): string {
  return `${name}/tab/${tab}`;
}
