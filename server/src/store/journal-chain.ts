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

/** Where a walk over the records begins, and where the journal says that it ends. */
export interface Extent {
  readonly from: number;
  readonly tail: number;
  readonly tailHash: Uint8Array;
}

/**
 * Passes on the stored records that hold, in order, and throws `BrokenRecord` at the first that does not.
 * The first record of the walk is taken at its word for what stood before it, so that a walk can begin
 * behind a broken one.
 */
export function* checked(
  primitives: Sha256,
  extent: Extent,
  records: Iterable<JournalRecord>,
): Generator<JournalRecord> {
  let next = extent.from;
  let prevHash = next === 1 ? GENESIS : null;
  let epoch = 0;
  for (const record of records) {
    if (record.seq !== next) throw new BrokenRecord(next, 'is missing');
    if (prevHash !== null && compare(prevHash, record.prevHash) !== 0) {
      throw new BrokenRecord(next, 'does not follow the one before it');
    }
    if (compare(recordHash(primitives, record.prevHash, record), record.hash) !== 0) {
      throw new BrokenRecord(next, `was altered: its hash is not ${hex(record.hash)}`);
    }
    if (record.epoch < epoch) throw new BrokenRecord(next, 'is of an epoch that had ended');
    yield record;
    ({ hash: prevHash, epoch } = record);
    next++;
  }
  if (next <= extent.tail) throw new BrokenRecord(next, 'is missing');
  if (prevHash !== null && compare(prevHash, extent.tailHash) !== 0) {
    throw new BrokenRecord(extent.tail, 'is not the one that was appended last');
  }
}
