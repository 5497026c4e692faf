/** The quick way of a sweep beside the one by the judge: the same listeners stand in the same lists, in the same order. */

import { deepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { realEnv } from 'copse/internal/base/env.ts';
import { deviceId, folderPattern, logId, siteId, userId } from 'copse/internal/base/ids.ts';
import type { Resource } from 'copse/internal/capability/policy.ts';
import { Crowd } from './crowd.ts';
import { flag } from './listeners.ts';
import { Members } from './members.ts';
import { deviceWord, userWord } from './people.ts';
import { Places } from './places.ts';
import type { Rows } from './rows.ts';
import { State } from './state.ts';
import { tickMs } from './wheel.ts';

const SITE = siteId('5'.repeat(32));
const OTHER = siteId('6'.repeat(32));
const FOLDER = 'f'.repeat(16);
const AUDIENCES: readonly (readonly Resource[])[] = [['*'], [folderPattern(`${FOLDER}*`)], []];
const NOW_MS = 1_000_000;

const listener = fc.record({
  /** Several devices of one user, and some alone. */
  user: fc.nat(30),
  audience: fc.nat(AUDIENCES.length - 1),
  level: fc.constantFrom(2, 2, 2, 1, 0),
  bits: fc.constantFrom(0, 0, 0, 0, flag.outstanding, flag.inFlight, flag.marked, flag.shown),
  behind: fc.nat(3),
  told: fc.nat(3),
  state: fc.constantFrom('free', 'free', 'free', 'here', 'grace', 'graceOver', 'quiet', 'window', 'flight'),
  /** Something of the device is due, or waits, elsewhere. */
  elsewhere: fc.boolean(),
});
type Drawn = typeof listener extends fc.Arbitrary<infer T> ? T : never;

class Scene {
  readonly said: string[] = [];
  readonly state: State;
  readonly places: Places;

  constructor(drawn: readonly Drawn[]) {
    this.state = new State({
      env: { ...realEnv(), nowMs: () => NOW_MS, wallMs: () => NOW_MS },
      quietUntil: (_user, wallMs) => wallMs + 60_000,
      hasQuietHours: (user) => drawn.some((one) => one.state === 'quiet' && nameOf(one.user) === user),
      onClear: () => {},
      onDue: () => {},
      passedBy: { isFull: false, add: ({ device, what }) => void this.said.push(`${device} ${what}`) },
    });
    this.places = new Places(this.state);
    const members = new Members(this.state, this.places);
    const site = this.state.logs.site(SITE);
    for (const [n, one] of drawn.entries()) this.#join(members, n, one);
    for (let n = 0; n < 3; n++)
      this.state.logs.publish(site, logId(`${n === 1 ? FOLDER : 'e'.repeat(16)}${n}`.padEnd(32, '0')), 1);
    for (const [n, one] of drawn.entries()) this.#prepare(n, one);
    site.cursor = site.armed;
  }

  #join(members: Members, n: number, one: Drawn): void {
    const user = userId(nameOf(one.user));
    for (const name of one.elsewhere ? [OTHER, SITE] : [SITE]) {
      const row = members.join(user, deviceId(`d${n}`), name, AUDIENCES[one.audience] ?? []);
      this.places.place(row);
    }
  }

  #prepare(n: number, one: Drawn): void {
    const { state, places } = this;
    const { listeners, users, devices, ready } = state;
    const row = state.find(deviceId(`d${n}`), SITE);
    const device = listeners.device(row);
    const user = devices.userOf(device);
    listeners.setLevels(row, one.level, 0);
    listeners.put(row, one.bits);
    listeners.setTold(row, one.told);
    listeners.setRead(listeners.head(row), one.behind);
    if (one.state === 'here') users.set(user, userWord.here, 1);
    if (one.state === 'grace') users.set(user, userWord.grace, NOW_MS / tickMs + 100);
    if (one.state === 'graceOver') users.set(user, userWord.grace, 5);
    if (one.state === 'window') ready.wheel.set(device, NOW_MS + 10_000);
    if (one.state === 'flight') devices.set(device, deviceWord.flight, 7);
    const other = one.elsewhere ? state.find(deviceId(`d${n}`), OTHER) : 0;
    if (other !== 0) {
      state.logs.publish(state.siteOf(other), logId(`${FOLDER}${n}`.padEnd(32, '0')), n + 1);
      places.place(other);
    }
  }

  /** Everything that a sweep may change. */
  get all(): unknown {
    const { listeners, users, devices, wakes, ready, logs } = this.state;
    const line: number[] = [];
    for (let device = ready.next(); device !== 0; device = devices.get(device, deviceWord.readyNext))
      line.push(device);
    return {
      rows: [wordsOf(listeners.rows, 10), wordsOf(users.rows, 7), wordsOf(devices.rows, 10)],
      wakes: Array.from({ length: users.rows.end - 1 }, (_, n) => wakes.atMs(n + 1)),
      armed: [...logs.sites()].map((site) => [site.armed, site.cursor]),
      line,
      said: this.said,
    };
  }
}

const nameOf = (n: number): string => `u${n}`;

function wordsOf(rows: Rows, count: number): readonly number[][] {
  return Array.from({ length: rows.end }, (_, row) =>
    Array.from({ length: count }, (__, word) => rows.get(row, word)),
  );
}

test('[I13, I3, I4, I8] a crowd is put where each of it would be put', () => {
  let moved = 0;
  fc.assert(
    fc.property(
      fc.array(listener, { minLength: 1, maxLength: 60, size: 'max' }),
      fc.integer({ min: 1, max: 70 }),
      (drawn, step) => {
        const [quick, slow] = [new Scene(drawn), new Scene(drawn)];
        deepEqual(quick.all, slow.all);
        const [site, same] = [quick.state.logs.site(SITE), slow.state.logs.site(SITE)];
        const crowd = new Crowd(quick.state, quick.places);
        while (site.cursor !== 0) quick.places.judge.atOnce(() => crowd.go(site, step));
        while (same.cursor !== 0) {
          const row = same.cursor;
          same.cursor = slow.state.listeners.next(row);
          if (slow.places.place(row) !== 1) moved++;
        }
        deepEqual(quick.all, slow.all);
      },
    ),
    { numRuns: 200 },
  );
  ok(moved > 500, 'many were moved');
});
