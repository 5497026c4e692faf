import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';

import { logId, siteId } from 'copse/internal/base/ids.ts';
import { putDeclare, putEntries } from 'copse/internal/log/record.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { Writer } from 'copse/internal/wire/buffer.ts';

import { gather } from './chunks-slice.ts';
import { GENESIS, recordHash } from './journal-chain.ts';
import type { JournalRecord } from './journal.ts';

const primitives = nativePrimitives();
const START = { seq: 0, hash: GENESIS };
const site = siteId('00'.repeat(16));
const log = logId('11'.repeat(16));

/** A journal whose records hold one run of log 7 each, beginning at the given positions, two entries long. */
function journalOf(firsts: readonly number[]) {
  const records = new Map<number, JournalRecord>();
  let prevHash = GENESIS;
  for (const [i, first] of firsts.entries()) {
    const writer = new Writer();
    if (i === 0) putDeclare(writer, 7, site, log);
    putEntries(writer, { number: 7, first, count: 2 }, [Uint8Array.of(i, i, i, i)]);
    const record = { seq: i + 1, epoch: 1, bytes: writer.take() };
    const hash = recordHash(primitives, prevHash, record);
    records.set(record.seq, { ...record, prevHash, hash });
    prevHash = hash;
  }
  return { records, read: (seq: number) => records.get(seq) ?? null };
}

test('[J5] a slice gathers the runs of a log in order, as far as it is allowed', () => {
  const source = journalOf([1, 3, 5, 7]);
  const all = gather(primitives, source, START, { upTo: 3, bytesMax: 10_000, nowMs: 0 });
  equal(all.last.seq, 3);
  const found = all.byNumber.get(7);
  deepEqual(found?.declared, { site, log });
  deepEqual([found.first, found.count, found.bytes, found.parts.length], [1, 6, 12, 3]);
  const one = gather(primitives, source, START, { upTo: 4, bytesMax: 1, nowMs: 0 });
  equal(one.last.seq, 1, 'at least one record');
  const next = gather(primitives, source, one.last, { upTo: 4, bytesMax: 30, nowMs: 0 });
  equal(next.byNumber.get(7)?.first, 3);
});

test('[J3] nothing gets into a chunk from a journal that has a hole, lacks a record or is of another past', () => {
  const slice = { upTo: 3, bytesMax: 10_000, nowMs: 0 };
  const corrupt = { name: 'Fault', code: 'corrupt' };
  throws(() => gather(primitives, journalOf([1, 3, 6]), START, slice), corrupt);
  throws(() => gather(primitives, journalOf([1, 3, 4]), START, slice), corrupt);
  const lacking = journalOf([1, 3, 5]);
  lacking.records.delete(2);
  throws(() => gather(primitives, lacking, START, slice), corrupt);
  const after = { seq: 1, hash: new Uint8Array(32).fill(1) };
  throws(() => gather(primitives, journalOf([1, 3, 5]), after, slice), corrupt);
});
