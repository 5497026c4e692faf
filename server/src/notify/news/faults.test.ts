import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import {
  deviceId,
  folderPattern,
  logId,
  siteId,
  userId,
  type DeviceId,
  type SiteId,
} from 'copse/internal/base/ids.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { marksPerUserMax } from 'copse/internal/base/limits-notify.ts';

import { World } from '../../../../lab/sim/world.ts';
import { NewsLoop } from './loop.ts';
import { News } from './news.ts';
import type { Notice } from './notices.ts';
import type { Row } from './saving.ts';
import type { NewsOptions } from './state.ts';
import { Store } from './testing/store.ts';
import { Ticking } from './testing/ticking.ts';

const [site, other] = [siteId('s1'), siteId('s2')];
const user = userId('u');
const device = deviceId('d');
const logOf = (n: number): ReturnType<typeof logId> => logId(String(n).padStart(32, '0'));

function optionsOf(env: Env, parts: Partial<NewsOptions> = {}): NewsOptions {
  return {
    env,
    quietUntil: () => null,
    hasQuietHours: () => true,
    onClear: () => {},
    onDue: () => {},
    ...parts,
  };
}

function taken(news: News): readonly Notice[] {
  while (!news.tick());
  const notices: Notice[] = [];
  for (let notice = news.take(); notice !== null; notice = news.take()) notices.push(notice);
  return notices;
}

const published = (n: number, length: number, at: SiteId = site): Parameters<News['publish']>[0] => ({
  site: at,
  log: logOf(n),
  length,
  mentions: [],
});

test('[I2] what is known of logs is the same whatever was lost, repeated or reordered before the newest', () => {
  const told = fc.array(fc.tuple(fc.nat(4), fc.integer({ min: 1, max: 9 })), { maxLength: 30 });
  fc.assert(
    fc.property(told, fc.array(fc.nat(29), { maxLength: 60 }), (all, order) => {
      const lengths = [
        all,
        [...order.flatMap((n) => (all[n] === undefined ? [] : [all[n]])), ...newest(all)],
      ].map((messages) => {
        const news = new News(optionsOf(new World(1).env('x')));
        news.join(user, device, site, ['*']);
        for (const [log, length] of messages) news.publish(published(log, length));
        const rows = news
          .dirtyRows(1_000)
          .flatMap((row) => (row.kind === 'log' ? [`${row.log} ${row.length}`] : []));
        return { rows: rows.toSorted(), badge: news.badge(user) };
      });
      assert.deepEqual(lengths[1], lengths[0]);
    }),
  );
});

/** The last word on each log, which the tail repeats until it has arrived. */
function newest(all: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  return [0, 1, 2, 3, 4].flatMap((log) => {
    const length = Math.max(0, ...all.flatMap(([one, n]) => (one === log ? [n] : [])));
    return length === 0 ? [] : [[log, length] as const];
  });
}

test('[I12] whatever part of the rows was written when it ends, nothing goes untold', () => {
  const step = fc.record({
    publish: fc.nat(5),
    site: fc.constantFrom(site, other),
    read: fc.option(fc.nat(5)),
    take: fc.boolean(),
    answer: fc.boolean(),
    rows: fc.nat(6),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const world = new World(1);
      const store = new Store();
      const news = new News(optionsOf(world.env('x')));
      /** The newest length of each log, what she was told, and what she has read, as the devices know it. */
      const durable = new Map<string, { at: SiteId; n: number; length: number; seen: boolean }>();
      for (const at of [site, other]) news.join(user, device, at, ['*']);
      const flush = (countMax: number): void => store.write(news.dirtyRows(countMax));
      flush(100);
      for (const [count, drawn] of steps.entries()) {
        news.publish(published(drawn.publish, count + 1, drawn.site));
        durable.set(drawn.site + drawn.publish, {
          at: drawn.site,
          n: drawn.publish,
          length: count + 1,
          seen: false,
        });
        if (drawn.read !== null) {
          news.read(user, { site: drawn.site, log: logOf(drawn.read), at: 1_000 });
          const log = durable.get(drawn.site + drawn.read);
          if (log !== undefined) log.seen = true;
        }
        world.nowMs += 60_000;
        for (const notice of drawn.take ? taken(news) : []) {
          // One that was shown tells of its sites whole, even if the process ends before it hears so.
          for (const log of durable.values())
            if (notice.sites.some((told) => told.site === log.at)) log.seen = true;
          if (drawn.answer) news.sent(notice);
        }
        flush(drawn.rows);
      }
      const again = new News(optionsOf(world.env('y')));
      again.load(store.rows());
      // The tail says once more what it has.
      for (const { at, n, length } of durable.values()) again.publish(published(n, length, at));
      world.nowMs += 60_000;
      const sites = new Set(taken(again).flatMap((notice) => notice.sites.map((told) => told.site)));
      const outstanding = new Set(store.rows().flatMap((row) => (isOutstanding(row) ? [row.site] : [])));
      for (const log of durable.values())
        assert.ok(log.seen || sites.has(log.at) || outstanding.has(log.at), 'everything unread is told');
    }),
    { numRuns: Number(process.env['NEWS_RUNS'] ?? 150) },
  );
});

