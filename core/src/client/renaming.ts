/**
 * Entries that get another number (SPEC S2, L9): they were kept under the old one, so none is lost when the keep
 * refuses the new one. They are tried again until it does not; what is appended meanwhile is kept, and sent behind them.
 */

import type { Env, Timer } from '../base/env.ts';
import { asFault } from '../base/fault.ts';
import type { Joined } from './backlog.ts';
import type { Identity } from './identity.ts';

export interface RenamingOwner {
  readonly env: Env;
  readonly identity: Pick<Identity, 'whenRaised'>;
}

export interface RenamingEvents {
  /** They may be sent when nothing before them waits. */
  onKept(joined: readonly Joined[]): void;
  /** Whatever is not kept is to get a number once more. */
  again(): void;
  /** Nothing waits for the keep any more. */
  onDone(): void;
}

/** Pause before the keep is asked again. */
const AGAIN_MS = 1_000;

export class Renaming {
  readonly #owner: RenamingOwner;
  readonly #events: RenamingEvents;
  #underWay = 0;
  #again: Timer | null = null;
  #isStopped = false;

  constructor(owner: RenamingOwner, events: RenamingEvents) {
    this.#owner = owner;
    this.#events = events;
  }

  get isUnderWay(): boolean {
    return this.#underWay > 0 || this.#again !== null;
  }

  /** Their rows are being written. */
  begin(joined: readonly Joined[]): void {
    if (joined.length > 0) void this.#wait(joined);
  }

  async #wait(joined: readonly Joined[]): Promise<void> {
    this.#underWay++;
    try {
      await Promise.all(joined.map(({ kept }) => kept));
      await this.#owner.identity.whenRaised();
      if (!this.#isStopped) this.#events.onKept(joined);
    } catch (thrown) {
      this.#tryLater(asFault(thrown).code);
    }
    this.#underWay--;
    this.#look();
  }

  #tryLater(fault: string): void {
    const { env } = this.#owner;
    if (this.#isStopped) return;
    env.log('warn', 'log.renaming', { fault });
    this.#again ??= env.after(AGAIN_MS, () => {
      this.#again = null;
      this.#events.again();
      this.#look();
    });
  }

  #look(): void {
    if (!this.isUnderWay && !this.#isStopped) this.#events.onDone();
  }

  stop(): void {
    this.#isStopped = true;
    this.#again?.cancel();
    this.#again = null;
  }
}
