/**
 * Asking for a PIN: on a terminal without showing it, otherwise the next line of standard input. It is never
 * an argument, because arguments are seen by everybody on the machine and kept by shells (SPEC P11, G6).
 */

import { readFileSync } from 'node:fs';
import { Fault } from 'copse/internal/base/fault.ts';

const STANDARD_INPUT = 0;
const ENTER = /[\r\n]/u;
const INTERRUPT = '\u0003';
const ERASE = /[\u007f\b]/u;

/** Where lines come from: the terminal, or what was piped in, read once. */
export interface PinSource {
  /** The next line, without what ends it. */
  ask(question: string): Promise<string>;
}

export function pinSource(): PinSource {
  return process.stdin.isTTY ? { ask: askHidden } : new PipedLines();
}

class PipedLines implements PinSource {
  #lines: string[] | null = null;

  ask(question: string): Promise<string> {
    this.#lines ??= readFileSync(STANDARD_INPUT, 'utf8').split(/\r?\n/u);
    const line = this.#lines.shift();
    if (line === undefined || line === '') {
      return Promise.reject(new Fault('usage', `${question} A line on standard input answers this.`));
    }
    return Promise.resolve(line);
  }
}

function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(`${question} `);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (finish: () => void): void => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      finish();
    };
    const onData = (text: string): void => {
      for (const character of text) {
        if (character === INTERRUPT) return end(() => reject(new Fault('usage', 'Interrupted.')));
        if (ENTER.test(character)) return end(() => resolve(typed));
        typed = ERASE.test(character) ? typed.slice(0, -1) : typed + character;
      }
    };
    stdin.on('data', onData);
  });
}
