import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { play, SimNode, sleep, until } from '../../../lab/suites/sim-node.ts';
import { keyWaitMs } from '../base/limits.ts';
import type { Copse } from './copse.ts';
import type { Log } from './log.ts';
import type { Site } from './site.ts';

interface Scene {
  readonly world: World;
  readonly node: SimNode;
  readonly machine: (name: string) => SimMachine;
  readonly ada: Copse;
  readonly adas: SimMachine;
  readonly garden: Site;
  /** Somebody new with a device of this name. */
  readonly guest: (
    name: string,
    permissions?: number,
  ) => Promise<{ copse: Copse; site: Site; machine: SimMachine }>;
}

/** Ada has founded a site. */
function scene(seed: number, act: (scene: Scene) => Promise<void>): void {
  const world = new World(seed);
  const node = new SimNode(world);
  const machines: SimMachine[] = [];
  const machine = (name: string): SimMachine => {
    const made = new SimMachine(world, node, name);
    machines.push(made);
    return made;
  };
  play(world, async () => {
    await node.start();
    const adas = machine('ada');
    const ada = await adas.open({ name: 'Ada' });
    const garden = await ada.found({ title: 'Garden', logs: ['chat'] });
    const guest: Scene['guest'] = async (name, permissions) => {
      const own = machine(name);
      const copse = await own.open({ name });
      const link = await garden.invite(permissions === undefined ? {} : { permissions });
      const site = await copse.join(link);
      await eventually(world, () => hasUserKey(node, copse), `the key of ${name}`);
      return { copse, site, machine: own };
    };
    await eventually(world, () => hasUserKey(node, ada), 'the key of Ada');
    await act({ world, node, machine, ada, adas, garden, guest });
    for (const each of machines) await each.close();
  });
}

/** Resolves when the answer is yes. */
async function eventually(world: World, ask: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = world.nowMs + 120_000;
  while (!(await ask())) {
    if (world.nowMs > endMs) throw new Error(`not in time: ${what}`);
    await sleep(world, 5);
  }
}

async function hasUserKey(node: SimNode, copse: Copse): Promise<boolean> {
  return (await node.accounts.keys.userKey(copse.user)) !== null;
}

async function read(log: Log, from: number, count: number): Promise<readonly unknown[]> {
  const values: unknown[] = [];
  for await (const { broken, value } of log.entries({ from })) {
    values.push(broken ?? value);
    if (values.length === count) break;
  }
  return values;
}

async function epochOf(node: SimNode, site: Site): Promise<number> {
  return (await node.accounts.sites.site(site.id))?.keyEpoch ?? assert.fail('a site');
}

test('[K3, K7] a site gets another key; what was before and what comes after opens at everybody', () => {
  scene(1, async ({ node, garden, guest }) => {
    const bob = await guest('bob');
    await garden.log('chat').append('one');
    assert.equal(await garden.rotate(), 2);
    assert.equal(await epochOf(node, garden), 2);
    await garden.log('chat').append('two');
    await bob.site.log('chat').append('three');
    for (const site of [garden, bob.site]) {
      assert.deepEqual(await read(site.log('chat'), 1, 3), ['one', 'two', 'three']);
    }
    assert.deepEqual(await garden.keyState(), { epoch: 2, state: 'current', sinceMs: 0, history: true });
  });
});

test('[K7] writers go on while keys change: every acknowledged entry opens at every reader', () => {
  scene(2, async ({ world, node, garden, guest }) => {
    const guests = [await guest('bob'), await guest('cleo')];
    const sites = [garden, ...guests.map(({ site }) => site)];
    const seen = sites.map(() => [] as unknown[]);
    const total = 90;
    const readers = sites.map(async (site, i) => {
      for await (const { broken, value } of site.log('chat').entries()) {
        seen[i]?.push(broken ?? value);
        if (seen[i]?.length === total) break;
      }
    });
    const writers = sites.map(async (site, i) => {
      for (let n = 0; n < total / 3; n++) {
        await site.log('chat').append(`${i}.${n}`);
        await sleep(world, 20);
      }
    });
    for (let n = 0; n < 4; n++) {
      await sleep(world, 100);
      await garden.rotate();
    }
    await Promise.all([...writers, ...readers]);
    assert.equal(await epochOf(node, garden), 5);
    const expected = sites.flatMap((_, i) => Array.from({ length: total / 3 }, (_each, n) => `${i}.${n}`));
    for (const values of seen) assert.deepEqual(values.map(String).toSorted(), expected.toSorted());
  });
});

