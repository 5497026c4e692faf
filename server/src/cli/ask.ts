/** Questions that a command asks while it runs: answered by lines of standard input, as they come. */

import { createInterface, type Interface } from 'node:readline';
import { Fault } from 'copse/internal/base/fault.ts';
import { printable } from './output.ts';

export class Asker implements Disposable {
  readonly #say: (text: string) => void;
  readonly #interface: Interface;
  readonly #lines: AsyncIterator<string>;

  /** `say` writes a question to the person. */
  constructor(say: (text: string) => void = (text) => void process.stderr.write(text)) {
    this.#say = say;
    this.#interface = createInterface({ input: process.stdin });
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  /** The next line; `usage` when there is none. */
  async ask(question: string): Promise<string> {
    // It may name a device of somebody else.
    this.#say(`${printable(question)} `);
    const { value, done } = await this.#lines.next();
    if (done === true || value.trim() === '')
      throw new Fault('usage', `${question} A line on standard input answers this.`);
    return value.trim();
  }

  [Symbol.dispose](): void {
    this.#interface.close();
  }
}
