/** What somebody wrote is no news to herself, and that a leader says so silences nothing else (SPEC I17). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { fromHex } from 'copse/internal/base/bytes.ts';
import {
  deviceId,
  logId,
  siteId,
  userId,
  type DeviceId,
  type SiteId,
  type UserId,
} from 'copse/internal/base/ids.ts';
import { marksPerUserMax, marksWrittenMax } from 'copse/internal/base/limits-notify.ts';

import { World } from '../../../../lab/sim/world.ts';
import { News } from './news.ts';
import type { Notice } from './notices.ts';
import { Store } from './testing/store.ts';

const [garden, orchard] = [siteId('s1'), siteId('s2')];
const SITES: readonly SiteId[] = [garden, orchard];
const [ada, ben] = [userId('a'), userId('b')];
const DEVICES: readonly DeviceId[] = ['a-1', 'a-2', 'b-1'].map(deviceId);
const ownerOf = (device: DeviceId): UserId => (device.startsWith('a') ? ada : ben);
const logOf = (n: number): ReturnType<typeof logId> => logId(String(n).padStart(32, '0'));
const ADAS_TAG = '11'.repeat(8);
const tagOf = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(8);

interface Told {
  readonly device: DeviceId;
  readonly urgent: boolean;
  readonly sites: readonly SiteId[];
}

/** Two users who listen everywhere. */
class Scene {
  readonly world: World;
  readonly news: News;

  constructor() {
    this.world = new World(1);
    this.news = new News({
      env: this.world.env('n'),
      quietUntil: () => null,
      hasQuietHours: () => false,
      onClear: () => {},
      onDue: () => {},
    });
    for (const site of SITES)
      for (const device of DEVICES) {
        this.news.join(ownerOf(device), device, site, ['*']);
        if (ownerOf(device) === ada) this.news.tags(device, site, [tagOf(ADAS_TAG)]);
      }
  }

  publish(
    site: SiteId,
    n: number,
    length: number,
    extra: { readonly by?: UserId; readonly mentions?: boolean } = {},
  ): void {
    const { by = null, mentions = false } = extra;
    this.news.publish({
      site,
      log: logOf(n),
      length,
      mentions: mentions ? [tagOf(ADAS_TAG)] : [],
      by,
    });
  }

  read(user: UserId, site: SiteId, n: number, at: number): void {
    this.news.read(user, { site, log: logOf(n), at });
  }

  /** What leaves now, and arrives. */
  told(): readonly Told[] {
    while (!this.news.tick());
    const told: Told[] = [];
    for (let notice = this.news.take(); notice !== null; notice = this.news.take()) {
      this.news.sent(notice);
      told.push(shortOf(notice));
    }
    return told;
  }

  later(ms: number): void {
    this.world.nowMs += ms;
  }
}

const shortOf = ({ device, isUrgent: urgent, sites }: Notice): Told => ({
  device,
  urgent,
  sites: sites.map(({ site }) => site),
});
const devices = (told: readonly Told[]): readonly DeviceId[] => told.map(({ device }) => device).toSorted();

test('[I17] her own words ring on no device of hers, and on those of others', () => {
  const scene = new Scene();
  scene.publish(garden, 1, 2, { by: ada });
  assert.deepEqual(devices(scene.told()), ['b-1']);
  assert.deepEqual([scene.news.badge(ada), scene.news.badge(ben)], [0, 1]);
});

test('[I17] who mentions everybody does not mention herself', () => {
  const scene = new Scene();
  scene.publish(garden, 1, 2, { by: ada, mentions: true });
  assert.deepEqual(devices(scene.told()), ['b-1']);
  scene.publish(garden, 1, 3, { by: ben, mentions: true });
  assert.deepEqual(devices(scene.told()), ['a-1', 'a-2']);
});

test('[I17] what was unread before she wrote stays unread, and is told if it was not', () => {
  const scene = new Scene();
  scene.news.mute(ada);
  scene.publish(garden, 1, 2, { mentions: true });
  scene.publish(garden, 1, 3, { by: ada });
  assert.deepEqual(devices(scene.told()), ['b-1']);
  scene.news.unmute(ada);
  scene.later(60_000);
  assert.deepEqual(devices(scene.told()), ['a-1', 'a-2']);
  assert.equal(scene.news.badge(ada), 1);
});