test('[K5] with history a newcomer reads what was before, without it what comes after her invitation', () => {
  scene(3, async ({ garden, guest }) => {
    const bob = await guest('bob');
    await garden.log('chat').append('first');
    await garden.rotate();
    await garden.log('chat').append('second');
    const cleo = await guest('cleo');
    assert.deepEqual(await read(cleo.site.log('chat'), 1, 2), ['first', 'second']);
    await garden.history(false);
    assert.equal((await garden.keyState()).history, false);
    await garden.log('chat').append('third');
    const dora = await guest('dora');
    await garden.log('chat').append('fourth');
    assert.deepEqual(await read(dora.site.log('chat'), 1, 4), ['noKey', 'noKey', 'noKey', 'fourth']);
    for (const { site } of [bob, cleo]) {
      assert.deepEqual(await read(site.log('chat'), 1, 4), ['first', 'second', 'third', 'fourth']);
    }
    await garden.history(true);
    const eve = await guest('eve');
    assert.deepEqual(await read(eve.site.log('chat'), 4, 1), ['fourth']);
  });
});

test('[K6] when a member leaves, an admin who is there makes the next key', () => {
  scene(4, async ({ world, node, garden, guest }) => {
    const bob = await guest('bob');
    await garden.log('chat').append('with Bob');
    await bob.site.leave();
    await eventually(world, async () => (await epochOf(node, garden)) === 2, 'the next key');
    await garden.log('chat').append('without him');
    assert.equal(await node.accounts.keys.envelope(garden.id, 2, bob.copse.user), null);
    assert.deepEqual(await read(garden.log('chat'), 1, 2), ['with Bob', 'without him']);
  });
});

test('[K6] a due key waits for an admin and says so, over a crash of the node too', () => {
  scene(5, async ({ world, node, adas, garden, guest }) => {
    const bob = await guest('bob');
    const cleo = await guest('cleo');
    await adas.close();
    await bob.site.leave();
    await node.crash();
    const state = async () => (await cleo.site.keyState()).state;
    assert.equal(await state(), 'due');
    await sleep(world, 60_000);
    assert.equal(await state(), 'due');
    await cleo.site.log('chat').append('meanwhile');
    const ada = await adas.open({});
    await eventually(world, async () => (await epochOf(node, garden)) === 2, 'the next key');
    assert.equal(await state(), 'current');
    await cleo.site.log('chat').append('after');
    const chat = ada.site(garden.id)?.log('chat') ?? assert.fail('the site');
    assert.deepEqual(await read(chat, 1, 2), ['meanwhile', 'after']);
  });
});

test('[K2] a revoked device is followed by another user key and other site keys; it opens neither', () => {
  scene(6, async ({ world, node, machine, ada, garden }) => {
    const phone = machine('phone');
    const secret = await ada.secret();
    const second = await phone.open({ secret });
    await until(world, () => second.sites.get().length === 1, 'the site on the phone');
    const isStated = async (): Promise<boolean> => {
      const rows = await node.accounts.keys.devicesOf(ada.user);
      return rows.length === 2 && rows.every(({ statement }) => statement !== null);
    };
    await eventually(world, isStated, 'the exchange key of the phone');
    await ada.revokeDevice(second.device);
    await eventually(world, async () => (await epochOf(node, garden)) === 2, 'the next key');
    const key = await node.accounts.keys.userKey(ada.user);
    assert.equal(key?.generation, 2);
    assert.equal(key.due, false);
    assert.equal(await node.accounts.keys.userEnvelope(ada.user, second.device), null);
    assert.notEqual(await node.accounts.keys.userEnvelope(ada.user, ada.device), null);
    // A third device learns both generations, the first from the phrase and the second from an envelope.
    await garden.log('chat').append('new');
    const tablet = machine('tablet');
    const third = await tablet.open({ secret });
    await until(world, () => third.sites.get().length === 1, 'the site on the tablet');
    const chat = third.sites.get()[0]?.log('chat') ?? assert.fail('the site');
    assert.deepEqual(await read(chat, 1, 1), ['new']);
  });
});

