/**
 * The number on the icon while the app is open (SPEC I10): what the node counts, asked for when the app is opened, soon
 * after something was read or has come, when somebody looks again, and now and then for what was read elsewhere. Until
 * the node answers the number stays as it is. A device that is not notified has none.
 */

import { createEffect, onCleanup, type Accessor } from 'solid-js';
import type { Bell } from './bell.ts';
import type { Status } from './sdk.ts';
import { clearRead } from './worker-line.ts';

/** After a change: when what was read has come to the node, again for a slow one, and then as long as the page is open. */
export const ASK_AFTER_MS = [1_000, 5_000, 60_000] as const;

export interface BadgeParts {
  /** Null when nobody can be asked now. */
  readonly ask: () => Promise<number | null>;
  readonly show: (count: number) => void;
  /** Answers how to call it off. */
  readonly after: (delayMs: number, task: () => void) => () => void;
}

export class BadgeKeeper {
  readonly #parts: BadgeParts;
  #step = 0;
  #turn = 0;
  #callOff = (): void => {};

  constructor(parts: BadgeParts) {
    this.#parts = parts;
  }

  /** The number may be another. */
  touch(): void {
    this.#step = 0;
    this.#plan();
  }

  /** This device has no number from now on. */
  stop(): void {
    this.#turn++;
    this.#callOff();
  }

  #plan(): void {
    this.#callOff();
    const delayMs = ASK_AFTER_MS[this.#step] ?? 0;
    this.#callOff = this.#parts.after(delayMs, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    const turn = ++this.#turn;
    this.#step = Math.min(this.#step + 1, ASK_AFTER_MS.length - 1);
    this.#plan();
    const count = await this.#parts.ask().catch(() => null);
    // What an older question brings is void.
    if (count !== null && turn === this.#turn) this.#parts.show(count);
  }
}

interface Shown {
  readonly bell: Pick<Bell, 'isOn' | 'notifications'>;
  readonly status: Accessor<Status>;
  /** Changes with what is read here and what comes. */
  readonly changes: Accessor<unknown>;
}

export function createBadge({ bell, status, changes }: Shown): void {
  if (!('setAppBadge' in navigator)) return;
  const keeper = new BadgeKeeper({
    ask: async () => (status() === 'live' ? (await bell.notifications()).unread() : null),
    show(count) {
      showCount(count);
      if (count === 0) void clearRead();
    },
    after(delayMs, task) {
      const timer = setTimeout(task, delayMs);
      return () => clearTimeout(timer);
    },
  });
  createEffect(() => {
    if (bell.isOn()) {
      status();
      changes();
      keeper.touch();
      return;
    }
    keeper.stop();
    showCount(0);
  });
  const end = new AbortController();
  const look = (): void => {
    if (bell.isOn() && document.visibilityState === 'visible') keeper.touch();
  };
  for (const type of ['focus', 'pageshow']) addEventListener(type, look, { signal: end.signal });
  document.addEventListener('visibilitychange', look, { signal: end.signal });
  onCleanup(() => {
    end.abort();
    keeper.stop();
  });
}

function showCount(count: number): void {
  (count === 0 ? navigator.clearAppBadge() : navigator.setAppBadge(count)).catch(() => {});
}
