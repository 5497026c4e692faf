import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { directMessageBytesMax, directWordBytesMax } from '../base/limits-direct.ts';
import { Pieces, piecesOf, type DirectWord } from './direct-words.ts';

const words: fc.Arbitrary<DirectWord> = fc.oneof(
  fc.record({
    kind: fc.constant('hand' as const),
    entries: fc.integer({ min: 0, max: 60_000 }).map((size) => new Uint8Array(size).fill(size & 255)),
    number: fc.nat(),
  }),
  fc.record({ kind: fc.constant('heard' as const), number: fc.nat() }),
  fc.record({
    kind: fc.constant('decline' as const),
    epoch: fc.nat(),
    seq: fc.nat(),
    reason: fc.record({ kind: fc.constant('full' as const), retryMs: fc.nat(600_000) }),
  }),
);

test('[V11] words of any length are put together from their pieces, in order', () => {
  fc.assert(
    fc.property(fc.array(words, { maxLength: 8 }), (said) => {
      const pieces = new Pieces();
      const heard = said.flatMap(piecesOf).flatMap((piece) => {
        assert.ok(piece.length <= directMessageBytesMax);
        const word = pieces.add(piece);
        return word === null ? [] : [word];
      });
      // Compared as JSON: what is generated has no prototype.
      assert.deepEqual(JSON.stringify(heard), JSON.stringify(said));
    }),
  );
});

test('[V11] pieces that no writer makes are refused, and no word grows without end', () => {
  const full = (mark: number): Uint8Array => new Uint8Array(directMessageBytesMax).fill(mark, 0, 1);
  assert.throws(() => new Pieces().add(Uint8Array.of()), { code: 'malformed' });
  assert.throws(() => new Pieces().add(Uint8Array.of(2, 1)), { code: 'malformed' });
  assert.throws(() => new Pieces().add(Uint8Array.of(0, 1)), { code: 'malformed' });
  assert.throws(() => new Pieces().add(Uint8Array.of(1, 9, 9)), { code: 'malformed' });
  const pieces = new Pieces();
  assert.throws(
    () => {
      for (let size = 0; size <= 2 * directWordBytesMax; size += directMessageBytesMax) pieces.add(full(0));
    },
    { code: 'tooLarge' },
  );
});