test('[K3] two admins at once: one makes the key, both end with it', () => {
  for (const seed of [7, 8, 9]) {
    scene(seed, async ({ node, garden, guest }) => {
      const bob = await guest('bob', 31);
      const outcomes = await Promise.allSettled([garden.rotate(), bob.site.rotate()]);
      assert.ok(outcomes.some(({ status }) => status === 'fulfilled'));
      const epoch = await epochOf(node, garden);
      await garden.log('chat').append('one');
      await bob.site.log('chat').append('two');
      assert.ok(epoch === 2 || epoch === 3);
      for (const site of [garden, bob.site]) {
        assert.equal((await site.keyState()).epoch, epoch);
        assert.deepEqual(await read(site.log('chat'), 1, 2), ['one', 'two']);
      }
    });
  }
});

test('[K6] what a device began and did not finish another admin begins anew', () => {
  scene(10, async ({ world, node, garden, guest }) => {
    const bob = await guest('bob', 31);
    const cleo = await guest('cleo');
    const { device } = bob.copse;
    const beginning = {
      site: garden.id,
      from: 1,
      user: bob.copse.user,
      device,
      resume: new Uint8Array(8),
      anew: false,
      atMs: 0,
    };
    // Bob's phone has taken the work and falls asleep.
    await bob.machine.close();
    assert.equal((await node.accounts.keys.begin(beginning)).kind, 'ok');
    await cleo.site.leave();
    await eventually(world, async () => (await epochOf(node, garden)) === 2, 'the next key');
    await garden.log('chat').append('relieved');
    assert.deepEqual(await read(garden.log('chat'), 1, 1), ['relieved']);
  });
});

test('[K7] a reader waits for a key although the connection breaks over which it is to come', () => {
  scene(11, async ({ world, node, garden, guest }) => {
    const bob = await guest('bob');
    await garden.log('chat').append('one');
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const { broken, value } of bob.site.log('chat').entries()) {
        seen.push(broken ?? value);
        if (seen.length === 2) break;
      }
    })();
    await until(world, () => seen.length === 1, 'the first entry');
    bob.machine.isAuthCut = true;
    node.cut();
    await sleep(world, 2000);
    assert.equal(await garden.rotate(), 2);
    await garden.log('chat').append('two');
    // Longer than a reader waits for a node that answers.
    await sleep(world, 2 * keyWaitMs);
    assert.deepEqual(seen, ['one']);
    bob.machine.isAuthCut = false;
    await reading;
    assert.deepEqual(seen, ['one', 'two']);
  });
});

test('[K7, S2] what a device wrote to a site that it forgot is sent, although the keys have changed', () => {
  scene(12, async ({ world, node, garden, guest }) => {
    const bob = await guest('bob');
    node.isDown = true;
    node.cut();
    void bob.site
      .log('chat')
      .append('kept')
      .catch(() => {});
    await sleep(world, 1000);
    bob.machine.kill();
    // The row of a site is written as what may be lost with the power.
    await bob.machine.keep.write([{ name: `site/${garden.id}`, value: null }]);
    node.isDown = false;
    assert.equal(await garden.rotate(), 2);
    await bob.machine.open({});
    assert.deepEqual(await read(garden.log('chat'), 1, 1), ['kept']);
  });
});

test('[K6] who was invited under an earlier key is handed the newest one when she joins', () => {
  scene(13, async ({ world, node, machine, garden }) => {
    const link = await garden.invite();
    await garden.rotate();
    await garden.log('chat').append('under the second');
    const bob = await machine('bob').open({ name: 'bob' });
    await eventually(world, () => hasUserKey(node, bob), 'the key of Bob');
    // Nothing else that is new wakes an admin when she joins.
    await sleep(world, 1000);
    const site = await bob.join(link);
    assert.deepEqual(await read(site.log('chat'), 1, 1), ['under the second']);
  });
});

test('[K2] the device that ends another one makes the next key of their user, without being told', () => {
  const world = new World(14);
  const node = new SimNode(world);
  play(world, async () => {
    await node.start();
    const [laptop, phone] = [new SimMachine(world, node, 'laptop'), new SimMachine(world, node, 'phone')];
    const first = await laptop.open({ name: 'Ada' });
    const second = await phone.open({ secret: await first.secret() });
    await eventually(world, () => hasUserKey(node, first), 'the key of Ada');
    await first.revokeDevice(second.device);
    const generation = async () => (await node.accounts.keys.userKey(first.user))?.generation;
    await eventually(world, async () => (await generation()) === 2, 'the next key of Ada');
    await laptop.close();
  });
});
