import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { eventually, keyEpochOf, keyScene, readLog, hasUserKey } from '../../../lab/suites/key-scene.ts';
import { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { play, SimNode, sleep, until } from '../../../lab/suites/sim-node.ts';
import { keyWaitMs } from '../base/limits.ts';

test('[K3, K7] a site gets another key; what was before and what comes after opens at everybody', () => {
  keyScene(1, async ({ node, garden, guest }) => {
    const bob = await guest('bob');
    await garden.log('chat').append('one');
    assert.equal(await garden.rotate(), 2);
    assert.equal(await keyEpochOf(node, garden), 2);
    await garden.log('chat').append('two');
    await bob.site.log('chat').append('three');
    for (const site of [garden, bob.site]) {
      assert.deepEqual(await readLog(site.log('chat'), 1, 3), ['one', 'two', 'three']);
    }
    assert.deepEqual(await garden.keyState(), {
      epoch: 2,
      state: 'current',
      sinceMs: 0,
      history: true,
      held: 'yes',
    });
  });
});

test('[K7] writers go on while keys change: every acknowledged entry opens at every reader', () => {
  keyScene(2, async ({ world, node, garden, guest }) => {
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
    assert.equal(await keyEpochOf(node, garden), 5);
    const expected = sites.flatMap((_, i) => Array.from({ length: total / 3 }, (_each, n) => `${i}.${n}`));
    for (const values of seen) assert.deepEqual(values.map(String).toSorted(), expected.toSorted());
  });
});

test('[K5] with history a newcomer reads what was before, without it what comes after her invitation', () => {
  keyScene(3, async ({ garden, guest }) => {
    const bob = await guest('bob');
    await garden.log('chat').append('first');
    await garden.rotate();
    await garden.log('chat').append('second');
    const cleo = await guest('cleo');
    assert.deepEqual(await readLog(cleo.site.log('chat'), 1, 2), ['first', 'second']);
    await garden.history(false);
    assert.equal((await garden.keyState()).history, false);
    await garden.log('chat').append('third');
    const dora = await guest('dora');
    await garden.log('chat').append('fourth');
    assert.deepEqual(await readLog(dora.site.log('chat'), 1, 4), ['noKey', 'noKey', 'noKey', 'fourth']);
    for (const { site } of [bob, cleo]) {
      assert.deepEqual(await readLog(site.log('chat'), 1, 4), ['first', 'second', 'third', 'fourth']);
    }
    await garden.history(true);
    const eve = await guest('eve');
    assert.deepEqual(await readLog(eve.site.log('chat'), 4, 1), ['fourth']);
  });
});

test('[K6] when a member leaves, an admin who is there makes the next key', () => {
  keyScene(4, async ({ world, node, garden, guest }) => {
    const bob = await guest('bob');
    await garden.log('chat').append('with Bob');
    await bob.site.leave();
    await eventually(world, async () => (await keyEpochOf(node, garden)) === 2, 'the next key');
    await garden.log('chat').append('without him');
    assert.equal(await node.accounts.keys.envelope(garden.id, 2, bob.copse.user), null);
    assert.deepEqual(await readLog(garden.log('chat'), 1, 2), ['with Bob', 'without him']);
  });
});

test('[K6] a due key waits for an admin and says so, over a crash of the node too', () => {
  keyScene(5, async ({ world, node, adas, garden, guest }) => {
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
    await eventually(world, async () => (await keyEpochOf(node, garden)) === 2, 'the next key');
    assert.equal(await state(), 'current');
    await cleo.site.log('chat').append('after');
    const chat = ada.site(garden.id)?.log('chat') ?? assert.fail('the site');
    assert.deepEqual(await readLog(chat, 1, 2), ['meanwhile', 'after']);
  });
});

test('[K2] a revoked device is followed by another user key and other site keys; it opens neither', () => {
  keyScene(6, async ({ world, node, machine, ada, garden }) => {
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
    await eventually(world, async () => (await keyEpochOf(node, garden)) === 2, 'the next key');
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
    assert.deepEqual(await readLog(chat, 1, 1), ['new']);
  });
});

test('[K3] two admins at once: one makes the key, both end with it', () => {
  for (const seed of [7, 8, 9]) {
    keyScene(seed, async ({ node, garden, guest }) => {
      const bob = await guest('bob', 31);
      const outcomes = await Promise.allSettled([garden.rotate(), bob.site.rotate()]);
      assert.ok(outcomes.some(({ status }) => status === 'fulfilled'));
      const epoch = await keyEpochOf(node, garden);
      await garden.log('chat').append('one');
      await bob.site.log('chat').append('two');
      assert.ok(epoch === 2 || epoch === 3);
      for (const site of [garden, bob.site]) {
        assert.equal((await site.keyState()).epoch, epoch);
        assert.deepEqual(await readLog(site.log('chat'), 1, 2), ['one', 'two']);
      }
    });
  }
});

test('[K6] what a device began and did not finish another admin begins anew', () => {
  keyScene(10, async ({ world, node, garden, guest }) => {
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
    await eventually(world, async () => (await keyEpochOf(node, garden)) === 2, 'the next key');
    await garden.log('chat').append('relieved');
    assert.deepEqual(await readLog(garden.log('chat'), 1, 1), ['relieved']);
  });
});

test('[K7] a reader waits for a key although the connection breaks over which it is to come', () => {
  keyScene(11, async ({ world, node, garden, guest }) => {
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
  keyScene(12, async ({ world, node, garden, guest }) => {
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
    assert.deepEqual(await readLog(garden.log('chat'), 1, 1), ['kept']);
  });
});

test('[K6] who was invited under an earlier key is handed the newest one when she joins', () => {
  keyScene(13, async ({ world, node, machine, garden }) => {
    const link = await garden.invite();
    await garden.rotate();
    await garden.log('chat').append('under the second');
    const bob = await machine('bob').open({ name: 'bob' });
    await eventually(world, () => hasUserKey(node, bob), 'the key of Bob');
    // Nothing else that is new wakes an admin when she joins.
    await sleep(world, 1000);
    const site = await bob.join(link);
    assert.deepEqual(await readLog(site.log('chat'), 1, 1), ['under the second']);
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

test('[K6] who was cut off with the work of a site in its hands is told of what waits there meanwhile', () => {
  keyScene(14, async ({ world, node, machine, garden }) => {
    const link = await garden.invite();
    assert.equal(await garden.rotate(), 2);
    await garden.log('chat').append('under the second');
    const { keys } = node.accounts;
    const begin = keys.begin.bind(keys);
    keys.begin = async (given) => {
      keys.begin = begin;
      const begun = await begin(given);
      node.cut();
      return begun;
    };
    await assert.rejects(garden.rotate(), { code: 'closed' });
    await sleep(world, 2_000);
    const bob = await machine('bob').open({ name: 'bob' });
    const his = await bob.join(link);
    const joinedMs = world.nowMs;
    await eventually(world, async () => (await his.keyState()).epoch === 2, 'the newest key');
    assert.deepEqual(await readLog(his.log('chat'), 1, 1), ['under the second']);
    assert.ok(world.nowMs - joinedMs < 5_000, `after ${world.nowMs - joinedMs} ms`);
  });
});

test('[K7] a key that could not be had is sought again as soon as a newer one is there', () => {
  keyScene(15, async ({ world, node, garden, guest }) => {
    const bob = await guest('bob');
    const { keys } = node.accounts;
    const envelope = keys.envelope.bind(keys);
    // The second one comes with the third, which opens it.
    keys.envelope = async (site, epoch, user) =>
      user === bob.copse.user && epoch === 2 ? null : envelope(site, epoch, user);
    assert.equal(await garden.rotate(), 2);
    await garden.log('chat').append('two');
    assert.deepEqual(await readLog(bob.site.log('chat'), 1, 1), ['noKey']);
    assert.equal(await garden.rotate(), 3);
    await eventually(world, async () => (await bob.site.keyState()).epoch === 3, 'the third');
    await sleep(world, 1_000);
    assert.deepEqual(await readLog(bob.site.log('chat'), 1, 1), ['two']);
  });
});