test('[I17] what she writes behind what she was told of, and has not read, is told her no more', () => {
  const scene = new Scene();
  scene.publish(garden, 1, 2);
  scene.publish(garden, 2, 2);
  scene.told();
  // With this her devices may be notified of the site again.
  scene.read(ada, garden, 2, 2);
  scene.later(3_600_000);
  scene.publish(garden, 1, 3, { by: ada });
  assert.deepEqual(devices(scene.told()), []);
  scene.publish(garden, 1, 4);
  assert.deepEqual(devices(scene.told()), ['a-1', 'a-2']);
});

test('[I17] logs in which she seems to have written do not push what is unread elsewhere out of what is kept', () => {
  const scene = new Scene();
  scene.publish(garden, 1, 2);
  scene.told();
  for (let n = 0; n < marksWrittenMax + 9; n++) scene.publish(garden, 1_000 + n, 2, { by: ada });
  assert.equal(scene.news.badge(ada), 1 + 9, 'beyond the bound they count as unread');
  scene.later(3_600_000);
  assert.deepEqual(devices(scene.told()), [], 'and ring no more than before');
  // She has room for as many logs that she reads out of turn.
  for (let n = 0; n < marksPerUserMax - marksWrittenMax; n++) {
    scene.publish(garden, 5_000 + n, 2);
    scene.read(ada, garden, 5_000 + n, 2);
  }
  assert.equal(scene.news.badge(ada), 1 + 9, 'nothing was passed by');
});

test('[I17] what is kept of it is the same after a restart', () => {
  const scene = new Scene();
  scene.publish(garden, 1, 2);
  scene.publish(garden, 2, 2, { by: ada });
  scene.told();
  const store = new Store();
  for (let rows = scene.news.dirtyRows(9); rows.length > 0; rows = scene.news.dirtyRows(9)) store.write(rows);
  const next = new News({
    env: scene.world.env('next'),
    quietUntil: () => null,
    hasQuietHours: () => false,
    onClear: () => {},
    onDue: () => {},
  });
  next.load(store.rows());
  assert.deepEqual([next.badge(ada), next.badge(ben)], [1, 2]);
});

const step = fc.oneof(
  fc.record({
    kind: fc.constantFrom('publish', 'mention', 'named', 'named', 'read'),
    site: fc.nat(1),
    log: fc.nat(2),
  }),
  fc.record({ kind: fc.constantFrom('here', 'gone'), site: fc.constant(0), log: fc.constant(0) }),
  fc.record({ kind: fc.constant('later'), site: fc.nat(3), log: fc.constant(0) }),
);

test('[I17] a leader that names her as the writer keeps nothing from her but what it could have said is no news', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      // In the second one what bears her name is no news at all.
      const [named, silent] = [new Scene(), new Scene()];
      const scenes = [named, silent].map((scene) => ({ scene, open: new Set<string>() }));
      let isHere = false;
      const take = (): void => {
        for (const { scene, open } of scenes)
          for (const { device, urgent, sites } of scene.told())
            if (ownerOf(device) === ada) for (const site of sites) open.add(`${site} ${device} ${urgent}`);
        assert.equal(named.news.badge(ada), silent.news.badge(ada));
      };
      for (const [n, { kind, site: at, log }] of steps.entries()) {
        const site = SITES[at] ?? garden;
        const length = n + 2;
        if (kind === 'named') named.publish(site, log, length, { by: ada, mentions: n % 2 === 0 });
        for (const { scene, open } of scenes) {
          if (kind === 'publish' || kind === 'mention')
            scene.publish(site, log, length, { mentions: kind === 'mention' });
          if (kind === 'read') scene.read(ada, site, log, length);
          if (kind === 'read') for (const each of open) if (each.startsWith(site)) open.delete(each);
          if (kind === 'here' && !isHere) scene.news.mute(ada);
          if (kind === 'gone' && isHere) scene.news.unmute(ada);
          if (kind === 'later') scene.later([50, 6_000, 120_000, 3_600_000][at] ?? 0);
        }
        if (kind === 'here' || kind === 'gone') isHere = kind === 'here';
        take();
      }
      for (const { scene } of scenes) {
        if (isHere) scene.news.unmute(ada);
        scene.later(3_600_000);
      }
      take();
      const [{ open: told } = { open: null }, { open: expected } = { open: null }] = scenes;
      for (const each of expected ?? []) assert.ok(told?.has(each), `nobody told ${each}`);
    }),
    { numRuns: Number(process.env['NEWS_RUNS'] ?? 500) },
  );
});
