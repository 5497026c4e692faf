/**
 * The passphrase of locked keys (SPEC D8): from COPSE_PASSPHRASE, or asked for once per command on the terminal.
 * Never an argument, as a PIN (SPEC P11); never from what is piped in, which is meant for something else.
 */

import { Fault } from 'copse/internal/base/fault.ts';
import type { Environment } from './context.ts';
import { pinSource } from './recovery-pin.ts';

export class Passphrase {
  /** From the environment. */
  readonly given: string | undefined;
  #asked: Promise<string> | null = null;

  constructor(environment: Environment) {
    this.given = environment['COPSE_PASSPHRASE'];
  }

  get isAsked(): boolean {
    return this.#asked !== null;
  }

  get(): Promise<string> {
    if (this.given !== undefined) return Promise.resolve(this.given);
    this.#asked ??= ask();
    return this.#asked;
  }
}

async function ask(): Promise<string> {
  if (!process.stdin.isTTY) throw new Fault('sealed', 'Put their passphrase into COPSE_PASSPHRASE.');
  return pinSource().ask('Passphrase of your keys:');
}
