/**
 * The chain over the records of a journal: how a record's hash is made and how a sequence of stored
 * records is checked (SPEC J3). Engines fetch, this file judges, so that all of them find the same faults.
 */

import { compare, hex } from 'copse/internal/base/bytes.ts';
import { domain, separated } from 'copse/internal/crypto/domain.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

import { BrokenRecord, type JournalRecord } from './journal.ts';

const RECORD = domain('journal/record');
const HASH_BYTES = 32;

/** What stands before the first record. */
export const GENESIS: Uint8Array = new Uint8Array(HASH_BYTES);

export type Sha256 = Pick<Primitives, 'sha256'>;

export function recordHash(
  primitives: Sha256,
  prevHash: Uint8Array,
  record: Pick<JournalRecord, 'seq' | 'epoch' | 'bytes'>,
): Uint8Array {
  const numbers = new DataView(new ArrayBuffer(16));
  numbers.setBigUint64(0, BigInt(record.seq));
  numbers.setBigUint64(8, BigInt(record.epoch));
  return primitives.sha256(separated(RECORD, prevHash, new Uint8Array(numbers.buffer), record.bytes));
}

/** Walks along stored records; hands none on that does not hold. */
export class Chain {
  readonly #primitives: Sha256;
  #next: number;
  #prevHash: Uint8Array | null;
  #epoch = 0;

  /**
   * `next` is the first record of the walk, `prevHash` what stood before it; null takes that record at its
   * word, so that a walk can begin behind a broken one.
   */
  constructor(primitives: Sha256, next: number, prevHash: Uint8Array | null) {
    this.#primitives = primitives;
    this.#next = next;
    this.#prevHash = next === 1 ? GENESIS : prevHash;
  }

  /** Throws `BrokenRecord` when `record` is not the next one; null stands for one that is not there. */
  check(record: JournalRecord | null): JournalRecord {
    const next = this.#next;
    if (record === null || record.seq !== next) throw new BrokenRecord(next, 'is missing');
    if (this.#prevHash !== null && compare(this.#prevHash, record.prevHash) !== 0) {
      throw new BrokenRecord(next, 'does not follow the one before it');
    }
    if (compare(recordHash(this.#primitives, record.prevHash, record), record.hash) !== 0) {
      throw new BrokenRecord(next, `was altered: its hash is not ${hex(record.hash)}`);
    }
    if (record.epoch < this.#epoch) throw new BrokenRecord(next, 'is of an epoch that had ended');
    ({ hash: this.#prevHash, epoch: this.#epoch } = record);
    this.#next++;
    return record;
  }

  /** The records are at an end; throws `BrokenRecord` when the journal says that there is more. */
  end(tail: number, tailHash: Uint8Array): void {
    if (this.#next <= tail) throw new BrokenRecord(this.#next, 'is missing');
    if (this.#prevHash !== null && this.#next > 1 && compare(this.#prevHash, tailHash) !== 0) {
      throw new BrokenRecord(tail, 'is not the one that was appended last');
    }
  }
}
