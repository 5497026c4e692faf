/** Signals of the operator or the supervisor, one after the other. */

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What the operator or the supervisor says; the second time means "at once". */
export class Signals {
  #waiting: (() => void) | null = null;
  #count = 0;
  #taken = 0;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#take);
  }

  readonly #take = (): void => {
    this.#count++;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.();
  };

  /** Resolves at the next signal, at once when one came meanwhile. */
  next(): Promise<void> {
    const before = this.#taken++;
    if (this.#count > before) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  ignore(): void {
    for (const signal of SIGNALS) process.off(signal, this.#take);
  }
}
