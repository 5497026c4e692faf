/** Who makes the next key of a site may die or fall silent at any step; somebody else ends the work (SPEC K3, K6). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventually, keyEpochOf, keyScene, readLog, type Guest } from '../../../lab/suites/key-scene.ts';
import { sleep, type SimNode } from '../../../lab/suites/sim-node.ts';
import { Fault } from '../base/fault.ts';
import { rekeyLeaseMs } from '../base/limits.ts';
import { permissionsAll } from '../capability/policy.ts';
import type { Site } from './site.ts';

/** The steps at the node after which a maker dies. */
const STEPS = ['begin', 'putPart', 'commit'] as const;

/** Runs `once` before or after the first such step of a device. */
function interrupt(
  node: SimNode,
  step: (typeof STEPS)[number],
  of: { readonly device: string; readonly done: boolean; readonly once: () => void },
): void {
  const { keys } = node.accounts;
  let isOver = false;
  const around = async <T>(by: string, work: () => Promise<T>): Promise<T> => {
    const isHers = by === of.device && !isOver;
    if (!isHers) return work();
    isOver = true;
    if (!of.done) of.once();
    const answer = await work();
    if (of.done) of.once();
    return answer;
  };
  const begin = keys.begin.bind(keys);
  const putPart = keys.putPart.bind(keys);
  const commit = keys.commit.bind(keys);
  if (step === 'begin') keys.begin = (given) => around(given.device, () => begin(given));
  if (step === 'putPart') keys.putPart = (given) => around(given.device, () => putPart(given));
  if (step === 'commit') keys.commit = (given) => around(given.device, () => commit(given));
}

async function isCurrent({ site }: Guest): Promise<boolean> {
  try {
    return (await site.keyState()).state === 'current';
  } catch {
    // The lines were cut.
    return false;
  }
}

/** Everybody reads everything, and the one who left has been given nothing. */
async function settledFor(readers: readonly Pick<Guest, 'site'>[], values: readonly string[]): Promise<void> {
  for (const { site } of readers) assert.deepEqual(await readLog(site.log('chat'), 1, values.length), values);
}

let seed = 40;
for (const step of STEPS) {
  for (const done of [false, true]) {
    test(`[K6] an admin's device that dies ${done ? 'after' : 'at'} ${step} is relieved by another admin`, () => {
      keyScene(seed++, async ({ world, node, garden, guest, adas }) => {
        const dora = await guest('dora', permissionsAll);
        const bob = await guest('bob');
        const cleo = await guest('cleo');
        await bob.site.log('chat').append('before');
        let diedMs = 0;
        const { device } = dora.copse;
        const once = (): void => {
          diedMs = world.nowMs;
          dora.machine.kill();
          node.cut();
        };
        interrupt(node, step, { device, done, once });
        await adas.close();
        await cleo.site.leave();
        await eventually(world, async () => diedMs > 0, 'the death of the maker');
        const ada = await adas.open({});
        await eventually(world, async () => (await keyEpochOf(node, garden)) > 1, 'the next key');
        assert.ok(world.nowMs - diedMs < 2 * rekeyLeaseMs, `after ${world.nowMs - diedMs} ms`);
        await eventually(world, () => isCurrent(bob), 'rest');
        await bob.site.log('chat').append('after');
        const adas2 = ada.site(garden.id) ?? assert.fail('the site');
        await settledFor([bob, { site: adas2 }], ['before', 'after']);
        assert.equal(await node.accounts.keys.envelope(garden.id, 2, cleo.copse.user), null);
      });
    });
  }
}

test('[K6] an admin’s device that falls silent in the middle is relieved when its lease ends', () => {
  keyScene(seed++, async ({ world, node, garden, guest, adas }) => {
    const dora = await guest('dora', permissionsAll);
    const bob = await guest('bob');
    const cleo = await guest('cleo');
    await adas.close();
    const { keys } = node.accounts;
    const putPart = keys.putPart.bind(keys);
    let silentMs = 0;
    keys.putPart = (given) => {
      if (given.device !== dora.copse.device) return putPart(given);
      silentMs = world.nowMs;
      // It is frozen: it hears no answer and says no more, and its connection stays.
      dora.machine.kill();
      return new Promise(() => {});
    };
    await cleo.site.leave();
    await eventually(world, async () => silentMs > 0, 'the silence of the maker');
    await adas.open({});
    await eventually(world, async () => (await bob.site.keyState()).state === 'rekeying', 'the lease');
    await eventually(world, async () => (await keyEpochOf(node, garden)) === 2, 'the next key');
    const afterMs = world.nowMs - silentMs;
    assert.ok(afterMs >= rekeyLeaseMs - 1_000 && afterMs < rekeyLeaseMs + 10_000, `after ${afterMs} ms`);
    await bob.site.log('chat').append('after');
    await settledFor([bob], ['after']);
  });
});

