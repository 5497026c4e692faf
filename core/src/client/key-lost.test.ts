/** Nobody who could make the next key has the newest one: the way out, and that it is no way in (SPEC K10). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  eventually,
  keyEpochOf,
  keyScene,
  readLog,
  type Guest,
  type KeyScene,
} from '../../../lab/suites/key-scene.ts';
import { sleep } from '../../../lab/suites/sim-node.ts';
import type { World } from '../../../lab/sim/world.ts';
import { Fault } from '../base/fault.ts';
import { permissionsAll } from '../capability/policy.ts';

/** The steps at the node at which a device dies. */
const STEPS = ['none', 'begin', 'putPart', 'commit'] as const;

interface Lost extends KeyScene {
  /** An admin, the only one with the second key. */
  readonly bea: Guest;
  /** May write; has the second key. */
  readonly bob: Guest;
  /** May write; lacks it, as Ada does. */
  readonly carl: Guest;
  /** An admin who lacks it. */
  readonly dora: Guest;
}

/** Bea has made the second key, which Ada and Carl could not be given, and has written under it. */
function lostScene(seed: number, act: (scene: Lost) => Promise<void>): void {
  keyScene(seed, async (scene) => {
    const { world, node, garden, guest, ada } = scene;
    const bea = await guest('bea', permissionsAll);
    const bob = await guest('bob');
    const carl = await guest('carl');
    const dora = await guest('dora', permissionsAll);
    await garden.log('chat').append('before');
    // As when the keys of both were due, and their devices away.
    const { keys } = node.accounts;
    const envelope = keys.envelope.bind(keys);
    const lacking = new Set([ada.user, carl.copse.user, dora.copse.user]);
    keys.envelope = async (site, epoch, user) =>
      epoch === 2 && lacking.has(user) ? null : envelope(site, epoch, user);
    assert.equal(await bea.site.rotate(), 2);
    await bea.site.log('chat').append('under the lost key');
    await eventually(world, async () => (await garden.keyState()).epoch === 2, 'the second key');
    await act({ ...scene, bea, bob, carl, dora });
  });
}

/** Ada's device dies at its first such step, and comes back later. */
function dying({ world, node, ada, adas }: Lost, step: (typeof STEPS)[number]): () => number {
  const { keys } = node.accounts;
  let deaths = 0;
  const around = async <T>(device: string, work: () => Promise<T>): Promise<T> => {
    if (device !== ada.device || deaths > 0) return work();
    deaths++;
    const isDone = world.chance.often(0.5);
    const answer = isDone ? await work() : null;
    adas.kill();
    node.cut();
    return answer ?? work();
  };
  const begin = keys.begin.bind(keys);
  const putPart = keys.putPart.bind(keys);
  const commit = keys.commit.bind(keys);
  if (step === 'begin') keys.begin = (given) => around(given.device, () => begin(given));
  if (step === 'putPart') keys.putPart = (given) => around(given.device, () => putPart(given));
  if (step === 'commit') keys.commit = (given) => around(given.device, () => commit(given));
  return () => deaths;
}

/** Appends numbered words; what could not be sent goes out later. */
async function writes({ world }: KeyScene, { site }: Pick<Guest, 'site'>, name: string): Promise<void> {
  const words: Promise<unknown>[] = [];
  for (let n = 0; n < 10; n++) {
    words.push(site.log('chat').append(`${name} ${n}`));
    await sleep(world, 30);
  }
  await Promise.all(words);
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Fault)) throw thrown;
  return thrown.code;
}

/** She asks again while the lease of another device stands. */
async function insists(world: World, { site }: Guest): Promise<number> {
  for (;;) {
    try {
      return await site.rotate({ force: true });
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      await sleep(world, 2_000);
    }
  }
}

async function refusedWith(code: string, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (thrown) => thrown instanceof Fault && thrown.code === code);
}

test('[K10] an admin who was not given the newest key makes the next one when nobody else can', () => {
  lostScene(101, async ({ world, node, garden, bea, carl }) => {
    assert.equal((await garden.keyState()).held, 'no');
    await refusedWith('taken', garden.rotate({ force: true }));
    assert.equal(await keyEpochOf(node, garden), 2, 'Bea is there and has it');
    await bea.machine.close();
    await refusedWith('stale', garden.rotate());
    assert.equal(await garden.rotate({ force: true }), 3);
    await garden.log('chat').append('after');
    await carl.site.log('chat').append('from Carl');
    for (const site of [garden, carl.site])
      assert.deepEqual(await readLog(site.log('chat'), 1, 4), ['before', 'noKey', 'after', 'from Carl']);
    const { epoch, held, history, state } = await carl.site.keyState();
    assert.deepEqual([epoch, held, history, state], [3, 'yes', false, 'current']);
    // Back to history: from the third key on.
    await garden.history(true);
    await garden.log('chat').append('more');
    await eventually(world, async () => (await carl.site.keyState()).epoch === 4, 'the fourth key');
    assert.deepEqual(await readLog(carl.site.log('chat'), 3, 3), ['after', 'from Carl', 'more']);
  });
});

