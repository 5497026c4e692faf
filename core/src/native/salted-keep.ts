/**
 * A keep that an earlier version sealed under a passphrase: the salt lay in a file beside it, and there was no record
 * of a lock (SPEC D8). It opens once more by that passphrase, gets the lock that keeps have now, and only then loses
 * the salt: wherever that is cut off, one of the two opens it.
 */

import { existsSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { asFault, Fault } from '../base/fault.ts';
import type { LockableKeep } from '../client/keep.ts';
import { passphraseKey } from './machine-key.ts';

export class SaltedKeep {
  readonly #directory: string;
  readonly #ask: (() => Promise<string>) | undefined;
  readonly isThere: boolean;
  /** The passphrase, once it was needed; it has opened something when the keep is open. */
  #passphrase: string | null = null;

  constructor(directory: string, ask: (() => Promise<string>) | undefined) {
    this.#directory = directory;
    this.#ask = ask;
    this.isThere = existsSync(join(directory, 'salt'));
  }

  /** The key of its secrets; `sealed` when nobody can be asked for the passphrase. */
  async key(): Promise<Uint8Array> {
    if (this.#ask === undefined) throw new Fault('sealed');
    this.#passphrase = await this.#ask();
    return passphraseKey(this.#directory, this.#passphrase);
  }

  /** Says of a wrong passphrase what a lock says. */
  async opened<T>(open: () => Promise<T>): Promise<T> {
    try {
      return await open();
    } catch (thrown) {
      if (this.#passphrase === null || asFault(thrown).code !== 'forbidden') throw thrown;
      throw new Fault('sealed', 'This passphrase does not open them.', { cause: thrown });
    }
  }

  /** Gives an open keep its lock, and takes the salt away when there is one. */
  async lock(keep: LockableKeep, lockBy: (passphrase: string) => Promise<void>): Promise<void> {
    if (!this.isThere) return;
    if ((await keep.lockRecord()) === null) {
      if (this.#passphrase === null) return;
      await lockBy(this.#passphrase);
    }
    await unlink(join(this.#directory, 'salt'));
  }
}
