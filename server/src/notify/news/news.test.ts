import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { fromHex } from 'copse/internal/base/bytes.ts';
import {
  deviceId,
  folderPattern,
  logId,
  siteId,
  type DeviceId,
  type LogId,
  type SiteId,
  type UserId,
  userId,
} from 'copse/internal/base/ids.ts';
import type { Resource } from 'copse/internal/capability/policy.ts';

import { type SimEnv, World } from '../../../../lab/sim/world.ts';
import { News } from './news.ts';
import type { Notice } from './notices.ts';
import { Store } from './testing/store.ts';
import type { Clear, NewsOptions } from './state.ts';
import { Naive } from './testing/naive.ts';

const USERS: readonly UserId[] = ['a1', 'b2', 'c3'].map(userId);
/** The first letter is the user's. */
const DEVICES: readonly DeviceId[] = ['a-1', 'a-2', 'a-3', 'b-1', 'b-2', 'c-1'].map(deviceId);
const SITES: readonly SiteId[] = ['s1', 's2', 's3'].map(siteId);
const FOLDERS = ['f'.repeat(16), 'e'.repeat(16)];
const LOGS: readonly LogId[] = FOLDERS.flatMap((folder) =>
  [1, 2, 3].map((n) => logId(`${folder}${n}`.padEnd(32, '0'))),
);
const TAGS = ['11'.repeat(8), '22'.repeat(8), '33'.repeat(8)];
const AUDIENCES: readonly (readonly Resource[])[] = [
  ['*'],
  [folderPattern(`${FOLDERS[0]}*`)],
  [folderPattern(`${FOLDERS[1]}*`), LOGS[0]!, LOGS[4]!],
  [LOGS[1]!, LOGS[5]!],
  [],
];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TIMES = [0, 50, 1_000, 5_000, 25_000, 30_000, 2 * MINUTE, 10 * MINUTE, HOUR];

/** A clock that is set by less than this may make the end of quiet hours late by as much. */
const JUMPS = TIMES.filter((ms) => ms > 1_000);

const ownerOf = (device: DeviceId): UserId => USERS.find((user) => user[0] === device[0])!;

/** Some have quiet hours: one in three, and not all at the same time; not all of them keep mentions out. */
function quietUntil(user: UserId, wallMs: number, kind: 'news' | 'mention'): number | null {
  if (user === USERS[2] || (kind === 'mention' && user === USERS[1])) return null;
  const begins = user === USERS[0] ? 0 : HOUR;
  const into = (wallMs - begins) % (3 * HOUR);
  return into < HOUR ? wallMs - into + HOUR : null;
}

const index = (list: readonly unknown[]): fc.Arbitrary<number> => fc.nat(list.length - 1);
const place = { device: index(DEVICES), site: index(SITES) };
const levelName = fc.constantFrom('all' as const, 'mentions' as const, 'none' as const);
const tags = fc.uniqueArray(index(TAGS), { maxLength: 2 });

const ops = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('join' as const), ...place, audience: index(AUDIENCES) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('leave' as const), ...place }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('forget' as const), device: index(DEVICES) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('level' as const),
      ...place,
      base: levelName,
      override: fc.option(levelName),
      forMs: fc.constantFrom(...TIMES),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('tags' as const), ...place, tags }) },
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant('publish' as const),
      site: index(SITES),
      log: index(LOGS),
      length: fc.integer({ min: 1, max: 30 }),
      tags: fc.oneof({ weight: 3, arbitrary: fc.constant<number[]>([]) }, { weight: 1, arbitrary: tags }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('read' as const),
      user: index(USERS),
      site: index(SITES),
      log: index(LOGS),
      at: fc.integer({ min: 1, max: 32 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('mute' as const), user: index(USERS) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('unmute' as const), user: index(USERS) }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('sent' as const), nth: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('failed' as const), nth: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('putBack' as const), device: index(DEVICES) }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant('wait' as const), ms: fc.constantFrom(...TIMES) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('jump' as const), ms: fc.constantFrom(...JUMPS) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('restart' as const) }) },
);
type Op = typeof ops extends fc.Arbitrary<infer T> ? T : never;

/** Most listen in two of the sites, and the tags of two users and of everybody are known there. */
const SETUP: readonly Op[] = DEVICES.flatMap((_, device): readonly Op[] => {
  const tag = device < 3 ? 0 : 1;
  return [0, 1].flatMap((site): readonly Op[] => [
    { op: 'join', device, site, audience: device === 4 ? 2 : 0 },
    { op: 'tags', device, site, tags: [tag, 2] },
  ]);
});

