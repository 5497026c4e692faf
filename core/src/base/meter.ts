/**
 * A rate limit as one number per caller: the generic cell rate algorithm (ITU-T I.371). `take` answers
 * 0 when the units are granted, otherwise the milliseconds to wait; a refusal costs nothing.
 */

export class Meter {
  readonly #perUnitMs: number;
  readonly #burstMs: number;
  #readyAtMs = 0;

  /** `perSecond` units on average, at most `burst` at once. */
  constructor(perSecond: number, burst: number) {
    this.#perUnitMs = 1000 / perSecond;
    this.#burstMs = this.#perUnitMs * burst;
  }

  take(nowMs: number, units = 1): number {
    const startMs = Math.max(nowMs, this.#readyAtMs);
    const endMs = startMs + units * this.#perUnitMs;
    const waitMs = endMs - nowMs - this.#burstMs;
    if (waitMs > 0.001) return waitMs;
    this.#readyAtMs = endMs;
    return 0;
  }
}
