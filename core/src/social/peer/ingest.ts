/**
 * How messages come in (SPEC Z20 to Z24): what costs nothing is looked at first, then the signature, then many
 * messages share one commit, and only what is durable is answered and told to those who follow it.
 */

import { must } from '../../base/assert.ts';
import type { Env } from '../../base/env.ts';
import { asFault, Fault } from '../../base/fault.ts';
import type { Key } from '../../base/ids.ts';
import { peerClockAheadMs, peerCommitMax, peerPendingMax } from '../../base/limits-peer.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { readMessage } from '../message/message.ts';
import type { Message } from '../message/terms.ts';
import type { NewMessage, PeerStore, Put } from '../store/store.ts';

/** Whose account a message counts for. */
export interface Payer {
  readonly key: Key;
  readonly bytesMax: number;
}

export interface IngestOptions {
  readonly store: PeerStore;
  readonly primitives: Primitives;
  readonly env: Env;
  /** Runs a task behind what has already arrived. */
  readonly soon: (task: () => void) => void;
  /** Messages of one commit that are here now, in the order of their positions. */
  readonly onStored: (stored: readonly Stored[]) => void;
}

export interface Stored {
  readonly seq: number;
  readonly message: Message;
}

interface Waiting extends NewMessage {
  readonly resolve: (put: Put) => void;
  readonly reject: (thrown: unknown) => void;
}

export class Ingest {
  readonly #options: IngestOptions;
  #waiting: Waiting[] = [];
  /** Being checked, or waiting for a commit. */
  #pending = 0;
  #isDue = false;

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  get pending(): number {
    return this.#pending;
  }

  /** What became of a message; a fault when it is none, nobody signed it, or too many wait. */
  async take(bytes: Uint8Array, payer: Payer): Promise<Put> {
    const { primitives, store, env } = this.#options;
    if (this.#pending >= peerPendingMax) throw new Fault('tooMany', 'messages wait already');
    // A copy: what arrived is a view into a buffer that is used again.
    const message = readMessage(primitives, bytes.slice());
    if (store.knows(message.id)) return { kind: 'known' };
    const atMs = env.wallMs();
    if (message.timeMs > atMs + peerClockAheadMs)
      throw new Fault('malformed', 'a message from the future: set the clock of its device');
    this.#pending += 1;
    try {
      if (!(await message.isSigned())) throw new Fault('badProof', 'its user has not signed it');
      return await this.#stored({ message, payer: payer.key, bytesMax: payer.bytesMax, atMs });
    } finally {
      this.#pending -= 1;
    }
  }

  #stored(each: NewMessage): Promise<Put> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...each, resolve, reject });
      this.#due();
    });
  }

  #due(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#options.soon(() => {
      this.#isDue = false;
      this.#commit();
    });
  }

  #commit(): void {
    const batch = this.#waiting.splice(0, peerCommitMax);
    if (this.#waiting.length > 0) this.#due();
    if (batch.length === 0) return;
    let puts: readonly Put[];
    try {
      puts = this.#options.store.put(batch);
    } catch (thrown) {
      for (const { reject } of batch) reject(asFault(thrown));
      return;
    }
    const stored: Stored[] = [];
    for (const [at, { message, resolve }] of batch.entries()) {
      const put = must(puts[at], 'every message is answered');
      if (put.kind === 'stored') stored.push({ seq: put.seq, message });
      resolve(put);
    }
    if (stored.length > 0) this.#options.onStored(stored);
  }
}
