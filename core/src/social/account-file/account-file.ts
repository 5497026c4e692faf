/**
 * An account as one file (SPEC Z100, Z101): a sequence of records, the head first and at the end how many there were
 * and their chain, so that a file that was cut off or changed is known as such:
 *
 *   chain 0 = 32 zero bytes, chain n = SHA-256(domain `account/file`; chain n - 1, record n)
 *
 * Neither side holds more than a record.
 */

import { equal } from '../../base/bytes.ts';
import { asFault, Fault } from '../../base/fault.ts';
import { domain, separated } from '../../crypto/domain.ts';
import { hashBytes } from '../../crypto/hash.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { decodeRecord, encodeRecord, type AccountRecord } from './record.ts';
import { Sequence } from './sequence.ts';

const CHAIN = domain('account/file');

/** Counts and chains records as they are written or read. */
class Chain {
  readonly #primitives: Primitives;
  #hash: Uint8Array = new Uint8Array(hashBytes);
  count = 0;

  constructor(primitives: Primitives) {
    this.#primitives = primitives;
  }

  get hash(): Uint8Array {
    return this.#hash;
  }

  add(bytes: Uint8Array): void {
    this.#hash = this.#primitives.sha256(separated(CHAIN, this.#hash, bytes));
    this.count += 1;
  }
}

export class AccountFileWriter {
  readonly #chain: Chain;

  constructor(primitives: Primitives) {
    this.#chain = new Chain(primitives);
  }

  get count(): number {
    return this.#chain.count;
  }

  add(record: Exclude<AccountRecord, { kind: 'other' | 'end' }>): Uint8Array {
    const bytes = encodeRecord(record);
    this.#chain.add(bytes);
    return bytes;
  }

  /** The last record. */
  end(): Uint8Array {
    return encodeRecord({ kind: 'end', count: this.#chain.count, chain: this.#chain.hash });
  }
}

/** A record, and the how-many-eth of its file it is; the head is 0. */
export interface NumberedRecord {
  readonly number: number;
  readonly record: Exclude<AccountRecord, { kind: 'end' }>;
}

/**
 * The records of a file up to its end, the head first. Throws at the first that is none, with its number, and
 * `corrupt` when the end does not stand there or is that of other records.
 */
export async function* readAccountFile(
  primitives: Primitives,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<NumberedRecord> {
  const chain = new Chain(primitives);
  const sequence = new Sequence();
  let isOver = false;
  for await (const piece of pieces) {
    sequence.push(piece);
    for (let bytes = nextOf(sequence, chain); bytes !== null; bytes = nextOf(sequence, chain)) {
      if (isOver) throw new Fault('corrupt', 'there is something behind the end');
      const record = recordOf(bytes, chain.count);
      isOver = record.kind === 'end';
      if (record.kind === 'end') requireSame(record, chain);
      else {
        const number = chain.count;
        chain.add(bytes);
        yield { number, record };
      }
    }
  }
  if (sequence.left > 0 || !isOver)
    throw new Fault('corrupt', `it ends early, after ${chain.count} records: the rest is missing`);
}

function nextOf(sequence: Sequence, { count }: Chain): Uint8Array | null {
  try {
    return sequence.next();
  } catch (thrown) {
    throw at(count, thrown);
  }
}

function recordOf(bytes: Uint8Array, number: number): AccountRecord {
  try {
    const record = decodeRecord(bytes);
    if ((record.kind === 'head') !== (number === 0))
      throw new Fault('malformed', number === 0 ? 'this is no account file' : 'a second head');
    return record;
  } catch (thrown) {
    throw at(number, thrown);
  }
}

/** The fault with the number of the record. */
function at(number: number, thrown: unknown): Fault {
  const { code, detail } = asFault(thrown);
  return new Fault(code, `record ${number}: ${detail}`, { cause: thrown });
}

function requireSame(end: Extract<AccountRecord, { kind: 'end' }>, chain: Chain): void {
  if (end.count !== chain.count)
    throw new Fault('corrupt', `it should have ${end.count} records and has ${chain.count}`);
  if (!equal(end.chain, chain.hash))
    throw new Fault('corrupt', 'its records are not those that were written');
}
