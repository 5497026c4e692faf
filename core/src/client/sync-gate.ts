/** Holds a writer back while so many deleted rows could come back that its log might not recognise them (SPEC L2). */

import type { Env, Timer } from '../base/env.ts';
import type { Queue } from './queue.ts';

/** Pause before the keep is asked again: perhaps nothing else is written until the writer goes on. */
const AGAIN_MS = 1_000;

export class SyncGate {
  readonly #env: Env;
  readonly #queue: Queue;
  readonly #onOpen: () => void;
  readonly #stopListening: () => void;
  #again: Timer | null = null;

  constructor(env: Env, queue: Queue, onOpen: () => void) {
    this.#env = env;
    this.#queue = queue;
    this.#onOpen = onOpen;
    this.#stopListening = queue.onSynced(onOpen);
  }

  get isOpen(): boolean {
    if (this.#queue.isUnsynced) this.#askLater();
    return !this.#queue.isUnsynced;
  }

  #askLater(): void {
    this.#again ??= this.#env.after(AGAIN_MS, () => {
      this.#again = null;
      this.#queue.sync();
      this.#onOpen();
    });
  }

  stop(): void {
    this.#again?.cancel();
    this.#again = null;
    this.#stopListening();
  }
}
