import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hex } from '../../base/bytes.ts';
import { reconcileFillRows, reconcileFillRowsMin } from '../../base/limits-reconcile.ts';
import type { Compared } from '../../api/peer.ts';
import { byTime } from '../message/message.ts';
import type { ItemRow, PageCursor } from '../store/store.ts';
import { Filling } from './filling.ts';
import { refOfInterest } from './interests.ts';

/** So many keys that each is read a few rows at a time. */
const KEYS = Math.ceil(reconcileFillRows / reconcileFillRowsMin);

function keyOf(n: number): Compared['of'] {
  const key = new Uint8Array(16);
  new DataView(key.buffer).setUint32(0, n);
  return { relation: 'posts', key };
}

function rowOf(seq: number, timeMs: number): ItemRow {
  const id = new Uint8Array(32);
  new DataView(id.buffer).setUint32(28, Math.imul(seq + 1, 0x9e3779b1));
  return { seq: seq + 1, timeMs, id };
}

const lane = fc.record({
  /** Numbers of messages: the same one may stand under several keys. */
  messages: fc.uniqueArray(fc.nat({ max: 120 }), { maxLength: 60 }),
  from: fc.nat({ max: 30 }),
});

test('[Z89, Z90] whatever keys lead to, and however often others have their turn, the set is all of it from its times on', () => {
  const times = fc.array(fc.nat({ max: 40 }), { minLength: 121, maxLength: 121 });
  const lanes = fc.array(lane, { minLength: 1, maxLength: 12 });
  const property = fc.property(times, lanes, fc.integer({ min: 1, max: 9 }), (timeOf, drawn, every) => {
    const rowsByRef = new Map<string, readonly ItemRow[]>();
    const of: Compared[] = Array.from({ length: KEYS }, (_, n) => ({ of: keyOf(n), fromMs: 0 }));
    const expected = new Map<string, ItemRow>();
    for (const [n, { messages, from }] of drawn.entries()) {
      const place = n * 150;
      of[place] = { of: keyOf(place), fromMs: from };
      const rows = messages.map((message) => rowOf(message, timeOf[message] ?? 0));
      rows.sort((a, b) => a.timeMs - b.timeMs || a.seq - b.seq);
      rowsByRef.set(hex(refOfInterest(keyOf(place))), rows);
      for (const row of rows) if (row.timeMs >= from) expected.set(hex(row.id), row);
    }
    const items = (ref: Uint8Array, { timeMs, seq }: PageCursor, rowsMax: number): readonly ItemRow[] => {
      const rows = rowsByRef.get(hex(ref)) ?? [];
      const isBehind = (row: ItemRow) => row.timeMs > timeMs || (row.timeMs === timeMs && row.seq > seq);
      return rows.filter(isBehind).slice(0, rowsMax);
    };
    const filling = new Filling({ items }, of);
    let looks = 0;
    while (!filling.step(() => ++looks % every === 0));
    const snapshot = filling.snapshot();
    assert.deepEqual(
      [...snapshot.items(0, snapshot.size)].map(({ id }) => hex(id)),
      [...expected.values()].toSorted(byTime).map(({ id }) => hex(id)),
    );
    assert.equal(filling.size, expected.size);
  });
  fc.assert(property, { numRuns: 100 });
});