function isOutstanding(row: Row): row is Row & { readonly kind: 'listener' } {
  return row.kind === 'listener' && row.isOutstanding;
}

test('[I13] a site with many listeners does not hold up the others, and no slice is longer than it may', () => {
  const news = new News(optionsOf(new Ticking(new World(1).env('x'), 0.1)));
  for (let n = 0; n < 20_000; n++) news.join(userId(`u${n}`), deviceId(`d${n}`), site, ['*']);
  news.join(user, device, other, ['*']);
  news.publish(published(1, 1));
  news.publish(published(1, 1, other));
  assert.equal(news.tick(), false);
  const first: DeviceId[] = [];
  for (let notice = news.take(); notice !== null; notice = news.take()) first.push(notice.device);
  assert.ok(first.includes(device) && first.length < 20_000);
  let slices = 1;
  // What comes meanwhile begins with the next sweep.
  news.publish(published(2, 1));
  const all = new Set(first);
  for (let isDone = false; !isDone; slices++) {
    isDone = news.tick();
    for (let notice = news.take(); notice !== null; notice = news.take()) all.add(notice.device);
  }
  assert.ok(slices > 4, `${slices} slices`);
  assert.equal(all.size, 20_001);
});

test('[I13] who leaves in the middle of a sweep takes nobody along, and whose row is used again is somebody else', () => {
  // Passes pause at these: somebody leaves exactly there.
  const who = fc.oneof(fc.nat(899), fc.constantFrom(643, 387, 131));
  const drawn = fc.array(fc.tuple(who, fc.constantFrom('leave', 'join', 'read', 'level')), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(drawn, fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 12 }), (changes, slices) => {
      const news = new News(optionsOf(new Ticking(new World(1).env('x'), 0.7)));
      const inside = new Set<number>();
      const join = (n: number): void => {
        inside.add(n);
        news.join(userId(`u${n % 450}`), deviceId(`d${n}`), site, ['*']);
      };
      for (let n = 0; n < 900; n++) join(n);
      news.publish(published(1, 1));
      const first = new Set(inside);
      const told = new Set<string>();
      let at = 0;
      for (const steps of slices) {
        for (let n = 0; n < steps; n++) news.tick();
        for (const [n, what] of changes.slice(at, (at += 5))) {
          if (what !== 'level') for (const one of [n, (n + 450) % 900]) first.delete(one);
          if (what === 'leave' && inside.delete(n)) news.leave(deviceId(`d${n}`), site);
          if (what === 'join') join(n);
          if (what === 'read') news.read(userId(`u${n % 450}`), { site, log: logOf(1), at: 9 });
          if (what === 'level')
            news.level(deviceId(`d${n}`), site, { base: 'all', override: null, untilMs: 0 });
        }
      }
      assert.equal(news.listenerCount, inside.size);
      const all = taken(news);
      const heard = new Set<string>(all.map((notice) => notice.device));
      for (const n of first) assert.ok(heard.has(`d${n}`), 'who stayed and did not read is told');
      for (const notice of all) news.sent(notice);
      // Whatever happened: after everybody has read, each of them hears of the next news, once.
      for (let n = 0; n < 450; n++) news.read(userId(`u${n}`), { site, log: logOf(1), at: 9 });
      news.publish(published(2, 1));
      for (const notice of taken(news)) {
        assert.ok(!told.has(notice.device), 'once');
        told.add(notice.device);
      }
      assert.deepEqual([...told].toSorted(), [...inside].map((n) => `d${n}`).toSorted());
    }),
    { numRuns: Number(process.env['NEWS_RUNS'] ?? 12) },
  );
});

