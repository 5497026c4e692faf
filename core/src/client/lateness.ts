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
    const owedSinceMs = this.#owner.owedSinceMs();
    return owedSinceMs !== null && this.#owner.env.nowMs() - owedSinceMs >= LATE_MS;
  }

  /** Something was sent that wants an answer. */
  watch(): void {
    const owedSinceMs = this.#owner.owedSinceMs();
    if (this.#timer !== null || owedSinceMs === null) return;
    const lateInMs = owedSinceMs + LATE_MS - this.#owner.env.nowMs();
    this.#timer = this.#owner.env.after(lateInMs > 0 ? lateInMs : LATE_MS, () => {
      this.#timer = null;
      if (this.isLate) this.#owner.onLate();
      this.watch();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
