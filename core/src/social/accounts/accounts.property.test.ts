/** What holds for every sequence of operations, those that nobody should be able to do among them. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { must } from '../../base/assert.ts';
import { Fault } from '../../base/fault.ts';
import { key as keyOf, type Key } from '../../base/ids.ts';
import { accountDepthMax, accountRestoreMs } from '../../base/limits-accounts.ts';
import { NODE, worth, type Account } from './account.ts';
import { applyOperation } from './apply.ts';
import { MemoryBook } from './book.ts';
import { endForGood, expire, isFinal, isOver } from './ending.ts';
import type { Act } from './operation.ts';
import { above, endedBy, isThere } from './standing.ts';

const T = 1_800_000_000_000;
const DAY = 86_400_000;
const KEYS = 24;

function keyNumbered(n: number): Key {
  return keyOf(new Uint8Array(32).fill(n));
}

const NODE_KEY = keyNumbered(255);
const signerOf = (n: number): Key => (n === 0 ? NODE_KEY : keyNumbered(n));
const someKey = fc.integer({ min: 1, max: KEYS }).map(keyNumbered);
const count = fc.integer({ min: 0, max: 12 });

const someAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: addOf() },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('give' as const), to: someKey, count }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take' as const), from: someKey, count }) },
  { weight: 4, arbitrary: replaceOf() },
  { weight: 4, arbitrary: removeOf() },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('restore' as const), target: someKey }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('name' as const), target: someKey, name: fc.string() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('succeed' as const), from: someKey, to: someKey }),
  },
  { weight: 2, arbitrary: issueOf() },
);

function addOf() {
  const expiresMs = fc.constantFrom(0, 0, T + DAY, T + 9 * DAY, T - 1);
  const kind = fc.constant('add' as const);
  const bytes = fc.constantFrom(0, 5, 5_000);
  return fc.record({ kind, key: someKey, name: fc.string(), quota: count, bytes, expiresMs });
}

function issueOf() {
  const kind = fc.constant('issue' as const);
  const isAdmin = fc.boolean();
  return fc.record({
    kind,
    key: someKey,
    name: fc.string(),
    quota: count,
    bytes: count,
    below: someKey,
    isAdmin,
  });
}

function replaceOf() {
  return fc.record({
    kind: fc.constant('replace' as const),
    to: someKey,
    consent: fc.constant(new Uint8Array(64)),
  });
}

function removeOf() {
  return fc.record({
    kind: fc.constant('remove' as const),
    target: someKey,
    extent: fc.constantFrom('one' as const, 'all' as const),
    content: fc.constantFrom('keep' as const, 'hide' as const),
    reason: fc.string(),
  });
}

/** Somebody does something, or time passes. */
const someStep = fc.oneof(
  { weight: 12, arbitrary: fc.record({ by: fc.integer({ min: 0, max: KEYS }), act: someAct }) },
  { weight: 1, arbitrary: fc.record({ days: fc.constantFrom(1, 3, 8) }) },
);

interface World {
  readonly book: MemoryBook;
  nowMs: number;
}

function world(): World {
  const book = new MemoryBook(NODE_KEY);
  const made: World = { book, nowMs: T };
  const first = { kind: 'issue', name: 'first', quota: 40, bytes: 1_000, below: NODE_KEY } as const;
  does(made, NODE_KEY, { ...first, key: keyNumbered(1), isAdmin: true });
  return made;
}

/** Whether it was done; a refusal has changed nothing. */
function does(of: World, signer: Key, act: Act): boolean {
  const before = structuredClone(of.book.all());
  try {
    const operation = { id: '', signer, node: NODE_KEY, atMs: of.nowMs, act };
    applyOperation(of.book, operation, of.nowMs);
    return true;
  } catch (thrown) {
    ok(thrown instanceof Fault, String(thrown));
    deepEqual(of.book.all(), before, 'a refused operation has no effect');
    return false;
  }
}

function passes(of: World, days: number): void {
  of.nowMs += days * DAY;
  for (const account of of.book.all()) if (isOver(account, of.nowMs)) expire(of.book, account);
  for (const { place } of of.book.all().slice()) {
    const removed = must(of.book.account(place), 'an account');
    if (isFinal(removed, of.nowMs)) settle(of.book, removed);
  }
}

