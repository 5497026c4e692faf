import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { FakeBrowser, type FakeTab } from '../../../lab/suites/fake-browser.ts';
import { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { play, SimNode, sleep, until } from '../../../lab/suites/sim-node.ts';
import type { Copse } from '../client/copse.ts';
import type { Log } from '../client/log.ts';
import type { SiteId } from '../base/ids.ts';

interface Scene {
  readonly world: World;
  readonly node: SimNode;
  readonly browser: FakeBrowser;
  /** A tab with the application open in it. */
  readonly open: () => Promise<{ readonly tab: FakeTab; readonly copse: Copse }>;
}

function scene(seed: number, act: (scene: Scene) => Promise<void>): void {
  const world = new World(seed);
  const node = new SimNode(world);
  const browser = new FakeBrowser(world, node);
  const opened: FakeTab[] = [];
  play(world, async () => {
    await node.start();
    const open = async (): Promise<{ tab: FakeTab; copse: Copse }> => {
      const tab = browser.tab();
      opened.push(tab);
      return { tab, copse: await tab.open({ name: 'Ada' }) };
    };
    await act({ world, node, browser, open });
    for (const tab of opened) if (!tab.isGone) await tab.copse?.close();
  });
}

function logOf(copse: Copse, site: SiteId): Log {
  const found = copse.site(site);
  assert.ok(found !== undefined, 'the site is known in this tab');
  return found.log('chat');
}

async function read(log: Log, count: number): Promise<readonly unknown[]> {
  const values: unknown[] = [];
  for await (const entry of log.entries()) {
    values.push(entry.value);
    if (values.length === count) break;
  }
  return values;
}

test('[S5] all tabs are one device with one connection', () => {
  scene(1, async ({ world, node, open }) => {
    const [one, two, three] = [await open(), await open(), await open()];
    const garden = await one.copse.found({ title: 'Garden', logs: ['chat'] });
    await until(world, () => three.copse.site(garden.id) !== undefined, 'the site in every tab', 1_000);
    assert.equal(two.copse.device, one.copse.device);
    assert.equal(three.copse.user, one.copse.user);
    const [a, b, c] = [one, two, three].map(({ copse }) => logOf(copse, garden.id));
    assert.ok(a !== undefined && b !== undefined && c !== undefined);
    const readings = [a, b, c].map((log) => read(log, 30));
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        Promise.all([a, b, c].map((log, tab) => log.append(`${tab}:${i}`))),
      ),
    );
    const [first, ...others] = await Promise.all(readings);
    for (const other of others) assert.deepEqual(other, first);
    assert.equal(new Set(first).size, 30);
    assert.deepEqual(node.connections, { auth: 1, tail: 1 });
  });
});

test('[S5] what one tab changes, the others show', () => {
  scene(2, async ({ world, open }) => {
    const [one, two] = [await open(), await open()];
    const garden = await two.copse.found({ title: 'Garden' });
    await until(world, () => one.copse.site(garden.id) !== undefined, 'the site in the other tab', 1_000);
    await one.copse.site(garden.id)?.rename('Forest');
    await until(world, () => two.copse.site(garden.id)?.title.get() === 'Forest', 'the title', 1_000);
    await one.copse.updateProfile({ name: 'Ada L.' });
    await until(world, () => two.copse.profile.get().name === 'Ada L.', 'the name', 1_000);
    const link = await two.copse.site(garden.id)?.invite();
    assert.equal((await one.copse.peek(link ?? '')).title, 'Forest');
    await assert.rejects(two.copse.peek('nonsense'), { code: 'malformed' });
    await assert.rejects(logOf(two.copse, garden.id).append('x'.repeat(70_000)), { code: 'tooLarge' });
  });
});

test('[S5, S11] a tab that is opened later is told the names that the others know, of entries and of who is here', () => {
  scene(4, async ({ world, node, open }) => {
    const one = await open();
    const garden = await one.copse.found({ title: 'Garden' });
    const bobs = new SimMachine(world, node, 'bob');
    const bob = await bobs.open({ name: 'Bob' });
    const shared = (await bob.join(await garden.invite())).log('chat');
    await shared.append('from Bob');
    shared.presence.subscribe(() => {});
    shared.appear({});
    const nameIn = (copse: Copse): (() => boolean) => {
      const view = logOf(copse, garden.id).view();
      view.subscribe(() => {});
      return () => view.get().entries[0]?.name === 'Bob' && view.get().entries[0]?.user === bob.user;
    };
    await until(world, nameIn(one.copse), 'the name in the first tab', 5_000);
    const two = await open();
    const three = await open();
    await until(world, nameIn(two.copse), 'the name in the second tab', 5_000);
    const { presence } = logOf(three.copse, garden.id);
    presence.subscribe(() => {});
    await until(
      world,
      () => presence.get().some(({ name, user }) => name === 'Bob' && user === bob.user),
      'the name beside who is here',
      5_000,
    );
    await bobs.close();
  });
});

