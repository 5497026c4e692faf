import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { concat } from 'copse/internal/base/bytes.ts';

import { skipEntries } from './entries.ts';
import { giveBack } from './give-back.ts';
import { Page } from './log-store-page.ts';

/** Entries of the given sizes, told apart by what fills them; no more is read of them here than the length. */
function entriesOf(sizes: readonly number[], from: number): Uint8Array {
  return concat(...sizes.map((size, i) => Uint8Array.of(size, ...new Uint8Array(size).fill(from + i))));
}

const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 20 });

test('[J5] a page of lent pieces has the bytes of the pieces, however little of them it takes', () => {
  const page = fc.record({
    pieces: fc.array(sizes, { minLength: 1, maxLength: 4 }),
    skip: fc.nat(100),
    bytesMax: fc.integer({ min: 1, max: 4000 }),
  });
  fc.assert(
    fc.property(page, ({ pieces, skip, bytesMax }) => {
      const all = entriesOf(pieces.flat(), 0);
      const total = pieces.flat().length;
      const at = 1 + (skip % total);
      const made = new Page(at, bytesMax, total + 1 - at);
      let first = 1;
      for (const piece of pieces) {
        const next = first + piece.length;
        if (!made.full && made.next >= first && made.next < next) {
          made.take({ first, count: piece.length, bytes: entriesOf(piece, first - 1), lent: true });
        }
        first = next;
      }
      const start = skipEntries(all, 0, at - 1);
      deepEqual(made.entries(), all.slice(start, skipEntries(all, start, made.count)));
      ok(made.count >= 1);
    }),
  );
});

test('[G2] the memory of a lent piece is given back when the page copies it, and nobody else’s is', () => {
  const all = entriesOf([50, 50, 50, 50], 0);
  const pageOf = (count: number, lent: boolean): { piece: Uint8Array; entries: Uint8Array } => {
    const bytes = all.slice();
    const page = new Page(1, 1000, count);
    page.take(lent ? { first: 1, count: 4, bytes, lent } : { first: 1, count: 4, bytes });
    return { piece: bytes, entries: page.entries() };
  };
  const little = pageOf(1, true);
  equal(little.piece.length, 0, 'given back');
  deepEqual(little.entries, all.slice(0, 51));
  const most = pageOf(3, true);
  equal(most.entries.buffer, most.piece.buffer, 'a view: nothing is copied');
  const kept = pageOf(1, false);
  equal(kept.piece.length, all.length, 'somebody keeps it');
  const shared = all.subarray(51);
  giveBack(shared);
  deepEqual(all.length, 204, 'a view of more is left alone');
});