test('[I10] beyond the marks that a user may have, what is older than all of them counts as read', () => {
  const cleared: SiteId[] = [];
  const options = optionsOf(new World(1).env('x'), { onClear: (clear) => void cleared.push(clear.site) });
  const news = new News(options);
  for (const at of [site, other]) news.join(user, device, at, ['*']);
  for (let n = 0; n < 3; n++) news.publish(published(n, 1));
  for (let n = 0; n <= marksPerUserMax; n++) news.publish(published(n, 1, other));
  for (const notice of taken(news)) news.sent(notice);
  news.read(user, { site, log: logOf(1), at: 1 });
  for (let n = marksPerUserMax; n > 1; n--) news.read(user, { site: other, log: logOf(n), at: 1 });
  assert.equal(news.badge(user), 2 + 2);
  news.read(user, { site: other, log: logOf(1), at: 1 });
  // In the site of the first mark: the log 0 there is older than the one that she has read.
  assert.equal(news.badge(user), 1 + 1);
  news.read(user, { site, log: logOf(2), at: 1 });
  assert.deepEqual([news.badge(user), cleared], [1, [site]]);
  news.read(user, { site: other, log: logOf(0), at: 1 });
  assert.deepEqual([news.badge(user), cleared], [0, [site, other]]);
});

test('[I10] the number on the icon ends at 99', () => {
  const news = new News(optionsOf(new World(1).env('x')));
  news.join(user, device, site, ['*']);
  news.join(user, device, other, ['*']);
  for (let n = 0; n < 60; n++) for (const at of [site, other]) news.publish(published(n, 1, at));
  assert.equal(news.badge(user), 99);
  assert.equal(taken(news)[0]?.places.length, 8);
});

test('[I9] windows grow while nobody reads, up to ten minutes, and what came in one is told together', () => {
  const world = new World(1);
  const news = new News(optionsOf(world.env('x')));
  const sites = Array.from({ length: 40 }, (_, n) => siteId(`s${n}`));
  for (const at of sites) news.join(user, device, at, ['*']);
  const leave = (): readonly number[] => {
    const times: number[] = [];
    const beganMs = world.nowMs;
    for (let n = 0; times.length < 6; n++) {
      // Something new in each tenth of a second, in sites that she was not told of.
      if (n < 20) news.publish(published(world.nowMs, 1, sites[n]));
      else if (times.length > 1) news.publish(published(world.nowMs, 1, sites[19 + times.length]));
      for (const notice of taken(news)) {
        times.push(world.nowMs - beganMs);
        news.sent(notice);
      }
      world.nowMs += 100;
    }
    return times;
  };
  const expected = [0, 5, 35, 155, 755, 1355].map((seconds) => seconds * 1_000);
  assert.deepEqual(leave(), expected);
  for (const at of sites) news.read(user, { site: at, log: logOf(0), at: 1 });
  assert.deepEqual(leave().slice(0, 2), [0, 5_000]);
});

test('[I9] a notice names the newest logs of all folders that she may read', () => {
  const news = new News(optionsOf(new World(1).env('x')));
  const folders = ['a', 'b'].map((one) => one.repeat(16));
  const logs = Array.from({ length: 24 }, (_, n) => logId(folders[n % 2]! + String(n).padStart(16, '0')));
  news.join(user, device, site, [folderPattern(`${folders[0]}*`), folderPattern(`${folders[1]}*`)]);
  for (const log of logs) news.publish({ site, log, length: 1, mentions: [] });
  assert.deepEqual(
    taken(news)[0]?.places.map((place) => place.log),
    logs.toReversed().slice(0, 8),
  );
});

