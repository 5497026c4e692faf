/**
 * Notices that the machine has slept, or that its clock was moved: time went by without this program. A
 * timer that looks at the clocks costs nothing on the line, and tells it where nobody else does (SPEC S3).
 */

import type { Env, Timer } from '../base/env.ts';

const LOOK_MS = 5_000;
/** Later than a busy program or a page in the background is late by itself. */
const JUMP_MS = 5_000;

export class SleepWatch {
  readonly #env: Env;
  readonly #onJump: () => void;
  #timer: Timer | null = null;
  #wallMs = 0;
  #nowMs = 0;

  constructor(env: Env, onJump: () => void) {
    this.#env = env;
    this.#onJump = onJump;
  }

  start(): void {
    this.#wallMs = this.#env.wallMs();
    this.#nowMs = this.#env.nowMs();
    this.#timer = this.#env.after(LOOK_MS, () => {
      // Some machines stop their monotonic clock while they sleep, none stops the wall clock.
      const passedMs = [this.#env.wallMs() - this.#wallMs, this.#env.nowMs() - this.#nowMs];
      this.start();
      if (passedMs.some((ms) => Math.abs(ms - LOOK_MS) > JUMP_MS)) this.#onJump();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
