import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { clientScene, type ClientScene } from '../../../lab/suites/client-scene.ts';
import { Device, Stage } from '../../../lab/suites/client-device.ts';
import { FakeBrowser } from '../../../lab/suites/fake-browser.ts';
import { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { play, SimNode, sleep, until } from '../../../lab/suites/sim-node.ts';
import { fromUtf8 } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { logId } from '../base/ids.ts';
import type { Copse } from './copse.ts';
import type { Log } from './log.ts';
import { LogPages, type LogPagePart, type PageWant } from './log-pages.ts';
import type { ReadLease } from './log-reader.ts';
import type { SiteKeys } from './site-keys.ts';

interface Scene extends Omit<ClientScene, 'machine'> {
  readonly copse: Copse;
  readonly log: Log;
}

/** A log of 30 entries, the one at n with the value n. */
function scene(act: (scene: Scene) => Promise<void>): void {
  clientScene(1, async ({ world, node, machine }) => {
    const copse = await machine('ada').open({ name: 'Ada' });
    const log = (await copse.found({ title: 'Garden' })).log('chat');
    await Promise.all(numbers(1, 31).map((n) => log.append(n)));
    await act({ world, node, copse, log });
  });
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

test('[S14] a page is what is asked for, and says where the log begins and ends', () => {
  scene(async ({ copse, log }) => {
    const valuesOf = async (options: Parameters<Log['read']>[0]): Promise<readonly unknown[]> =>
      (await log.read(options)).entries.map(({ value }) => value);
    const all = await log.read();
    assert.deepEqual([all.first, all.tail, all.entries.length], [1, 31, 30]);
    const [first] = all.entries;
    assert.deepEqual([first?.at, first?.user, first?.name, first?.mine], [1, copse.user, 'Ada', true]);
    assert.deepEqual(await valuesOf({ from: 28 }), [28, 29, 30]);
    assert.deepEqual(await valuesOf({ from: 5, limit: 3 }), [5, 6, 7]);
    assert.deepEqual(await valuesOf({ last: 2 }), [29, 30]);
    assert.deepEqual(await valuesOf({ last: 1_000 }), numbers(1, 31));
    assert.deepEqual(await valuesOf({ from: 31 }), []);
    assert.deepEqual(await valuesOf({ from: 1_000 }), []);
    const empty = await copse
      .site(copse.sites.get()[0]?.id ?? assert.fail())
      ?.log('empty')
      .read();
    assert.deepEqual(empty, { entries: [], first: 1, tail: 1 });
  });
});

test('[S14] reading a page attaches nothing, and gives the lease back', () => {
  scene(async ({ world, node, log }) => {
    await sleep(world, 60_000);
    assert.equal(node.tailFigure('tailLeases'), '0');
    assert.equal((await log.read({ last: 3 })).entries.length, 3);
    assert.equal(node.tailFigure('tailLeases'), '1');
    assert.equal(log.status.get(), 'live');
    assert.equal(node.tailFigure('tailAttached') ?? '0', '0');
    await sleep(world, 60_000);
    assert.equal(node.tailFigure('tailLeases'), '0');
  });
});

test('[S14] a page says where the log ends now, not where it ended when it was leased', () => {
  scene(async ({ world, node, copse, log }) => {
    await log.read({ last: 1 });
    const others = new SimMachine(world, node, 'other');
    const other = await others.open({ secret: await copse.secret() });
    const site = copse.sites.get()[0]?.id ?? assert.fail();
    await until(world, () => other.site(site) !== undefined, 'the site');
    await other.site(site)?.log('chat').append('more');
    const page = await log.read({ last: 1 });
    assert.deepEqual([page.tail, page.entries[0]?.value], [32, 'more']);
    await others.close();
  });
});

test('[S14] what the connection takes along is asked for again, and without a node it says so in time', () => {
  scene(async ({ world, node, log }) => {
    for (let ms = 0; ms < 12; ms += 2) {
      const reading = log.read({ last: 5 });
      await sleep(world, ms);
      node.cut();
      assert.equal((await reading).entries.length, 5);
    }
    node.isDown = true;
    node.cut();
    const startMs = world.nowMs;
    await assert.rejects(log.read(), { code: 'closed' });
    assert.ok(world.nowMs - startMs <= 10_100);
  });
});

test('[S14] pages that are larger than one message come as one', () => {
  scene(async ({ log }) => {
    await Promise.all(numbers(0, 12).map(() => log.append('x'.repeat(60_000))));
    const page = await log.read({ from: 31 });
    assert.deepEqual(
      page.entries.map(({ at }) => at),
      numbers(31, 43),
    );
  });
});

test('[S14] a page that a lease took along when it ended is asked for under the next one', async () => {
  const keys = {} as SiteKeys;
  const pages = new LogPages({ env: realEnv(), keys, log: logId('10'.repeat(16)) });
  const lease = (tail: number, read: ReadLease['read']): ReadLease => ({
    first: 1,
    tail,
    attach: read,
    detach() {},
    read,
  });
  const ended = lease(1, async () => {
    pages.closed();
    pages.opened(
      lease(5, async () => ({
        kind: 'page',
        at: 5,
        count: 0,
        entries: new Uint8Array(0),
        tail: 5,
        live: false,
      })),
    );
    throw new Fault('unknown', 'no such handle');
  });
  pages.opened(ended);
  const want = { from: 5, last: null, countMax: 1, bytesMax: 1_000 };
  assert.deepEqual(await pages.read(want), { items: [], first: 1, tail: 5, next: 5 });
  const strange = lease(5, () => Promise.reject(new Fault('unknown', 'no such handle')));
  pages.opened(strange);
  await assert.rejects(pages.read(want), { code: 'unknown' });
});

test('[S14] pages are read in every tab', () => {
  const world = new World(2);
  const node = new SimNode(world);
  const browser = new FakeBrowser(world, node);
  play(world, async () => {
    await node.start();
    const [one, two] = [browser.tab(), browser.tab()];
    const first = await one.open({ name: 'Ada' });
    const second = await two.open({});
    const garden = await first.found({ title: 'Garden' });
    await until(world, () => second.site(garden.id) !== undefined, 'the site');
    await garden.log('chat').append('hello');
    const page = await second.site(garden.id)?.log('chat').read();
    assert.deepEqual([page?.tail, page?.entries[0]?.value], [2, 'hello']);
    await second.close();
    await first.close();
  });
});

test('[J6] a page before the first kept position begins there', () => {
  const stage = new Stage(3);
  stage.run(async () => {
    const ada = await Device.open(stage, 'ada');
    ada.upkeep.start();
    const log = ada.log('chat');
    await Promise.all(numbers(1, 21).map((n) => ada.append(log, `${n}`)));
    const want: PageWant = { from: null, last: null, countMax: 3, bytesMax: 100_000 };
    const textsOf = ({ items }: LogPagePart): unknown[] => items.map((item) => fromUtf8(item.value));
    assert.deepEqual(textsOf(await log.readPage(want)), ['1', '2', '3']);
    stage.tail.trim(stage.tail.kept(stage.site, log.log), 15);
    const page = await log.readPage(want);
    assert.deepEqual([textsOf(page), page.first, page.tail, page.next], [['15', '16', '17'], 15, 21, 18]);
    assert.deepEqual(textsOf(await log.readPage({ ...want, from: 19 })), ['19', '20']);
  });
});