test('[K3] another device of the same user goes on with the parts that the first one made', () => {
  keyScene(seed++, async ({ world, node, garden, guest, adas, machine, ada }) => {
    const bob = await guest('bob');
    const cleo = await guest('cleo');
    const secret = await ada.secret();
    const laptop = machine('laptop');
    let isDead = false;
    const { keys } = node.accounts;
    const commit = keys.commit.bind(keys);
    keys.commit = (given) => {
      if (given.device !== ada.device) return commit(given);
      isDead = true;
      adas.kill();
      return new Promise(() => {});
    };
    let resumed = 0;
    const begin = keys.begin.bind(keys);
    keys.begin = async (given) => {
      const begun = await begin(given);
      if (begun.kind === 'resumed') resumed++;
      return begun;
    };
    await cleo.site.leave();
    await eventually(world, async () => isDead, 'the death of the maker');
    await laptop.open({ secret });
    await eventually(world, async () => (await keyEpochOf(node, garden)) === 2, 'the next key');
    assert.equal(resumed, 1);
    await bob.site.log('chat').append('after');
    await settledFor([bob], ['after']);
  });
});

test('[K6] work that failed is tried again, although nobody says anything', () => {
  keyScene(seed++, async ({ world, node, garden, guest }) => {
    const cleo = await guest('cleo');
    const { keys } = node.accounts;
    const begin = keys.begin.bind(keys);
    let failures = 0;
    keys.begin = async (given) => {
      if (failures < 2) {
        failures++;
        throw new Fault('tooMany', 'for this test');
      }
      return begin(given);
    };
    await cleo.site.leave();
    await eventually(world, async () => failures === 1, 'the first failure');
    const failedMs = world.nowMs;
    await eventually(world, async () => (await keyEpochOf(node, garden)) === 2, 'the next key');
    assert.ok(world.nowMs - failedMs > 30_000, 'not at once');
  });
});

test('[K6] a site where it fails again and again does not hold up the others', () => {
  keyScene(seed++, async ({ world, node, ada, guest, garden }) => {
    const cleo = await guest('cleo');
    const others: Site[] = [];
    for (const title of ['Meadow', 'Orchard']) {
      const site = await ada.found({ title, logs: ['chat'] });
      await cleo.copse.join(await site.invite());
      others.push(site);
    }
    const { keys } = node.accounts;
    const begin = keys.begin.bind(keys);
    keys.begin = async (given) => {
      if (given.site === garden.id) throw new Fault('tooMany', 'for this test');
      return begin(given);
    };
    await cleo.site.leave();
    await sleep(world, 1_000);
    const leftMs = world.nowMs;
    for (const { id } of others) await cleo.copse.site(id)?.leave();
    for (const each of others)
      await eventually(world, async () => (await keyEpochOf(node, each)) === 2, `the next key of ${each.id}`);
    assert.ok(world.nowMs - leftMs < 45_000, `after ${world.nowMs - leftMs} ms`);
    assert.equal(await keyEpochOf(node, garden), 1);
  });
});

test('[K6] a site that always changes meanwhile does not keep a device and the node busy', () => {
  keyScene(seed++, async ({ world, node, guest }) => {
    const cleo = await guest('cleo');
    const { keys } = node.accounts;
    let asked = 0;
    keys.begin = async () => {
      asked++;
      return { kind: 'stale', epoch: 1 };
    };
    await cleo.site.leave();
    await eventually(world, async () => asked > 0, 'the first try');
    await sleep(world, 25_000);
    assert.ok(asked <= 8, `asked ${asked} times`);
  });
});

test('[K9] nobody takes a right back who lacks the newest key, unless told to', () => {
  keyScene(90, async ({ world, node, garden, ada, guest }) => {
    const bea = await guest('bea', permissionsAll);
    assert.equal(await bea.site.rotate(), 2);
    const mine = (await garden.whoHolds()).find(({ user }) => user === bea.copse.user) ?? assert.fail();
    // As after a key that was made while Ada's own was due and could not be sealed to.
    node.accounts.keys.lacks = (_, user) => user === ada.user;
    await assert.rejects(
      garden.revoke(mine.via),
      (thrown) => thrown instanceof Fault && thrown.code === 'stale',
    );
    assert.equal((await bea.site.keyState()).epoch, 2);
    assert.ok((await garden.members()).some(({ user }) => user === bea.copse.user));
    await garden.revoke(mine.via, { force: true });
    await eventually(
      world,
      async () => !(await garden.members()).some(({ user }) => user === bea.copse.user),
      'Bea is out',
    );
  });
});

for (const force of [false, true]) {
  const what = force ? 'at once' : 'not before the key is there';
  test(`[K9] what was asked for ${force ? 'at any price ' : ''}and not heard is asked for again, ${what}`, () => {
    keyScene(force ? 92 : 91, async ({ world, node, garden, ada, adas, guest }) => {
      const bea = await guest('bea', permissionsAll);
      const beasRight = async () => (await node.accounts.grants.held(garden.id, bea.copse.user))[0]?.via;
      const asked = assert.rejects(garden.revoke((await beasRight()) ?? '', { force }), { code: 'closed' });
      const prefix = force ? 'forcing/' : 'revoking/';
      while ((await adas.keep.list(prefix)).length === 0) await sleep(world, 0.01);
      node.cut();
      await asked;
      let isLacking = true;
      node.accounts.keys.lacks = (_, user) => isLacking && user === ada.user;
      await sleep(world, 100_000);
      assert.equal((await beasRight()) === undefined, force);
      isLacking = false;
      await eventually(world, async () => (await beasRight()) === undefined, 'Bea is out');
      await eventually(world, async () => (await adas.keep.list(prefix)).length === 0, 'the row is gone');
    });
  });
}