function settle(book: MemoryBook, removed: Account): void {
  const waiting = [removed.place];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    endForGood(book, must(book.account(place), 'an account'), removed);
    if (removed.removal?.extent === 'all') waiting.push(...book.below(place));
  }
}

function checkConserved({ book }: World): void {
  const sum = book.all().reduce((total, account) => total + worth(account), 0);
  equal(sum, book.issued(), 'issued = there + still to be made');
  for (const { quota } of book.all()) ok(quota >= 0);
}

/** Places that are there, with whom each hangs below. */
function standing(book: MemoryBook): ReadonlyMap<number, number | undefined> {
  const there = book.all().filter((account) => account.place !== NODE && isThere(book, account));
  return new Map(there.map((account) => [account.place, above(book, account)[0]?.place]));
}

const steps = fc.array(someStep, { minLength: 1, maxLength: 60 });
const RUNS = { numRuns: 400 };

function play(of: World, step: { by: number; act: Act } | { days: number }, check: (did: boolean) => void) {
  if ('days' in step) passes(of, step.days);
  else check(does(of, signerOf(step.by), step.act));
}

test('[Z10] issued accounts are there or may still be made, whatever is tried in whatever order', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const of = world();
      for (const step of all) {
        play(of, step, () => {});
        checkConserved(of);
      }
    }),
    RUNS,
  );
});

test('[Z13] the tree has no circles, a depth, and one account for each key', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const of = world();
      for (const step of all) play(of, step, () => {});
      for (const account of of.book.all()) {
        if (account.place === NODE) continue;
        const way = above(of.book, account).map(({ place }) => place);
        equal(new Set(way).size, way.length);
        equal(way.at(-1), NODE);
        ok(!way.includes(account.place) && way.length <= accountDepthMax + 1);
        equal(of.book.holder(account.key)?.place, account.place);
      }
    }),
    RUNS,
  );
});

test('[Z13] only who is above somebody, or acts for the node, removes her', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const of = world();
      for (const step of all) {
        const before = { book: structuredClone(of.book.all()), there: standing(of.book) };
        play(of, step, (did) => {
          if (!did || 'days' in step || step.act.kind !== 'remove') return;
          const actor = must(of.book.holder(signerOf(step.by)), 'who did it');
          const target = must(of.book.holder(step.act.target), 'whom');
          ok(actor.place === NODE || before.there.has(actor.place), 'who removes is there');
          ok(actor.place !== target.place);
          const isAbove = wayBefore(before.there, target).includes(actor.place);
          if (target.isAdmin || !actor.isAdmin) ok(isAbove || !before.there.has(target.place));
        });
      }
    }),
    RUNS,
  );
});

function wayBefore(there: ReadonlyMap<number, number | undefined>, { place }: Account): readonly number[] {
  const way: number[] = [];
  for (let at = there.get(place); at !== undefined; at = there.get(at)) way.push(at);
  return way;
}

test('[Z14] removing a branch ends all below and nobody else; one account, that one, and those below hang on who did it', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const of = world();
      for (const step of all) {
        const before = standing(of.book);
        const was = structuredClone(of.book.all());
        play(of, step, (did) => {
          if (!did || 'days' in step || step.act.kind !== 'remove') return;
          const target = must(of.book.holder(step.act.target), 'whom');
          checkRemoval({ before, after: standing(of.book), target, by: signerOf(step.by), book: of.book });
          // And back: as if nothing had been.
          const didBack = does(of, signerOf(step.by), { kind: 'restore', target: target.key });
          if (didBack) deepEqual(of.book.all(), was);
          else ok(must(was[target.place], 'it').state !== 'there' || !before.has(target.place));
          if (didBack) ok(does(of, signerOf(step.by), step.act), 'and again');
        });
      }
    }),
    RUNS,
  );
});

function checkRemoval(parts: {
  before: ReadonlyMap<number, number | undefined>;
  after: ReadonlyMap<number, number | undefined>;
  target: Account;
  by: Key;
  book: MemoryBook;
}): void {
  const { before, after, target, book } = parts;
  const actor = must(book.holder(parts.by), 'who did it');
  const isAll = target.removal?.extent === 'all';
  for (const [place, parent] of before) {
    const way = wayBefore(before, must(book.account(place), 'an account'));
    const isHit = place === target.place || (isAll && way.includes(target.place));
    equal(after.has(place), !isHit, `${place} after the removal of ${target.place}`);
    if (isHit) continue;
    if (parent !== target.place) equal(after.get(place), parent, 'others hang where they hung');
    else if (wayBefore(before, target).includes(actor.place)) equal(after.get(place), actor.place);
    else equal(after.get(place), before.get(target.place), 'below what it hung below');
  }
}