test('[S5] when the tab with the connection closes, another takes over and nothing is lost', () => {
  scene(3, async ({ world, node, browser, open }) => {
    const [one, two, three] = [await open(), await open(), await open()];
    const garden = await one.copse.found({ title: 'Garden' });
    await until(world, () => three.copse.site(garden.id) !== undefined, 'the site', 1_000);
    assert.equal(browser.leader(), one.tab);
    const [b, c] = [logOf(two.copse, garden.id), logOf(three.copse, garden.id)];
    const reading = read(c, 20);
    for (let i = 0; i < 10; i++) await b.append(`before ${i}`);
    await one.copse.close();
    await Promise.all(Array.from({ length: 10 }, (_, i) => b.append(`after ${i}`)));
    const all = await reading;
    assert.deepEqual(
      all.slice(0, 10),
      Array.from({ length: 10 }, (_, i) => `before ${i}`),
    );
    assert.equal(new Set(all).size, 20);
    assert.notEqual(browser.leader(), one.tab);
    assert.deepEqual(node.connections, { auth: 2, tail: 2 });
    await until(world, () => two.copse.status.get() === 'live', 'live in the second tab');
    await until(world, () => three.copse.status.get() === 'live', 'live in the third tab');
  });
});

test('[S5] tabs that crash at any moment lose and double nothing that another tab asked for', () => {
  for (let seed = 1; seed <= 30; seed++) {
    scene(seed, async ({ world, browser, open }) => {
      const { chance } = world;
      const keeper = await open();
      const garden = await keeper.copse.found({ title: 'Garden' });
      // The first tab has the home; the one that appends is never killed.
      const writer = await open();
      await until(world, () => writer.copse.site(garden.id) !== undefined, 'the site');
      const log = logOf(writer.copse, garden.id);
      const reading = read(log, 60);
      const appends = Array.from({ length: 60 }, async (_, i) => {
        await sleep(world, i * 40 + chance.unit() * 30);
        return { value: `entry ${i}`, at: (await log.append(`entry ${i}`)).at };
      });
      for (let i = 0; i < 4; i++) {
        await sleep(world, chance.between(50, 500));
        const leader = browser.leader();
        if (leader !== undefined && leader !== writer.tab) leader.kill();
        await open();
      }
      const known = await Promise.all(appends);
      const all = await reading;
      assert.equal(new Set(all).size, 60, `seed ${seed}: ${all.length} entries, some twice`);
      for (const { value, at } of known) assert.equal(all[at - 1], value, `seed ${seed}`);
    });
  }
});

test('[S5] a tab that takes the home over from a killed one does not append again what that one had placed', () => {
  scene(7, async ({ world, browser, open }) => {
    const [one, two] = [await open(), await open()];
    const garden = await one.copse.found({ title: 'Garden' });
    await until(world, () => two.copse.site(garden.id) !== undefined, 'the site');
    const log = logOf(two.copse, garden.id);
    assert.equal(browser.leader(), one.tab);
    const answer = { isHeard: false };
    const placed = log.append('once').finally(() => (answer.isHeard = true));
    while (!answer.isHeard && (await browser.keep.get('outcomes')) === null) await sleep(world, 0.01);
    assert.equal(answer.isHeard, false, 'the answer is on its way');
    one.tab.kill();
    assert.deepEqual(await placed, { kind: 'ok', at: 1, durability: 'synced' });
    // The answer may have been on its way already.
    await until(world, () => browser.leader() === two.tab, 'the other tab');
    assert.equal((await log.append('then')).at, 2);
    assert.deepEqual(await read(log, 2), ['once', 'then']);
  });
});

test('[S5] presence and what is said reach every tab, also after the home has moved', () => {
  scene(4, async ({ world, open }) => {
    const [one, two] = [await open(), await open()];
    const garden = await one.copse.found({ title: 'Garden' });
    await until(world, () => two.copse.site(garden.id) !== undefined, 'the site');
    const log = logOf(two.copse, garden.id);
    const leave = log.presence.subscribe(() => {});
    log.appear({ mood: 'fine' });
    const isShown = (): boolean => {
      const [me] = log.presence.get();
      return me !== undefined && me.mine && JSON.stringify(me.state) === '{"mood":"fine"}';
    };
    await until(world, isShown, 'present');
    one.tab.kill();
    await until(world, () => !isShown(), 'the home is gone');
    await until(world, isShown, 'present again');
    leave();
  });
});

test('[S5] a tab that cannot open the home says why and leaves it to the others', () => {
  scene(5, async ({ world, node, browser }) => {
    node.isDown = true;
    const tab = browser.tab();
    await assert.rejects(tab.open({ name: 'Ada' }), { code: 'closed' });
    assert.equal(browser.leader(), undefined);
    node.isDown = false;
    const next = browser.tab();
    const copse = await next.open({ name: 'Ada' });
    await until(world, () => copse.status.get() === 'live', 'live');
    await copse.close();
    assert.equal(browser.leader(), undefined);
  });
});

test('[S5] logging out in one tab ends all of them', () => {
  scene(6, async ({ world, browser, open }) => {
    const [one, two] = [await open(), await open()];
    await two.copse.logout();
    await until(world, () => one.copse.trouble.get()?.code === 'revoked', 'told in the other tab', 2_000);
    assert.equal(one.copse.status.get(), 'offline');
    assert.deepEqual(await browser.keep.list('user/'), []);
  });
});
