/** Notices when an answer is owed for so long that what is shown is no longer up to date (SPEC S3). */

import type { Env, Timer } from '../base/env.ts';

/** An answer that takes longer means that the log is not up to date. */
const LATE_MS = 800;

export interface LatenessOwner {
  readonly env: Env;
  /** Since when the node owes an answer, or null. */
  owedSinceMs(): number | null;
  /** Some answer has become late, or is still late a while later. */
  onLate(): void;
}

export class Lateness {
  readonly #owner: LatenessOwner;
  #timer: Timer | null = null;

  constructor(owner: LatenessOwner) {
    this.#owner = owner;
  }

  get isLate(): boolean {
    const leftMs = this.#leftMs();
    return leftMs !== null && leftMs <= 0;
  }

  /** Computed in one place: a rounding apart, a timer would be for the next time. */
  #leftMs(): number | null {
    const owedSinceMs = this.#owner.owedSinceMs();
    return owedSinceMs === null ? null : owedSinceMs + LATE_MS - this.#owner.env.nowMs();
  }

  /** Something was sent that wants an answer. */
  watch(): void {
    const leftMs = this.#leftMs();
    if (this.#timer !== null || leftMs === null) return;
    this.#timer = this.#owner.env.after(leftMs > 0 ? leftMs : LATE_MS, () => {
      this.#timer = null;
      if (this.isLate) this.#owner.onLate();
      this.watch();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
