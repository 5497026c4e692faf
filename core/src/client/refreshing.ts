/**
 * What a device asks auth for again, one after the other, so that an older answer never wins. What fails
 * while the connection stands, as when the keep has no room for a moment, is asked for once more (SPEC S7).
 */

import type { Env, Timer } from '../base/env.ts';
import { asFault } from '../base/fault.ts';

/** A device whose storage is full asks the node this often. */
const AGAIN_MS = 15_000;

export class Refreshing {
  readonly #env: Env;
  readonly #again: () => void;
  #last: Promise<void> = Promise.resolve();
  #timer: Timer | null = null;
  #isStopped = false;

  /** `again` asks for everything, when there is somebody to ask. */
  constructor(env: Env, again: () => void) {
    this.#env = env;
    this.#again = again;
  }

  /** Resolves when what was begun until now is over. */
  get done(): Promise<void> {
    return this.#last;
  }

  run(work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch((thrown: unknown) => {
      this.#env.log('info', 'home.refresh', { fault: asFault(thrown).code });
      if (!this.#isStopped) this.#timer ??= this.#env.after(AGAIN_MS, this.#retry);
    });
  }

  readonly #retry = (): void => {
    this.#timer = null;
    this.#again();
  };

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#last;
  }
}
