/** By which tags a device is mentioned: told to the node when there is something to tell, and until it is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { NoticesDesk } from '../../../lab/suites/notices-desk.ts';
import { play, sleep } from '../../../lab/suites/sim-node.ts';
import { World } from '../../../lab/sim/world.ts';
import { hex } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { siteId, userId } from '../base/ids.ts';
import { noticesApi } from '../api/notices.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { tunnelled } from './facet-tunnel.ts';
import { MemoryKeep } from './keep.ts';
import { listening } from './listening.ts';
import { MentionTags, tagsOf } from './mention-tags.ts';
import { newsOf } from './news-of.ts';
import { newSiteSecrets, SiteKeys } from './site-keys.ts';

const primitives = nativePrimitives();
const user = userId('ab'.repeat(8));
const { subscribe, unsubscribe } = noticesApi.calls;

function scene(act: (scene: ReturnType<typeof made>) => Promise<void>): void {
  const world = new World(1);
  const parts = made(world);
  play(world, async () => {
    await act(parts);
    await parts.tags.stop();
  });
}

function made(world: World) {
  const env = world.env('device');
  const desk = new NoticesDesk();
  const keep = new MemoryKeep();
  const sites: { readonly keys: SiteKeys }[] = [];
  const notices = tunnelled(noticesApi, desk.carry);
  const session = { facet: () => notices } as never;
  const owner = { env, keep, user, sites: () => sites, session: async () => session };
  const tags = new MentionTags(owner);
  const addSite = (pair: string): SiteKeys => {
    const keys = new SiteKeys(primitives, env, siteId(pair.repeat(16)), newSiteSecrets(env));
    sites.push({ keys });
    return keys;
  };
  const call = async (number: number): Promise<void> => {
    await listening(keep, { number, carry: async () => new Uint8Array(0) }, () => tags.touch());
  };
  return { world, env, desk, keep, tags, addSite, call };
}

test('[I19] a device that listens nowhere tells nothing and asks nothing', () => {
  scene(async ({ world, desk, tags, addSite }) => {
    addSite('11');
    desk.onCall = () => assert.fail('asked');
    await tags.touch();
    await sleep(world, 5_000);
  });
});

test('[I19] who listens tells the tags of each site, once, and those of a new site and key again', () => {
  scene(async ({ world, env, desk, tags, addSite, call }) => {
    const garden = addSite('11');
    addSite('22');
    addSite('33');
    desk.address = 'https://push.example/1';
    desk.listenIn(garden.site, siteId('22'.repeat(16)), siteId('33'.repeat(16)));
    await call(subscribe.number);
    await sleep(world, 2_000);
    assert.deepEqual(desk.heard, ['tags 2', 'tags 2', 'tags 2']);
    await tags.touch();
    await sleep(world, 2_000);
    assert.equal(desk.heard.length, 3, 'the node holds them');
    garden.add({ ...newSiteSecrets(env), epoch: 2 });
    await tags.touch();
    await sleep(world, 2_000);
    assert.deepEqual(desk.heard.slice(3), ['tags 4'], 'under the newest two keys');
    garden.add({ ...newSiteSecrets(env), epoch: 3 });
    const held = tagsOf(garden, user).map(hex);
    assert.equal(new Set(held).size, 4);
    // A writer makes the very tags that were told, for her and for everybody.
    const made = newsOf({ mentions: [user] }) ?? [];
    assert.ok(held.includes(hex(garden.mentionTags(made))));
    assert.ok(held.includes(hex(garden.mentionTags(newsOf({ mentions: 'everyone' }) ?? []))));
    await call(unsubscribe.number);
    await tags.touch();
    await sleep(world, 2_000);
    assert.equal(desk.heard.length, 4, 'it listens no more');
  });
});

test('[I19] a node that was away, or was set back, is told when it is there again', () => {
  scene(async ({ world, desk, tags, addSite, call }) => {
    const garden = addSite('11');
    desk.address = 'https://push.example/1';
    desk.listenIn(garden.site);
    desk.onCall = () => {
      throw new Fault('closed');
    };
    await call(subscribe.number);
    await sleep(world, 10_000);
    assert.deepEqual(desk.heard, []);
    desk.onCall = () => {};
    await sleep(world, 60_000);
    assert.deepEqual(desk.heard, ['tags 2']);
    desk.listenIn(garden.site);
    await tags.touch();
    await sleep(world, 2_000);
    assert.deepEqual(desk.heard, ['tags 2', 'tags 2']);
  });
});

test('[I19] a program that ends as soon as it listens has told them', () => {
  scene(async ({ desk, tags, addSite, keep }) => {
    const garden = addSite('11');
    desk.address = 'https://push.example/1';
    desk.listenIn(garden.site);
    const call = { number: subscribe.number, carry: async () => new Uint8Array(0) };
    await listening(keep, call, () => tags.now());
    await tags.stop();
    assert.deepEqual(desk.heard, ['tags 2']);
  });
});
