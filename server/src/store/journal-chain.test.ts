import { equal, throws } from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';

import { Chain, GENESIS, recordHash } from './journal-chain.ts';
import type { JournalRecord } from './journal.ts';

const primitives = nativePrimitives();

/** Records that follow one another, of these epochs. */
function chained(epochs: readonly number[]): JournalRecord[] {
  let prevHash = GENESIS;
  return epochs.map((epoch, i) => {
    const record = { seq: i + 1, epoch, bytes: Uint8Array.of(i, i, i) };
    const hash = recordHash(primitives, prevHash, record);
    const whole = { ...record, prevHash, hash };
    prevHash = hash;
    return whole;
  });
}

function walk(records: readonly JournalRecord[]): number {
  const chain = new Chain(primitives, 1, null);
  for (const record of records) chain.check(record);
  return records.length;
}

test('[J11] a record of an owner that was followed by another one is found, though the chain holds', () => {
  equal(walk(chained([1, 1, 2, 2])), 4);
  throws(() => walk(chained([1, 2, 1, 2])), { name: 'Fault', code: 'corrupt', seq: 3 });
});

test('[J3] any change of any field of any record is found there or at the next one', () => {
  const change = fc.record({
    at: fc.nat(4),
    field: fc.constantFrom(
      'seq' as const,
      'epoch' as const,
      'bytes' as const,
      'prevHash' as const,
      'hash' as const,
    ),
    by: fc.integer({ min: 1, max: 255 }),
  });
  fc.assert(
    fc.property(change, ({ at, field, by }) => {
      const records = chained([1, 1, 1, 2, 2]);
      const record = records[at]!;
      const value = record[field];
      const changed =
        typeof value === 'number' ? value + by : value.map((byte, i) => (i === 0 ? byte ^ by : byte));
      records[at] = { ...record, [field]: changed };
      throws(() => walk(records), { name: 'Fault', code: 'corrupt', seq: at + 1 });
    }),
  );
});

test('[J3] the hash covers its domain, what stood before, number, epoch and bytes, and nothing between them moves', () => {
  const record = { seq: 1, epoch: 2, bytes: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 3) };
  const hash = Buffer.from(recordHash(primitives, GENESIS, record)).toString('hex');
  // echo -n, as any other implementation would: 22 "copse/1/journal/record", 32 zeros, 1 and 2 in eight bytes, bytes.
  const label = new TextEncoder().encode('copse/1/journal/record');
  const preimage = Buffer.concat([
    Uint8Array.of(label.length),
    label,
    GENESIS,
    Buffer.alloc(7),
    Uint8Array.of(1),
    Buffer.alloc(7),
    Uint8Array.of(2),
    record.bytes,
  ]);
  equal(hash, new Bun.CryptoHasher('sha256').update(preimage).digest('hex'));
});
