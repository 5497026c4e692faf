/**
 * Somebody who asks now and then while something long is done, in the same thread: the longest time that she waits.
 * It runs from when she meant to ask. What holds the thread up most often begins in a pause, and who looks at the
 * clock only when the pause has ended does not see it.
 */

export class Other {
  readonly #ask: () => Promise<unknown>;
  readonly #pauseMs: number;
  readonly #asking: Promise<void>;
  #longestMs = 0;
  #isOver = false;

  /** Without a pause she asks whenever it is her turn. */
  constructor(ask: () => Promise<unknown>, pauseMs = 0) {
    this.#ask = ask;
    this.#pauseMs = pauseMs;
    this.#asking = this.#askOn();
  }

  /** The question that is under way counts too. */
  async end(): Promise<number> {
    this.#isOver = true;
    await this.#asking;
    return this.#longestMs;
  }

  async #askOn(): Promise<void> {
    do {
      const dueMs = performance.now() + this.#pauseMs;
      await (this.#pauseMs === 0 ? turn() : Bun.sleep(this.#pauseMs));
      await this.#ask();
      this.#longestMs = Math.max(this.#longestMs, performance.now() - dueMs);
    } while (!this.#isOver);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
