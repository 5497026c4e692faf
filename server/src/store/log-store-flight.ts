/**
 * Commits on their way to the journal: each one's place is known before it is written, so that the next
 * batch leaves while this one is being synced. When one fails, what was behind it fails with it and the
 * next one takes its place (SPEC J4, J11).
 */

import { assert } from 'copse/internal/base/assert.ts';
import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';

import type { Journal, Sealed } from './journal.ts';

/** Everything that left while one thing held: that nothing before it had failed. */
interface Formation {
  fault: Fault | null;
}

/** The disk may have room again; nothing is wrong with the journal. */
const TRANSIENT: ReadonlySet<FaultCode> = new Set(['full', 'locked']);

export class Flight {
  readonly #journal: Journal;
  readonly #epoch: number;
  /** The last record that is on its way, and the last one that has arrived. */
  #head: number;
  #durable: number;
  #formation: Formation = { fault: null };
  /** Why nothing may be appended any more. */
  #stopped: Fault | null = null;

  constructor(journal: Journal, sealed: Sealed) {
    this.#journal = journal;
    this.#epoch = sealed.epoch;
    this.#head = sealed.tail;
    this.#durable = sealed.tail;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The last durable record. */
  get durable(): number {
    return this.#durable;
  }

  get stopped(): Fault | null {
    return this.#stopped;
  }

  /** Appends a record; answers its number when it is durable. */
  async append(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    if (this.#stopped !== null) throw this.#stopped;
    const formation = this.#formation;
    const prevSeq = this.#head++;
    const appended = await this.#journal.append(this.#epoch, prevSeq, bytes).catch((thrown: unknown) => {
      throw formation.fault ?? this.#fail(faultOf(thrown));
    });
    if (appended.kind === 'ok') {
      assert(formation.fault === null, 'nothing is written behind a record that failed');
      this.#durable = appended.seq;
      return appended.seq;
    }
    throw formation.fault ?? this.#fail(conflict(this.#epoch, prevSeq, appended));
  }

  #fail(fault: Fault): Fault {
    this.#formation.fault = fault;
    this.#formation = { fault: null };
    this.#head = this.#durable;
    if (!TRANSIENT.has(fault.code)) this.#stopped ??= fault;
    return fault;
  }
}

function faultOf(thrown: unknown): Fault {
  return thrown instanceof Fault ? thrown : new Fault('internal', 'the journal failed', { cause: thrown });
}

function conflict(
  epoch: number,
  prevSeq: number,
  found: { readonly tail: number; readonly epoch: number },
): Fault {
  if (found.epoch > epoch) return new Fault('moved', `The shard has an owner of epoch ${found.epoch}.`);
  return new Fault('corrupt', `The journal ends at record ${found.tail}, not at ${prevSeq}.`);
}
