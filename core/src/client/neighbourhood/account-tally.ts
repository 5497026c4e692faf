/** What became of the records of an account file, by kind (SPEC Z102). */

import { asFault, type Fault, type FaultCode } from '../../base/fault.ts';
import { accountFileRefusalsMax } from '../../base/limits-account-file.ts';

export interface Counts {
  readonly taken: number;
  /** Was there already. */
  readonly known: number;
  readonly refused: number;
}

export interface Refusal {
  /** Number of the record in the file; the head is 0. */
  readonly record: number;
  readonly what: 'message' | 'pin' | 'file';
  readonly why: string;
}

/** Faults after which the rest would fail too: there is no node that answers, or it answers nobody. */
const ENDING: ReadonlySet<FaultCode> = new Set([
  'closed',
  'deadline',
  'draining',
  'revoked',
  'expired',
  'unauthorized',
]);

export class Tally {
  readonly refusals: Refusal[] = [];
  readonly #what: Refusal['what'];
  taken = 0;
  known = 0;
  #refused = 0;

  constructor(what: Refusal['what']) {
    this.#what = what;
  }

  refuse(record: number, why: string): void {
    this.#refused += 1;
    if (this.refusals.length < accountFileRefusalsMax) this.refusals.push({ record, what: this.#what, why });
  }

  /** Counts what became of it; throws what stands in the way of everything that follows. */
  async attempt(record: number, task: () => Promise<void>): Promise<void> {
    try {
      await task();
      this.taken += 1;
    } catch (thrown) {
      this.judge(record, asFault(thrown));
    }
  }

  /** A refusal, or what ends all. */
  judge(record: number, fault: Fault): void {
    if (ENDING.has(fault.code)) throw fault;
    this.refuse(record, fault.message);
  }

  counts(): Counts {
    return { taken: this.taken, known: this.known, refused: this.#refused };
  }
}
