import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { concat } from '../base/bytes.ts';
import { copyBytesMax, copyCountMax } from '../base/limits.ts';
import { encodeEntry } from '../wire/entry.ts';
import { LogCopy } from './log-copy.ts';
import type { Run } from './log-items.ts';

/** The entry at a position; its seq is the position. */
function entry(at: number, size = 4): Uint8Array {
  const header = { device: new Uint8Array(8).fill(7), epoch: 1, seq: at, keyEpoch: 1, timeMs: at };
  return encodeEntry({ ...header, sealed: true, payload: new Uint8Array(size) });
}

function run(from: number, to: number, size = 4): Run {
  const entries = Array.from({ length: to - from }, (_, i) => entry(from + i, size));
  return { at: from, count: to - from, entries: concat(...entries) };
}

function boundsOf(copy: LogCopy): readonly [number, number] {
  return [copy.first, copy.next];
}

test('[S15] a copy grows at both ends, and takes nothing twice', () => {
  const copy = new LogCopy();
  copy.took(run(10, 15));
  copy.took(run(13, 18));
  copy.took(run(8, 10));
  copy.took(run(5, 12));
  copy.took(run(9, 17));
  assert.deepEqual(boundsOf(copy), [5, 18]);
  assert.deepEqual(copy.find(5), run(5, 18));
  assert.deepEqual(copy.find(16), run(16, 18));
  assert.equal(copy.find(4), undefined);
  assert.equal(copy.find(18), undefined);
});

test('[S15] what lies behind a gap replaces the copy, what lies before one is left out', () => {
  const copy = new LogCopy();
  copy.took(run(10, 15));
  copy.took(run(3, 7));
  assert.deepEqual(boundsOf(copy), [10, 15]);
  copy.took(run(20, 22));
  assert.deepEqual(boundsOf(copy), [20, 22]);
  copy.trimTo(21);
  assert.deepEqual(copy.find(21), run(21, 22));
  copy.trimTo(30);
  assert.equal(copy.isEmpty, true);
});

test('[G2] a copy holds a bounded number of entries and bytes, the newest ones', () => {
  const copy = new LogCopy();
  copy.took(run(1, 3 * copyCountMax));
  assert.deepEqual(boundsOf(copy), [2 * copyCountMax, 3 * copyCountMax]);
  copy.took(run(1, 2 * copyCountMax));
  assert.equal(copy.next - copy.first, copyCountMax);
  const large = new LogCopy();
  for (let at = 1; at < 20; at++) large.took(run(at, at + 1, 20_000));
  assert.equal(large.next, 20);
  assert.ok((large.find(large.first)?.entries.length ?? 0) <= copyBytesMax);
  assert.equal(large.next - large.first, Math.floor(copyBytesMax / entry(1, 20_000).length));
});

test('[S15] whatever runs come, a copy has no hole and every entry at its position', () => {
  const piece = fc.record({ at: fc.integer({ min: 1, max: 60 }), count: fc.integer({ min: 0, max: 12 }) });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const copy = new LogCopy();
      for (const { at, count } of pieces) {
        copy.took(run(at, at + count));
        if (!copy.isEmpty) assert.deepEqual(copy.find(copy.first), run(copy.first, copy.next));
      }
    }),
  );
});