test('[Z12] a temporary account can be replaced and nothing else, once, and returns when nobody did', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const of = world();
      for (const step of all) {
        const before = structuredClone(of.book.all());
        play(of, step, (did) => {
          if (!did || 'days' in step) return;
          const actor = before.find((account) => account.key.every((byte) => byte === step.by));
          if (actor === undefined) return;
          if (actor.state === 'temporary') equal(step.act.kind, 'replace');
          if (step.act.kind !== 'replace') return;
          const now = must(of.book.account(actor.place), 'it');
          const { name, quota, parent, bytes, isAdmin } = actor;
          deepEqual({ name, quota, parent, bytes, isAdmin }, pick(now));
          equal(now.state, 'there');
          // The old key has ended: neither it nor the same link again does anything.
          ok(!does(of, actor.key, step.act));
          ok(!does(of, actor.key, { kind: 'replace', to: keyNumbered(200), consent: new Uint8Array(64) }));
          ok(!does(of, keyNumbered(1), { ...ADDED, key: actor.key }), 'and it is not added again');
        });
      }
    }),
    RUNS,
  );
});

const ADDED = { kind: 'add', name: '', quota: 0, bytes: 0, expiresMs: 0 } as const;

function pick({ name, quota, parent, bytes, isAdmin }: Account) {
  return { name, quota, parent, bytes, isAdmin };
}

test('[Z12] whatever the key of a link signs but `replace` is refused', () => {
  const of = world();
  const [link, target] = [keyNumbered(2), keyNumbered(3)];
  ok(does(of, keyNumbered(1), { ...ADDED, key: link, quota: 5, expiresMs: T + DAY }));
  ok(does(of, keyNumbered(1), { ...ADDED, key: target }));
  const acts: readonly Act[] = [
    { ...ADDED, key: keyNumbered(4) },
    { kind: 'give', to: target, count: 1 },
    { kind: 'take', from: target, count: 0 },
  ];
  for (const act of acts) ok(!does(of, link, act), act.kind);
  ok(does(of, link, { kind: 'replace', to: keyNumbered(5), consent: new Uint8Array(64) }));
  ok(does(of, keyNumbered(5), { ...ADDED, key: keyNumbered(4) }), 'who came may let in');
});

test('[Z15] once all removals are final, all that was issued is with those who are there or the node', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const of = world();
      for (const step of all) play(of, step, () => {});
      // Restoring is over, links too.
      passes(of, accountRestoreMs / DAY + 40);
      passes(of, accountRestoreMs / DAY + 40);
      checkConserved(of);
      for (const account of of.book.all()) {
        if (account.place === NODE || isThere(of.book, account)) continue;
        equal(account.state, 'gone', `${account.place} is ended by ${endedBy(of.book, account)?.place}`);
        equal(account.quota, 0);
      }
    }),
    RUNS,
  );
});

test('[Z10] what is given in a circle is as much as before', () => {
  const of = world();
  for (const n of [2, 3, 4]) does(of, keyNumbered(1), { ...ADDED, key: keyNumbered(n), quota: 5 });
  const give = (from: number, to: number, many: number) =>
    does(of, keyNumbered(from), { kind: 'give', to: keyNumbered(to), count: many });
  const take = (by: number, from: number, many: number) =>
    does(of, keyNumbered(by), { kind: 'take', from: keyNumbered(from), count: many });
  ok(give(2, 3, 5) && give(3, 4, 10) && give(4, 2, 15));
  checkConserved(of);
  ok(!give(3, 4, 1) && !give(2, 3, 16), 'nobody gives what she has not');
  ok(take(4, 2, 15) && !take(4, 2, 1), 'taken back once');
  ok(give(4, 3, 10), 'given back');
  ok(!take(3, 4, 1), 'what was given back is not taken back');
  checkConserved(of);
});