test('[I12] a mention that was not found yet when the process ended is found when the tail says it again', () => {
  const tag = new Uint8Array(8).fill(7);
  const [store, world] = [new Store(), new World(1)];
  const news = new News(optionsOf(world.env('x')));
  news.join(user, device, site, ['*']);
  news.tags(device, site, [tag]);
  news.level(device, site, { base: 'mentions', override: null, untilMs: 0 });
  const mention = { ...published(1, 1), mentions: [tag] };
  news.publish(mention);
  store.write(news.dirtyRows(100));
  for (const repeat of [true, false]) {
    const again = new News(optionsOf(world.env('y')));
    again.load(store.rows());
    if (repeat) again.publish(mention);
    world.nowMs += 60_000;
    assert.deepEqual(taken(again)[0]?.places, [{ site, log: logOf(1), upTo: 1, isMention: true }]);
    store.write(again.dirtyRows(100));
  }
});

test('[I12] a store keeps no mark of what was read to the end', () => {
  const store = new Store();
  const news = new News(optionsOf(new World(1).env('x')));
  news.join(user, device, site, ['*']);
  for (const n of [1, 2]) news.publish(published(n, 1));
  const marks = (): number => {
    store.write(news.dirtyRows(100));
    return store.rows().filter((row) => row.kind === 'mark').length;
  };
  news.read(user, { site, log: logOf(1), at: 1 });
  assert.equal(marks(), 1);
  news.read(user, { site, log: logOf(2), at: 1 });
  assert.equal(marks(), 0);
});

test('[I2, I13] the ordinals of a site go on beyond 32 bits', () => {
  const world = new World(1);
  const news = new News(optionsOf(world.env('x')));
  const ordinal = 2 ** 32 - 3;
  const reading = { readAll: ordinal, told: ordinal, isOutstanding: false, isShown: false, mentions: [] };
  const heard = { audience: ['*'] as const, base: 2, override: 0, untilMs: 0, tags: [] };
  news.load([
    { kind: 'site', site, ordinal },
    { kind: 'listener', user, device, site, ...heard, ...reading },
  ]);
  for (let n = 0; n < 6; n++) news.publish(published(n, 1));
  assert.equal(news.badge(user), 6);
  world.nowMs += 6_000;
  const [notice] = taken(news);
  assert.equal(notice?.sites[0]?.ordinal, 2 ** 32 + 3);
  assert.ok(notice !== undefined);
  news.sent(notice);
  news.publish(published(6, 1));
  news.read(user, { site, log: logOf(0), at: 1 });
  assert.equal(news.badge(user), 6);
  assert.deepEqual(taken(news)[0]?.places, [{ site, log: logOf(6), upTo: 1, isMention: false }]);
  for (let n = 1; n < 7; n++) news.read(user, { site, log: logOf(n), at: 1 });
  assert.equal(news.badge(user), 0);
  news.publish(published(1, 2));
  assert.equal(news.badge(user), 1);
});

test('[I6] nobody is told of a log that her rights do not cover any more', () => {
  const news = new News(optionsOf(new World(1).env('x')));
  news.join(user, device, site, ['*']);
  news.publish(published(1, 1));
  while (!news.tick());
  news.join(user, device, site, [logOf(2)]);
  assert.equal(news.take(), null);
  assert.equal(news.badge(user), 0);
  news.publish(published(2, 1));
  assert.deepEqual(taken(news)[0]?.places, [{ site, log: logOf(2), upTo: 1, isMention: false }]);
});

