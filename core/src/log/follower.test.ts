import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import type { Page } from '../api/tail.ts';
import { Follower, type FollowerStep } from './follower.ts';

const page = (at: number, count: number, tail: number, live = at + count === tail): Page => ({
  kind: 'page',
  at,
  count,
  tail,
  live,
  entries: new Uint8Array(count),
});
const delivered = ({ deliver }: FollowerStep): readonly number[] | null =>
  deliver && [deliver.at, deliver.count, deliver.skip];
const NOTHING: FollowerStep = { deliver: null, attachFrom: null, detach: false, trimmedTo: null };

test('[L8] pages follow one another until the tail, then pushes', () => {
  const follower = new Follower(3);
  assert.equal(follower.connected().attachFrom, 3);
  const first = follower.page(page(3, 4, 10));
  assert.deepEqual([delivered(first), first.attachFrom], [[3, 4, 0], 7]);
  const second = follower.page(page(7, 3, 10));
  assert.deepEqual([delivered(second), second.attachFrom, follower.state], [[7, 3, 0], null, 'live']);
  assert.deepEqual(delivered(follower.pushed(10, 2, new Uint8Array(2))), [10, 2, 0]);
  assert.deepEqual([follower.next, follower.tail], [12, 12]);
});

test('[L8] what was seen before is skipped, within a run and as a whole', () => {
  const follower = new Follower(5);
  follower.connected();
  assert.deepEqual(delivered(follower.page(page(2, 6, 8))), [2, 6, 3]);
  assert.equal(delivered(follower.pushed(6, 2, new Uint8Array(2))), null);
  assert.deepEqual(delivered(follower.pushed(6, 4, new Uint8Array(4))), [6, 4, 2]);
  assert.equal(follower.next, 10);
});

test('[L8] a hole in the pushes is fetched, and pushes of before are ignored meanwhile', () => {
  const follower = new Follower(1);
  follower.connected();
  follower.page(page(1, 0, 1));
  assert.equal(follower.pushed(3, 1, new Uint8Array(1)).attachFrom, 1);
  assert.deepEqual(follower.pushed(4, 1, new Uint8Array(1)), NOTHING);
  assert.equal(follower.tail, 4);
  assert.deepEqual(delivered(follower.page(page(1, 4, 5))), [1, 4, 0]);
});

test('[T4] lagging makes it page from where it stands', () => {
  const follower = new Follower(1);
  follower.connected();
  assert.deepEqual(follower.lagging(), NOTHING);
  follower.page(page(1, 2, 3));
  assert.equal(follower.lagging().attachFrom, 3);
  assert.equal(follower.state, 'paging');
});

test('[T4] an application that has enough is detached and holds what comes late', () => {
  const follower = new Follower(1);
  follower.connected();
  follower.page(page(1, 2, 3));
  assert.equal(follower.hold().detach, true);
  assert.deepEqual(follower.hold(), NOTHING);
  assert.deepEqual(follower.pushed(3, 1, new Uint8Array(1)), NOTHING);
  assert.equal(follower.resume().attachFrom, 3);
  // Held while a page is on its way: it is taken, and the pushes behind it are not.
  assert.equal(follower.hold().detach, false);
  const late = follower.page(page(3, 2, 5));
  assert.deepEqual(
    [delivered(late), late.detach, late.attachFrom, follower.state],
    [[3, 2, 0], true, null, 'holding'],
  );
  assert.equal(follower.resume().attachFrom, 5);
});

test('[J6] a start before the first kept position says what is gone', () => {
  const follower = new Follower(1);
  follower.connected();
  const step = follower.page({ kind: 'trimmed', first: 40, tail: 90 });
  assert.deepEqual([step.trimmedTo, step.attachFrom, follower.next, follower.tail], [40, 40, 40, 90]);
  follower.hold();
  const held = follower.page({ kind: 'trimmed', first: 50, tail: 90 });
  assert.deepEqual([held.trimmedTo, held.attachFrom, follower.state], [50, null, 'holding']);
});

test('[W4] a page that begins too late is the fault of the other side', () => {
  const follower = new Follower(1);
  follower.connected();
  assert.throws(() => follower.page(page(2, 1, 3)), { name: 'Fault', code: 'malformed' });
});

test('[L8] what arrives after the end of a connection is ignored', () => {
  const follower = new Follower(1);
  follower.connected();
  follower.disconnected();
  for (const step of [follower.page(page(1, 2, 3)), follower.lagging(), follower.hold(), follower.resume()]) {
    assert.deepEqual(step, NOTHING);
  }
  assert.deepEqual(follower.pushed(1, 1, new Uint8Array(1)), NOTHING);
  assert.equal(follower.connected().attachFrom, 1);
});

const event = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('append' as const), n: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('answer' as const), n: fc.integer({ min: 1, max: 4 }) }),
  },
  ...(['cut', 'connect', 'lag', 'hold', 'resume', 'lose'] as const).map((kind) => ({
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant(kind), n: fc.constant(0) }),
  })),
);

test('[L8] whatever the connection does, every entry is delivered once and in order', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 80 }), (events) => {
      const follower = new Follower(1);
      const seen: number[] = [];
      let tail = 1;
      let isOnline = false;
      let isLive = false;
      /** Attaches on their way to the server. */
      let asked: number[] = [];
      const take = ({ deliver, attachFrom, detach }: FollowerStep): void => {
        for (let i = deliver?.skip ?? 0; i < (deliver?.count ?? 0); i++) seen.push(deliver!.at + i);
        if (attachFrom !== null) asked.push(attachFrom);
        if (detach) isLive = false;
      };
      const answer = (n: number): void => {
        const from = asked.shift();
        if (from === undefined) return;
        const count = Math.min(n, tail - from);
        isLive = from + count === tail;
        take(follower.page(page(from, count, tail)));
      };
      const connect = (): void => {
        if (isOnline) return;
        isOnline = true;
        take(follower.connected());
      };
      for (const { kind, n } of events) {
        if (kind === 'append') {
          if (isOnline && isLive) take(follower.pushed(tail, n, new Uint8Array(n)));
          tail += n;
        } else if (kind === 'answer') answer(n);
        else if (kind === 'connect') connect();
        else if (kind === 'hold') take(follower.hold());
        else if (kind === 'resume') take(follower.resume());
        else if (kind === 'lag') {
          if (isLive) take(follower.lagging());
          isLive = false;
        } else if (kind === 'lose') {
          // A push that never arrived: the next one leaves a hole.
          tail++;
        } else {
          isOnline = false;
          isLive = false;
          asked = [];
          follower.disconnected();
        }
        assert.deepEqual(
          seen,
          Array.from({ length: follower.next - 1 }, (_, i) => i + 1),
        );
      }
      // When faults stop, it catches up.
      connect();
      take(follower.resume());
      if (isLive) take(follower.pushed(tail, 1, new Uint8Array(1)));
      tail++;
      for (let i = 0; i < 2 * tail && asked.length > 0; i++) answer(4);
      assert.equal(seen.length, tail - 1);
      assert.equal(follower.state, 'live');
    }),
    { numRuns: 1000 },
  );
});
