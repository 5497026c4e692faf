/**
 * How messages come in (SPEC Z20 to Z24): what costs nothing is looked at first, then the signature, then many
 * messages share one commit, and only what is durable is answered and told to those who follow it.
 *
 * Signatures may be checked by other threads, which end in any order: messages are stored in the one in which they
 * came all the same, and a commit waits for those before its last one.
 */

import { assert, must } from '../../base/assert.ts';
import type { Env } from '../../base/env.ts';
import { asFault, Fault } from '../../base/fault.ts';
import type { Key } from '../../base/ids.ts';
import { peerChecksMax, peerClockAheadMs, peerCommitMax, peerPendingMax } from '../../base/limits-peer.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { readMessage, type UnverifiedMessage } from '../message/message.ts';
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

/** A message on its way into the store. */
interface Arrival extends NewMessage {
  readonly message: UnverifiedMessage;
  state: 'unchecked' | 'signed' | 'refused';
  readonly resolve: (put: Put) => void;
  readonly reject: (thrown: unknown) => void;
}

export class Ingest {
  readonly #options: IngestOptions;
  /** In the order in which they came. */
  #arrivals: Arrival[] = [];
  /** Of them those whose check has begun: the first so many. */
  #begun = 0;
  #checking = 0;
  #isDue = false;

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  /** What became of a message; a fault when it is none, nobody signed it, or too many wait. */
  async take(bytes: Uint8Array, payer: Payer): Promise<Put> {
    this.#requireRoom();
    // A copy: what arrived is a view into a buffer that is used again.
    return this.bring(readMessage(this.#options.primitives, bytes.slice()), payer);
  }

  /** The same of a message that was read from bytes of its own. */
  async bring(message: UnverifiedMessage, payer: Payer): Promise<Put> {
    this.#requireRoom();
    const { store, env } = this.#options;
    if (store.knows(message.id)) return { kind: 'known' };
    const atMs = env.wallMs();
    if (message.timeMs > atMs + peerClockAheadMs)
      throw new Fault('malformed', 'a message from the future: set the clock of its device');
    return new Promise((resolve, reject) => {
      const { key, bytesMax } = payer;
      this.#arrivals.push({ message, payer: key, bytesMax, atMs, state: 'unchecked', resolve, reject });
      this.#check();
    });
  }

  #requireRoom(): void {
    if (this.#arrivals.length >= peerPendingMax) throw new Fault('tooMany', 'messages wait already');
  }

  /** A bounded number at once: who else waits for the threads that check has room between. */
  #check(): void {
    while (this.#checking < peerChecksMax) {
      const arrival = this.#arrivals[this.#begun];
      if (arrival === undefined) return;
      this.#begun += 1;
      this.#checking += 1;
      // It never rejects: what goes wrong is told to who brought the message.
      void this.#checked(arrival);
    }
  }

  async #checked(arrival: Arrival): Promise<void> {
    try {
      if (!(await arrival.message.isSigned())) throw new Fault('badProof', 'its user has not signed it');
      arrival.state = 'signed';
    } catch (thrown) {
      arrival.state = 'refused';
      arrival.reject(thrown);
    }
    this.#checking -= 1;
    this.#check();
    this.#due();
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
    const first = this.#arrivals.slice(0, peerCommitMax);
    // The check that still runs makes the next commit due.
    if (first.some(({ state }) => state === 'unchecked')) return;
    assert(this.#begun >= first.length, 'what was checked has begun to be');
    this.#arrivals.splice(0, first.length);
    this.#begun -= first.length;
    if (this.#arrivals.length > 0) this.#due();
    this.#put(first.filter(({ state }) => state === 'signed'));
  }

  #put(batch: readonly Arrival[]): void {
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
