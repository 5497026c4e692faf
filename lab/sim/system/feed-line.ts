/**
 * The link from auth to the tail, which may be lost: what auth says meanwhile does not arrive and what the tail
 * asks fails. A tail that has heard nothing for too long gives no leases (SPEC A14), and what it missed counts
 * from the moment on at which it has asked again.
 */

import type { AuthInternalEvents } from 'copse/internal/api/auth.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Authority } from '../../../server/src/tail/rights.ts';
import type { World } from '../world.ts';

export class FeedLine {
  readonly #world: World;
  readonly #staleMs: number;
  #lostMs: number | null = null;
  /** Something may have been said that the tail has not heard. */
  #isBehind = false;
  #waiting: (() => void)[] = [];

  constructor(world: World, staleMs: number) {
    this.#world = world;
    this.#staleMs = staleMs;
  }

  lose(): void {
    if (this.#lostMs !== null) return;
    this.#world.note('the feed is lost');
    this.#lostMs = this.#world.nowMs;
    this.#isBehind = true;
  }

  heal(): void {
    if (this.#lostMs === null) return;
    this.#world.note('the feed is back');
    this.#lostMs = null;
  }

  get isCurrent(): boolean {
    return !this.#isBehind;
  }

  /** Resolves when the tail has heard everything that was said before. */
  current(): Promise<void> {
    if (!this.#isBehind) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** A lease is given. */
  leased(): void {
    const lostForMs = this.#lostMs === null ? 0 : this.#world.nowMs - this.#lostMs;
    const isFresh = lostForMs <= this.#staleMs;
    this.#world.check(isFresh, 'A14', () => `a lease is given ${lostForMs} ms after the feed was lost`);
  }

  /** What the tail hears of auth. */
  events(events: AuthInternalEvents): AuthInternalEvents {
    const heard = (say: () => void): void => {
      if (this.#lostMs === null) say();
    };
    return {
      change: (message) => heard(() => events.change(message)),
      beat: (message) => heard(() => events.beat(message)),
      keys: (message) => heard(() => events.keys(message)),
    };
  }

  /** What the tail may ask of it. */
  authority(authority: Authority): Authority {
    const asked = async <T>(ask: () => Promise<T>): Promise<T> => {
      if (this.#lostMs !== null) throw new Fault('closed', 'the feed');
      const answer = await ask();
      if (this.#lostMs !== null) throw new Fault('closed', 'the feed');
      return answer;
    };
    return {
      ...authority,
      access: (request) => asked(() => authority.access(request)),
      prove: (request) => asked(() => authority.prove(request)),
      follow: async (request) => {
        const page = await asked(() => authority.follow(request));
        if (!page.more) this.#caughtUp();
        return page;
      },
    };
  }

  #caughtUp(): void {
    this.#isBehind = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    // The tail takes the answer in before anybody relies on it.
    this.#world.at(0, () => {
      for (const resolve of waiting) resolve();
    });
  }
}