/** Both states, told the same; whatever they say is compared after each step. */
class Pair {
  readonly world = new World(1);
  readonly env: SimEnv = this.world.env('x');
  readonly #clears: [Clear[], Clear[]] = [[], []];
  readonly #store = new Store();
  news = new News(this.#options(0));
  readonly naive = new Naive(this.#options(1));
  readonly #here = new Map<number, number>();
  #flights: Notice[] = [];

  #options(side: 0 | 1): NewsOptions {
    return {
      env: this.env,
      quietUntil,
      hasQuietHours: (user) => user !== USERS[2],
      onClear: (clear) => void this.#clears[side].push(clear),
      onDue: () => {},
    };
  }

  step(op: Op): void {
    switch (op.op) {
      case 'join':
      case 'leave':
      case 'forget':
      case 'level':
      case 'tags':
        this.#change(op);
        break;
      case 'publish':
        this.#publish(op);
        break;
      case 'read':
        for (const state of [this.news, this.naive])
          state.read(USERS[op.user]!, { site: SITES[op.site]!, log: LOGS[op.log]!, at: op.at });
        break;
      case 'mute':
        this.#here.set(op.user, (this.#here.get(op.user) ?? 0) + 1);
        for (const state of [this.news, this.naive]) state.mute(USERS[op.user]!);
        break;
      case 'unmute':
        if ((this.#here.get(op.user) ?? 0) === 0) break;
        this.#here.set(op.user, this.#here.get(op.user)! - 1);
        for (const state of [this.news, this.naive]) state.unmute(USERS[op.user]!);
        break;
      case 'putBack':
        for (const state of [this.news, this.naive]) state.putBack(DEVICES[op.device]!);
        break;
      case 'sent':
      case 'failed':
        this.#answer(op.nth, op.op);
        break;
      case 'wait':
        this.world.nowMs += op.ms;
        break;
      case 'jump':
        this.env.skewMs += op.ms;
        break;
      case 'restart':
        this.#sweep();
        this.#restart();
    }
    // Without a sweep after a change, several changes meet it together.
    if (op.op === 'wait' || op.op === 'jump') this.#sweep();
    this.#compare();
  }

  #change(op: Extract<Op, { readonly device: number }>): void {
    const device = DEVICES[op.device]!;
    for (const state of [this.news, this.naive]) {
      if (op.op === 'forget') state.forget(device);
      if (op.op === 'join') state.join(ownerOf(device), device, SITES[op.site]!, AUDIENCES[op.audience]!);
      if (op.op === 'leave') state.leave(device, SITES[op.site]!);
      if (op.op !== 'level') continue;
      const untilMs = this.env.wallMs() + op.forMs;
      state.level(device, SITES[op.site]!, { base: op.base, override: op.override, untilMs });
    }
    if (op.op !== 'tags') return;
    const names = op.tags.map((tag) => TAGS[tag]!);
    this.news.tags(device, SITES[op.site]!, names.map(bytes));
    this.naive.tags(device, SITES[op.site]!, names);
  }

  #publish(op: Extract<Op, { readonly op: 'publish' }>): void {
    const names = op.tags.map((tag) => TAGS[tag]!);
    const [site, log] = [SITES[op.site]!, LOGS[op.log]!];
    this.news.publish({ site, log, length: op.length, mentions: names.map(bytes) });
    this.naive.publish(site, log, op.length, names);
  }

  /** An answer may come twice, and after a restart. */
  #answer(nth: number, how: 'sent' | 'failed'): void {
    const notice = this.#flights[nth];
    if (notice === undefined) return;
    if (nth % 4 > 0) this.#flights.splice(nth, 1);
    this.news[how](notice);
    this.naive[how](notice);
  }

  #restart(): void {
    for (let rows = this.news.dirtyRows(1_000_000); rows.length > 0; rows = this.news.dirtyRows(1_000_000))
      this.#store.write(rows);
    assert.equal(this.news.dirtyRows(1).length, 0);
    this.news = new News(this.#options(0));
    this.news.load(this.#store.rows());
    this.naive.restart();
    this.#here.clear();
    this.#flights = [];
  }

  #sweep(): void {
    while (!this.news.tick());
    this.naive.tick();
    const taken: Notice[] = [];
    for (let notice = this.news.take(); notice !== null; notice = this.news.take()) taken.push(notice);
    const expected = this.naive.take();
    for (const notice of taken) this.naive.taken(notice);
    assert.deepEqual(
      taken.map((notice) => sortedSites({ ...notice, number: 0 })).toSorted(byDevice),
      expected.map((notice) => sortedSites({ ...notice, number: 0 })).toSorted(byDevice),
    );
    this.#flights.push(...taken);
  }

  #compare(): void {
    const [ours, theirs] = this.#clears.map((clears) => clears.map((c) => c.device + c.site).toSorted());
    assert.deepEqual(ours, theirs);
    for (const clears of this.#clears) clears.length = 0;
    for (const user of USERS) assert.equal(this.news.badge(user), this.naive.badge(user));
  }
}

const bytes = (text: string): Uint8Array => fromHex(text)!;
const byDevice = (a: { readonly device: string }, b: { readonly device: string }): number =>
  a.device < b.device ? -1 : 1;
const sortedSites = <N extends Pick<Notice, 'sites'>>(notice: N): N => ({
  ...notice,
  sites: notice.sites.toSorted((a, b) => (a.site < b.site ? -1 : 1)),
});

test('[I2, I3, I4, I7, I9, I10] whatever happens, the same is told as by the naive state', () => {
  fc.assert(
    fc.property(fc.array(ops, { minLength: 10, maxLength: 120, size: 'max' }), (steps) => {
      const pair = new Pair();
      for (const step of SETUP) pair.step(step);
      for (const step of steps) pair.step(step);
    }),
    { numRuns: Number(process.env['NEWS_RUNS'] ?? 150) },
  );
});
