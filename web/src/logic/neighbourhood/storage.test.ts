import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HeldFile } from '../../model/sdk-files.ts';
import { fateWords, mayGo, ordered, shareWords, slicesOf, wholesOf, type Whole } from './storage.ts';

const usage = { bytes: 900, cacheBytes: 300, allowance: 2_000, files: 3, uploads: 1 };

test('[U47] what is used is split into what stays and what may go', () => {
  const [messages, files] = wholesOf({ bytes: 10, bytesMax: 100 }, usage);
  assert.deepEqual(
    messages?.parts.map(({ bytes }) => bytes),
    [10],
  );
  assert.deepEqual(
    files?.parts.map(({ tone, bytes }) => [tone, bytes]),
    [
      ['own', 600],
      ['cache', 300],
    ],
  );
  assert.equal(wholesOf(null, null).length, 0);
});

test('[U47] what is little is still seen in the plot, and nothing stands over its edge', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1e12), { maxLength: 6 }), fc.nat(1e12), (sizes, bytesMax) => {
      const parts = sizes.map((bytes) => ({ tone: 'own' as const, name: '', bytes }));
      const slices = slicesOf({ name: '', bytesMax, parts }, 100);
      let end = 0;
      for (const { x, width } of slices) {
        assert.ok(x >= end - 0.11 && width > 0 && x + width <= 100.11);
        end = x + width;
      }
      const first = sizes.find((bytes) => bytes > 0);
      assert.ok(first === undefined || (slices[0]?.width ?? 0) >= 2);
    }),
    // A part for which a sliver of the width is left is none.
    { numRuns: 1_000, examples: [[[999_700_000_000, 100_000_000, 5], 1e12]] },
  );
});

test('[U47] the share is said in numbers', () => {
  const of = (bytes: number, bytesMax: number): Whole => ({
    name: '',
    bytesMax,
    parts: [{ tone: 'own', name: '', bytes }],
  });
  assert.equal(shareWords(of(1_000, 100_000)), '1 kB of 100 kB, 1 %');
  assert.equal(shareWords(of(1, 100_000)), '1 B of 100 kB, less than 1 %');
  assert.equal(shareWords(of(0, 0)), '0 B of 0 B, 0 %');
});

const file = (name: string, part: Partial<HeldFile>): HeldFile => ({
  address: name,
  name,
  size: 1,
  type: 'text/plain',
  kind: 'own',
  pinned: false,
  state: 'whole',
  usedMs: 0,
  ...part,
});

test('[U47] what goes first is what was not used for the longest time, and never what is kept', () => {
  const files = [
    file('mine', { size: 9 }),
    file('fresh', { kind: 'cache', usedMs: 9 }),
    file('stale', { kind: 'cache', usedMs: 2, size: 5 }),
    file('pinned', { kind: 'cache', usedMs: 1, pinned: true }),
  ];
  const names = (order: 'new' | 'large' | 'next') => ordered(files, order).map(({ name }) => name);
  assert.deepEqual(names('next'), ['stale', 'fresh']);
  assert.deepEqual(names('large').slice(0, 2), ['mine', 'stale']);
  assert.deepEqual(names('new'), ['mine', 'fresh', 'stale', 'pinned']);
  assert.equal(mayGo(file('x', {})), false);
  assert.equal(fateWords(file('x', { state: 'coming' })), 'not all of it is here');
  assert.equal(fateWords(file('x', { pinned: true })), 'kept');
});
