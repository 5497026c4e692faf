/**
 * The journal of one shard: a sequence of records, each one group commit, chained by hash. Every engine
 * keeps these promises and passes `lab/suites/journal.suite.ts`:
 *
 * - `append` succeeds only behind the expected record and under the current epoch (SPEC J1, J11);
 * - what `append` answered `ok` for is there after a crash (SPEC J2);
 * - a missing, altered or foreign record is named, and what follows it can still be read (SPEC J3);
 * - a failed append changes nothing and the next one may succeed (SPEC J4).
 *
 *     hash = SHA-256(domain | hash of the record before, 32 zeros at first | seq (8) | epoch (8) | bytes)
 *
 * numbers in big-endian.
 */

import { Fault } from 'copse/internal/base/fault.ts';

export interface JournalRecord {
  /** From 1, without a hole. */
  readonly seq: number;
  readonly epoch: number;
  readonly bytes: Uint8Array;
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
}

export type Appended =
  | { readonly kind: 'ok'; readonly seq: number }
  /**
   * Nothing was written, for good: the journal ends elsewhere or another owner has sealed it. An engine
   * that reports conflicts which are none re-reads and settles that before it answers.
   */
  | { readonly kind: 'conflict'; readonly tail: number; readonly epoch: number };

export interface Sealed {
  readonly epoch: number;
  /** The last record, which is the seal itself. */
  readonly tail: number;
}

export interface Cell {
  /** Whether the value was set. */
  readonly ok: boolean;
  /** What is there now; version 0 and null when there is nothing. */
  readonly version: number;
  readonly value: Uint8Array | null;
}

export interface Journal extends AsyncDisposable {
  /** Raises the epoch and appends the seal; afterwards the former owner's appends conflict. */
  seal(owner: Uint8Array): Promise<Sealed>;
  /**
   * Appends one record behind `prevSeq`; durable when it resolves. `bytes` must be the whole of its
   * buffer, which is handed over: do not touch it afterwards. Appends are carried out in the order of the
   * calls, so several may be under way. Rejects with `full` when the disk is.
   */
  append(epoch: number, prevSeq: number, bytes: Uint8Array<ArrayBuffer>): Promise<Appended>;
  /**
   * The records from `from` on, or from the first kept one. Checks the chain and throws `BrokenRecord` at
   * the first one that is missing, altered or foreign; `scan(seq + 1)` goes on behind it.
   */
  scan(from: number): AsyncIterable<JournalRecord>;
  /** Forgets the records up to and including `upTo`. */
  trim(upTo: number): Promise<void>;
  /** Sets a small value if its version is still `version`; 0 for a new one. */
  cas(key: string, version: number, value: Uint8Array): Promise<Cell>;
  /** A kept record, at once and without the check of the chain; null when it is not kept. */
  read(seq: number): JournalRecord | null;
}

/** A record that is not what was appended. */
export class BrokenRecord extends Fault {
  readonly seq: number;

  constructor(seq: number, what: string) {
    super('corrupt', `Record ${seq} of the journal ${what}.`);
    this.seq = seq;
  }
}
