/**
 * Work that comes in crowds, in slices: what there is at first is done at once, and after two milliseconds of it
 * whatever else has arrived has its turn (SPEC I13).
 */

import type { Env } from 'copse/internal/base/env.ts';
import { sweepSliceMs } from 'copse/internal/base/limits-notify.ts';

export class Pace {
  readonly #env: Env;
  readonly #soon: (task: () => void) => void;
  #tasks: (() => void)[] = [];
  #isResting = false;

  constructor(env: Env, soon: (task: () => void) => void) {
    this.#env = env;
    this.#soon = soon;
  }

  add(task: () => void): void {
    this.#tasks.push(task);
    if (!this.#isResting) this.#slice();
  }

  #slice(): void {
    this.#isResting = true;
    const endMs = this.#env.nowMs() + sweepSliceMs;
    let done = 0;
    try {
      for (const task of this.#tasks) {
        done++;
        task();
        if (this.#env.nowMs() >= endMs) break;
      }
    } finally {
      this.#tasks.splice(0, done);
      this.#soon(() => {
        this.#isResting = false;
        if (this.#tasks.length > 0) this.#slice();
      });
    }
  }
}
