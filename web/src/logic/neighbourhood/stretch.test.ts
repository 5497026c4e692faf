import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  emptyStretch,
  isReached,
  rereadPagesMax,
  stretchNewsMax,
  stretchRowsMax,
  withArrived,
  withNewsShown,
  withOlder,
  withReread,
  type Row,
  type Stretch,
} from './stretch.ts';

const PAGE = 100;
const nobody = (): boolean => false;

function rowOf(at: number, from = 'ben'): Row {
  return { id: `post ${at}`, from, timeMs: at, cursor: { timeMs: at, seq: at } };
}

/** A list at its node, by the times of what stands in it. */
class List {
  readonly times = new Set<number>();

  constructor(...times: readonly number[]) {
    for (const at of times) this.times.add(at);
  }

  add(from: number, to: number, step = 1): void {
    for (let at = from; at < to; at += step) this.times.add(at);
  }

  page(before: number, rows = PAGE): Pick<Reread, 'rows' | 'after'> {
    const found = [...this.times].filter((at) => at < before).toSorted((a, b) => b - a);
    const page = found.slice(0, rows).map((at) => rowOf(at));
    return { rows: page, after: page.at(-1)?.cursor ?? null };
  }

  reread(stretch: Stretch, isOwn = nobody): Stretch {
    const rows: Row[] = [];
    let before = Infinity;
    for (let pages = 0; ;) {
      const page = this.page(before);
      rows.push(...page.rows);
      pages += 1;
      const read = { rows, after: page.after, isOwn };
      if (pages === rereadPagesMax || isReached(stretch, read)) return withReread(stretch, read);
      before = page.after?.timeMs ?? 0;
    }
  }

  older(stretch: Stretch): Stretch {
    const { next } = stretch;
    return next === null ? stretch : withOlder(stretch, next, this.page(next.timeMs));
  }

  toEnd(stretch: Stretch): Stretch {
    let now = stretch;
    while (now.next !== null && now.rows.length < stretchRowsMax) now = this.older(now);
    return now;
  }
}

type Reread = Parameters<typeof withReread>[1];

const timesOf = (rows: readonly Row[]): readonly number[] => rows.map(({ timeMs }) => timeMs);

function begun(list: List, rows: number): Stretch {
  return withReread(emptyStretch, { ...list.page(Infinity, rows), isOwn: nobody });
}

test('[U38] what came meanwhile is all there, also when it is more than a page, and moves nothing', () => {
  const list = new List();
  list.add(0, 200);
  const before = begun(list, 24);
  list.add(200, 500);
  const after = list.reread(before);
  assert.deepEqual(timesOf(after.rows.slice(0, 24)), timesOf(before.rows));
  assert.equal(after.news.length, 300);
  assert.equal(after.cut, null);
  const shown = list.toEnd(withNewsShown(after));
  assert.deepEqual(
    timesOf(shown.rows),
    [...list.times].toSorted((a, b) => b - a),
  );
});

test('[U38] what is older than what is shown is no news: it stands below', () => {
  const list = new List();
  list.add(0, 60);
  const after = list.reread(begun(list, 24));
  assert.deepEqual([after.rows.length, after.news.length], [60, 0]);
});

test('[U38] posts of somebody who is followed from now on are found among those that are shown', () => {
  const list = new List();
  list.add(0, 800, 2);
  const before = list.older(begun(list, 24));
  list.add(1, 800, 2);
  const after = list.reread(before);
  assert.deepEqual(timesOf(after.rows.slice(0, 124)), timesOf(before.rows));
  const shown = list.toEnd(withNewsShown(after));
  assert.equal(shown.rows.length, 800);
});

test('[U38] after a very long absence the list begins anew when one asks for what is new', () => {
  const list = new List();
  list.add(0, 100);
  const before = begun(list, 24);
  list.add(100, 3_000);
  const after = list.reread(before);
  assert.deepEqual(after.rows, before.rows);
  assert.equal(after.news.length, stretchNewsMax);
  // Who reads on further down does so undisturbed.
  assert.equal(list.older(after).rows.length, 100);
  const shown = withNewsShown(after);
  assert.deepEqual(timesOf(shown.rows), timesOf(list.page(Infinity, stretchNewsMax).rows));
  assert.equal(list.toEnd(shown).rows.length, 3_000);
});

test('[U38] a list of which everything is shown at once begins anew by itself', () => {
  const list = new List();
  list.add(0, 100);
  const before = begun(list, 24);
  list.add(100, 3_000);
  const after = list.reread(before, () => true);
  assert.deepEqual([after.news.length, after.cut], [0, null]);
  assert.equal(list.toEnd(after).rows.length, 3_000);
});

test('[U38] what arrives while nobody looks has a bound, and nothing of it is lost', () => {
  const list = new List();
  list.add(0, 100);
  let now = begun(list, 24);
  for (let at = 100; at < 4_100; at++) {
    list.times.add(at);
    now = withArrived(now, rowOf(at), false);
  }
  assert.equal(now.news.length, stretchNewsMax);
  assert.equal(list.toEnd(withNewsShown(now)).rows.length, 4_100);
});

test('[U38] a list of 4,000 is held, and one that is longer ends at its bound', () => {
  const list = new List();
  list.add(0, 4_000);
  assert.equal(list.toEnd(begun(list, 24)).rows.length, 4_000);
  list.add(4_000, 7_000);
  const full = list.toEnd(begun(list, 24));
  assert.equal(full.rows.length, stretchRowsMax);
  assert.notEqual(full.next, null);
  // What arrives takes the place of the oldest.
  const arrived = withArrived(full, rowOf(7_000), true);
  assert.deepEqual([arrived.rows.length, arrived.rows[0]?.timeMs], [stretchRowsMax, 7_000]);
});

test('[U38] an older page of a list that has begun anew meanwhile is left out', () => {
  const list = new List();
  list.add(0, 300);
  const before = begun(list, 24);
  const from = before.next;
  assert.ok(from !== null);
  list.add(300, 3_000);
  const anew = withNewsShown(list.reread(before));
  assert.equal(withOlder(anew, from, list.page(from.timeMs)), anew);
});

test('[U38] whatever comes, is read again and is scrolled to: in the end the whole list is there once', () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant('come' as const), count: fc.integer({ min: 1, max: 900 }) }),
    fc.record({ kind: fc.constant('among' as const), at: fc.integer({ min: 0, max: 2_000 }) }),
    fc.constantFrom({ kind: 'tell' as const }, { kind: 'reread' as const }),
    fc.constantFrom({ kind: 'older' as const }, { kind: 'show' as const }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 12 }), (acts) => {
      const list = new List();
      list.add(0, 300, 2);
      let now = begun(list, 24);
      let top = 10_000;
      for (const each of acts) {
        if (each.kind === 'come') list.add(top, (top += each.count));
        else if (each.kind === 'among') list.times.add(each.at);
        else if (each.kind === 'tell') {
          // Told of the newest while what came before it was not.
          list.times.add((top += 1));
          now = withArrived(now, rowOf(top), false);
          top += 1;
        } else if (each.kind === 'reread') now = list.reread(now);
        else if (each.kind === 'older') now = list.older(now);
        else now = withNewsShown(now);
        assert.ok(now.news.length <= stretchNewsMax);
      }
      const end = list.toEnd(withNewsShown(list.toEnd(list.reread(now))));
      assert.deepEqual(
        timesOf(end.rows),
        [...list.times].toSorted((a, b) => b - a),
      );
    }),
    { numRuns: 60 },
  );
});