test('[I8] the end of quiet hours is found although the clock was set, and told once', () => {
  const world = new World(1);
  const env = world.env('x');
  const endMs = env.wallMs() + 8 * 3_600_000;
  const news = new News(optionsOf(env, { quietUntil: (_, wallMs) => (wallMs < endMs ? endMs : null) }));
  news.join(user, device, site, ['*']);
  for (const n of [1, 2, 3]) news.publish(published(n, 1));
  assert.equal(taken(news).length, 0);
  world.nowMs += 3_600_000;
  assert.equal(taken(news).length, 0);
  env.skewMs += 7 * 3_600_000;
  assert.equal(taken(news).length, 1);
  env.skewMs -= 7 * 3_600_000;
  news.publish(published(4, 1));
  assert.equal(taken(news).length, 0);
});

test('[I13] the loop sweeps while there is something to do, and rests in between', () => {
  const world = new World(1);
  const env = world.env('x');
  const due: number[] = [];
  const news = new News(optionsOf(env, { onDue: () => void due.push(world.nowMs) }));
  using loop = new NewsLoop(env, news);
  loop.wake();
  assert.equal(world.step(), false);
  news.join(user, device, site, ['*']);
  news.publish(published(1, 1));
  loop.wake();
  loop.wake();
  assert.equal(world.step(), true);
  assert.deepEqual(due, [50]);
  const first = news.take();
  news.publish(published(2, 1));
  news.sent(first!);
  while (world.nowMs < 10_000 && world.step());
  assert.ok(world.nowMs < 6_000, 'it ends with the window');
  assert.equal(news.hasWork, false);
});

test('[I2, I12] where nobody listens any more nothing is known, and what comes next begins anew', () => {
  const [store, world] = [new Store(), new World(1)];
  const news = new News(optionsOf(world.env('x')));
  const save = (): void => {
    for (let rows = news.dirtyRows(3); rows.length > 0; rows = news.dirtyRows(3)) store.write(rows);
  };
  news.publish(published(1, 9));
  news.join(user, device, site, ['*']);
  for (const log of [1, 2, 3]) news.publish(published(log, 9));
  save();
  assert.equal(store.rows().filter(({ kind }) => kind === 'log').length, 3);
  news.leave(device, site);
  news.join(user, device, site, ['*']);
  news.publish(published(4, 1));
  save();
  assert.deepEqual(
    store.rows().flatMap((row) => (row.kind === 'log' ? [row.log] : [])),
    [logOf(4)],
  );
  const again = new News(optionsOf(world.env('y')));
  again.load(store.rows());
  assert.equal(again.badge(user), 1);
  again.leave(device, site);
  assert.equal(again.listenerCount, 0);
});

test('[I9, I12] a long window is kept over a restart, however the clock is set, and closes when she reads', () => {
  const [store, world] = [new Store(), new World(1)];
  let env = world.env('x');
  let news = new News(optionsOf(env));
  const save = (): void => store.write(news.dirtyRows(1_000));
  const restarted = (skewMs: number): void => {
    save();
    env = world.env('y');
    env.skewMs = skewMs;
    news = new News(optionsOf(env));
    news.load(store.rows());
    world.nowMs += 6_000;
  };
  /** Each round something new comes, is told, and read on paper only: the windows grow. */
  const tell = (log: number): number => {
    news.publish(published(log, 1));
    const notices = taken(news);
    for (const notice of notices) news.sent(notice);
    return notices.length;
  };
  for (const at of [1, 2, 3]) news.join(user, device, siteId(`s${at}`), ['*']);
  const other = (n: number) => news.publish({ ...published(n, 1), site: siteId(`s${n}`) });
  assert.equal(tell(1), 1);
  other(2);
  world.nowMs += 5_050;
  for (const notice of taken(news)) news.sent(notice);
  other(3);
  restarted(0);
  assert.equal(taken(news).length, 0, 'the window of 30 s goes on');
  world.nowMs += 24_100;
  for (const notice of taken(news)) news.sent(notice);
  assert.equal(store.rows().filter(({ kind }) => kind === 'window').length, 1);
  for (const skewMs of [-86_400_000, 86_400_000]) restarted(skewMs);
  news.read(user, { site, log: logOf(1), at: 1 });
  save();
  assert.equal(store.rows().filter(({ kind }) => kind === 'window').length, 0);
});