test('[K10] who has the key before follows at her own word, and reads what others cannot', () => {
  lostScene(102, async ({ world, garden, bea, bob }) => {
    await bea.machine.close();
    assert.equal(await garden.rotate({ force: true }), 3);
    await garden.log('chat').append('after');
    await sleep(world, 5_000);
    assert.equal((await bob.site.keyState()).held, 'anew');
    const late = bob.site.log('chat').append('from Bob');
    await sleep(world, 5_000);
    assert.deepEqual(await readLog(bob.site.log('chat'), 1, 3), ['before', 'under the lost key', 'noKey']);
    assert.equal(await bob.site.followKey(), 3);
    await late;
    assert.equal((await bob.site.keyState()).held, 'yes');
    const all = ['before', 'under the lost key', 'after', 'from Bob'];
    assert.deepEqual(await readLog(bob.site.log('chat'), 1, 4), all);
    // It is kept: the next start asks nothing again.
    await bob.machine.close();
    const again = await bob.machine.open({});
    const site = again.site(garden.id) ?? assert.fail('the site');
    assert.deepEqual([(await site.keyState()).held, await site.followKey()], ['yes', 3]);
    assert.deepEqual(await readLog(site.log('chat'), 1, 4), all);
  });
});

test('[K10] the admin who comes back with the lost key follows too, and makes the next one', () => {
  lostScene(103, async ({ world, node, garden, bea, bob }) => {
    await bea.machine.close();
    assert.equal(await garden.rotate({ force: true }), 3);
    const back = await bea.machine.open({});
    const site = back.site(garden.id) ?? assert.fail('the site');
    await eventually(world, async () => (await site.keyState()).held === 'anew', 'that Bea sees it');
    await refusedWith('fork', site.rotate());
    assert.equal(await site.followKey(), 3);
    assert.equal(await site.rotate(), 4);
    assert.equal(await keyEpochOf(node, garden), 4);
    assert.equal(await bob.site.followKey(), 4);
    await site.log('chat').append('together again');
    for (const each of [garden, bob.site])
      assert.deepEqual(await readLog(each.log('chat'), 3, 1), ['together again']);
  });
});

test('[K10] with the newest key at hand nothing is made anew', () => {
  keyScene(104, async ({ garden, guest }) => {
    const bob = await guest('bob');
    await garden.log('chat').append('one');
    assert.equal(await garden.rotate({ force: true }), 2);
    assert.equal((await garden.keyState()).history, true);
    assert.equal(await garden.rotate({ force: true }), 3);
    assert.deepEqual(await readLog(bob.site.log('chat'), 1, 1), ['one']);
    assert.equal(await bob.site.followKey(), 3, 'there is nothing to follow');
  });
});

for (let seed = 110; seed < 126; seed++) {
  const step = STEPS[seed % STEPS.length] ?? 'none';
  test(`[K7, K10] two admins begin anew while others write, one dies (seed ${seed}, ${step})`, () => {
    lostScene(seed, async (scene) => {
      const { world, node, garden, adas, bea, bob, carl, dora } = scene;
      await bea.machine.close();
      const deaths = dying(scene, step);
      const writing = Promise.all([writes(scene, bob, 'bob'), writes(scene, carl, 'carl')]);
      const forced = Promise.allSettled([garden.rotate({ force: true }), insists(world, dora)]);
      await eventually(world, async () => (await keyEpochOf(node, garden)) > 2, 'the next key');
      const isDead = deaths() > 0;
      const ada = isDead ? await adas.open({}) : null;
      if (!isDead) await forced;
      // Who dies takes all connections along, also that on which Bob is asking.
      const held = (): Promise<string> => bob.site.keyState().then((state) => state.held, codeOf);
      await eventually(world, async () => (await held()) === 'anew', 'that Bob sees it');
      await bob.site.followKey();
      await writing;
      const count = 22;
      const own = ada === null ? garden : (ada.site(garden.id) ?? assert.fail('the site'));
      const all = (await readLog(bob.site.log('chat'), 1, count)).map(String);
      assert.deepEqual(all.slice(0, 2), ['before', 'under the lost key']);
      const expected = ['bob', 'carl'].flatMap((name) =>
        Array.from({ length: 10 }, (_, n) => `${name} ${n}`),
      );
      assert.deepEqual(all.slice(2).toSorted(), expected.toSorted());
      for (const site of [own, carl.site, dora.site]) {
        const seen = (await readLog(site.log('chat'), 1, count)).map(String);
        // Who was not given the lost key may have written nothing under it, and reads nothing that was.
        const lost = seen.filter((value) => value === 'noKey').length;
        assert.deepEqual(seen, ['before', ...all.slice(1).map((value, i) => (i < lost ? 'noKey' : value))]);
      }
    });
  });
}
