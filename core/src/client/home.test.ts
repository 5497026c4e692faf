import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { lasting } from '../../../lab/suites/sim-machine.ts';
import { NODE_URL, play, SimNode, until } from '../../../lab/suites/sim-node.ts';
import { utf8 } from '../base/bytes.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { decode, encode } from '../wire/shape.ts';
import { struct, maybe } from '../wire/compound.ts';
import { guidShape, timeShape, tokenShape } from '../api/model.ts';
import type { HomeEvents } from './home-api.ts';
import { Home } from './home.ts';
import { leadNewsShape, leadWishShape, type LeadWish } from './led-words.ts';
import { MemoryKeep, type Keep } from './keep.ts';

type Settled = Parameters<HomeEvents['settled']>[0];

function events(settled: Settled[]): HomeEvents {
  const nothing = (): void => {};
  return {
    status: nothing,
    account: nothing,
    site: nothing,
    siteGone: nothing,
    devicesChanged: nothing,
    people: nothing,
    log: nothing,
    waiting: nothing,
    settled: (message) => settled.push(message),
    lead: nothing,
    said: nothing,
    present: nothing,
    alarm: nothing,
    calm: nothing,
    noticed: nothing,
  };
}

function openHome(world: World, node: SimNode, keep: Keep): Promise<Home> {
  return Home.open({
    env: world.env('device'),
    primitives: nativePrimitives(),
    keep,
    url: NODE_URL,
    secret: undefined,
    nodeKey: undefined,
    admission: { name: 'Ada', deviceName: 'device', setup: null, invitation: null },
    connectivity: null,
    farewellMs: 0,
    dial: node.dial,
    askKey: async () => node.key,
  });
}

function scene(seed: number, act: (world: World, node: SimNode) => Promise<void>): void {
  const world = new World(seed);
  const node = new SimNode(world);
  play(world, async () => {
    await node.start();
    await act(world, node);
  });
}

test('[S5] an append that another tab repeats because it was told nothing gets its first outcome', () => {
  scene(1, async (world, node) => {
    const home = await openHome(world, node, new MemoryKeep());
    const told: Settled[] = [];
    const first = home.session(events(told), true);
    const { site } = await first.found({ title: 'Garden', logs: [] });
    await first.openLog({ site, name: 'chat', log: 1 });
    const value = utf8('"hello"');
    const append = { log: 1, id: 'aa'.repeat(8), at: null, timeMs: 1, value, news: null };
    first.append(append);
    await until(world, () => told.length === 1, 'the outcome');
    first[Symbol.dispose]();
    // The tab comes back, as if what it was told had never arrived.
    const again: Settled[] = [];
    const second = home.session(events(again), true);
    await second.openLog({ site, name: 'chat', log: 1 });
    second.append(append);
    second.append({ ...append, id: 'bb'.repeat(8) });
    second.append({ ...append, id: 'bb'.repeat(8) });
    await until(world, () => again.length === 2, 'both outcomes');
    assert.deepEqual(
      again.map(({ id, outcome }) => [id.slice(0, 2), outcome.kind === 'ok' && outcome.at]),
      [
        ['aa', 1],
        ['bb', 2],
      ],
    );
    await home.close();
  });
});

test('[S5] a session that has ended holds nothing any more', () => {
  scene(2, async (world, node) => {
    const home = await openHome(world, node, new MemoryKeep());
    const session = home.session(events([]), true);
    const { site } = await session.found({ title: 'Garden', logs: [] });
    await session.openLog({ site, name: 'chat', log: 1 });
    const { reader } = await session.openReader({ log: 1, from: null, last: null, link: null });
    session.watch({ log: 1, isWanted: true });
    const waiting = session.next({ reader, bytesMax: 1000 });
    const log = home.log(site, 'chat');
    assert.equal(log.isNeeded, true);
    session[Symbol.dispose]();
    assert.deepEqual(await waiting, { kind: 'over' });
    assert.equal(log.isNeeded, false);
    assert.equal(log.audience.listeners.size, 0);
    // And the lease is given back when nobody comes for a while.
    await until(world, () => world.nowMs > 60_000, 'a minute');
    assert.equal(node.tailFigure('tailLeases'), '0');
    await home.close();
  });
});

test('[A5] a kept token that the node does not take is replaced', () => {
  scene(3, async (world, node) => {
    const keep = new MemoryKeep();
    const first = await openHome(world, node, lasting(keep));
    await until(world, () => first.status === 'live', 'live');
    await first.close();
    const shape = struct({
      held: maybe(struct({ token: tokenShape, fromMs: timeShape, expiresMs: timeShape })),
      attempt: maybe(guidShape),
    });
    const kept = decode(shape, (await keep.get('token')) ?? new Uint8Array(0));
    assert.ok(kept.held !== null);
    const token = kept.held.token.map((byte, i) => (i === 70 ? byte ^ 1 : byte));
    await keep.write([{ name: 'token', value: encode(shape, { ...kept, held: { ...kept.held, token } }) }]);
    const second = await openHome(world, node, lasting(keep));
    await until(world, () => second.status === 'live', 'live with a new token');
    await second.close();
  });
});

test('[V1, S5] two tabs that want to lead a log: the second one does when the first is gone', () => {
  scene(7, async (world, node) => {
    const home = await openHome(world, node, new MemoryKeep());
    const news: string[] = [];
    const tab = (name: string): ReturnType<Home['session']> => {
      const lead: HomeEvents['lead'] = ({ word }) => {
        news.push(`${name} ${decode(leadNewsShape, word.slice()).kind}`);
      };
      return home.session({ ...events([]), lead }, true);
    };
    const [first, second] = [tab('first'), tab('second')];
    const { site } = await first.found({ title: 'Garden', logs: [] });
    for (const session of [first, second]) {
      await session.openLog({ site, name: 'rules', log: 1 });
      session.lead({ log: 1, word: encode<LeadWish>(leadWishShape, { kind: 'ask' }) });
    }
    // Of another version: it is not understood, and nothing breaks.
    second.lead({ log: 1, word: Uint8Array.of(200) });
    await until(world, () => news.includes('first leading'), 'the first tab leads');
    assert.ok(!news.includes('second leading'));
    first[Symbol.dispose]();
    await until(world, () => news.includes('second leading'), 'the second tab leads');
    assert.ok(!news.some((line) => line.endsWith('failed')));
    await home.close();
  });
});
