/** A clock that moves a little with every look at it, so that slices end without real time. */

import type { Env, LogLevel, Timer } from 'copse/internal/base/env.ts';

export class Ticking implements Env {
  readonly #env: Env;
  readonly #stepMs: number;
  #aheadMs = 0;

  constructor(env: Env, stepMs = 1) {
    this.#env = env;
    this.#stepMs = stepMs;
  }

  nowMs(): number {
    this.#aheadMs += this.#stepMs;
    return this.#env.nowMs() + this.#aheadMs;
  }

  wallMs(): number {
    return this.#env.wallMs() + this.#aheadMs;
  }

  after(delayMs: number, task: () => void): Timer {
    return this.#env.after(delayMs, task);
  }

  random(size: number): Uint8Array {
    return this.#env.random(size);
  }

  chance(): number {
    return this.#env.chance();
  }

  log(level: LogLevel, event: string): void {
    this.#env.log(level, event);
  }
}
