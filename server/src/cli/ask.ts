/** Questions that a command asks while it runs: answered by lines of standard input, as they come. */

import { createInterface, type Interface } from 'node:readline';
import { Fault } from 'copse/internal/base/fault.ts';

export class Asker implements Disposable {
  readonly #interface: Interface;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.#interface = createInterface({ input: process.stdin });
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  /** The next line; `usage` when there is none. */
  async ask(question: string): Promise<string> {
    process.stderr.write(`${question} `);
    const { value, done } = await this.#lines.next();
    if (done === true || value.trim() === '')
      throw new Fault('usage', `${question} A line on standard input answers this.`);
    return value.trim();
  }

  [Symbol.dispose](): void {
    this.#interface.close();
  }
}
