import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { deviceId, siteId, userId } from 'copse/internal/base/ids.ts';
import { sitesWatchedMax } from 'copse/internal/base/limits.ts';
import { Live, type LiveSession } from './live.ts';

const USER = userId('a1'.repeat(8));
const SITE = siteId('b1'.repeat(16));

function session(device: string): LiveSession & { readonly heard: string[] } {
  const heard: string[] = [];
  return {
    device: deviceId(device.repeat(16)),
    heard,
    changed: ({ what }) => void heard.push(what),
    end: (code) => void heard.push(`ended ${code}`),
  };
}

test('[A6] a device that ends is told on all its sessions, others are not', () => {
  const live = new Live();
  const [first, twin, other] = [session('1'), session('1'), session('2')];
  for (const one of [first, twin, other]) live.add(one);
  equal(live.isHere(first.device), true);
  live.endDevice(first.device, 'revoked');
  deepEqual([first.heard, twin.heard, other.heard], [['ended revoked'], ['ended revoked'], []]);
  for (const one of [first, twin]) live.remove(one);
  equal(live.isHere(first.device), false);
  equal(live.size, 1);
});

test('[A15] what one session changes the others of its user hear', () => {
  const live = new Live();
  const [first, twin, stranger] = [session('1'), session('2'), session('3')];
  for (const one of [first, twin, stranger]) live.add(one);
  for (const one of [first, twin]) live.belongs(one, USER);
  live.tellUser(USER, { what: 'devices', site: null }, first);
  deepEqual([first.heard, twin.heard, stranger.heard], [[], ['devices'], []]);
  live.belongs(twin, userId('a2'.repeat(8)));
  live.tellUser(USER, { what: 'profile', site: null }, null);
  deepEqual([first.heard, twin.heard], [['profile'], ['devices']]);
});

test('[A12] only who has been shown a site hears of it, until the user leaves or the session ends', () => {
  const live = new Live();
  const [first, second] = [session('1'), session('2')];
  for (const one of [first, second]) {
    live.add(one);
    live.belongs(one, USER);
    live.watch(one, SITE);
  }
  live.tellSite(SITE, first);
  deepEqual([first.heard, second.heard], [[], ['site']]);
  live.remove(second);
  live.tellSite(SITE, null);
  deepEqual([first.heard, second.heard], [['site'], ['site']]);
  live.leaveSite(USER, SITE);
  live.tellSite(SITE, null);
  deepEqual(first.heard, ['site']);
});

test('[G2] a session hears of so many sites and no more, those looked at last', () => {
  const live = new Live();
  const one = session('1');
  live.add(one);
  const sites = Array.from({ length: sitesWatchedMax + 1 }, (_, n) =>
    siteId(n.toString(16).padStart(32, '0')),
  );
  const [oldest, next] = sites;
  for (const site of sites.slice(0, -1)) live.watch(one, site);
  live.watch(one, oldest!);
  live.watch(one, sites.at(-1)!);
  live.tellSite(next!, null);
  deepEqual(one.heard, []);
  live.tellSite(oldest!, null);
  live.tellSite(sites.at(-1)!, null);
  deepEqual(one.heard, ['site', 'site']);
});

test('[G2] a session that was never added or has gone is no burden', () => {
  const live = new Live();
  const one = session('1');
  live.remove(one);
  live.belongs(one, USER);
  live.watch(one, SITE);
  live.tellUser(USER, { what: 'sites', site: null }, null);
  live.tellSite(SITE, null);
  deepEqual(one.heard, []);
});
