/** Notifications against the node's own auth: what a device tells is what auth holds for it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventually, keyScene, type Guest, type KeyScene } from '../../../lab/suites/key-scene.ts';
import { NotifyDouble } from '../../../lab/suites/notices-stage.ts';
import { sleep } from '../../../lab/suites/sim-node.ts';
import { mentionTagBytes } from '../base/limits-mentions.ts';
import { neighbourIn } from '../social/subscriptions/neighbourhood.ts';

const address = {
  endpoint: 'https://push.example/bob',
  keys: { p256dh: new Uint8Array(65).fill(4), auth: new Uint8Array(16).fill(7) },
};

/** How many tags auth holds of each site of a device; of the neighbourhood it has them by itself. */
async function tagCounts({ node }: KeyScene, { copse }: Pick<Guest, 'copse'>): Promise<readonly number[]> {
  const rows = await node.accounts.notices.rows(copse.user, copse.device, null, 9);
  const sites = rows.filter(({ site }) => neighbourIn(site) === null);
  return sites.map(({ listener }) => listener.tags.length / mentionTagBytes);
}

/** The node is told that it notifies, and comes back so. */
function notifying(seed: number, act: (scene: KeyScene) => Promise<void>): void {
  keyScene(seed, async (scene) => {
    scene.node.subscriptions = new NotifyDouble();
    await scene.node.restart();
    await act(scene);
  });
}

const hold = (scene: KeyScene, guest: Pick<Guest, 'copse'>, counts: readonly number[], what: string) =>
  eventually(
    scene.world,
    async () => (await tagCounts(scene, guest)).toSorted((a, b) => a - b).join() === counts.join(),
    what,
  );

test('[I19, I7] a device that subscribes listens in its sites, tells its tags, and those of a new key and site again', () => {
  notifying(1, async (scene) => {
    const { garden, ada, guest, world } = scene;
    const bob = await guest('bob');
    assert.deepEqual(await tagCounts(scene, bob), []);
    const notifications = await bob.copse.notifications();
    await notifications.subscribe(address);
    assert.deepEqual(
      notifications.state.get()?.sites.map(({ site, level }) => [site, level]),
      [[garden.id, 'all']],
    );
    assert.equal(notifications.state.get()?.neighbourhood?.level, 'all', 'and in the neighbourhood');
    await hold(scene, bob, [2], 'the tags of the site');
    await garden.rotate();
    await hold(scene, bob, [4], 'those of the new key beside those of the one before');
    // A site that she comes to later, whatever brings her there.
    const orchard = await ada.found({ title: 'Orchard', logs: ['chat'] });
    await bob.copse.join(await orchard.invite());
    await hold(scene, bob, [2, 4], 'the tags of the other site');
    await notifications.mute(garden.id, 3_600_000);
    assert.equal(
      (await notifications.look()).sites.find(({ site }) => site === garden.id)?.override?.level,
      'none',
    );
    await notifications.unsubscribe();
    assert.equal(notifications.state.get()?.address, null);
    await garden.rotate();
    await sleep(world, 5_000);
    assert.deepEqual(await tagCounts(scene, bob), []);
  });
});

test('[I19] tags that a program could not tell are told by its next run', () => {
  notifying(2, async (scene) => {
    const { world, node, guest } = scene;
    const bob = await guest('bob');
    await (await bob.copse.notifications()).subscribe(address);
    // It is killed before it has told them.
    bob.machine.kill();
    node.cut();
    await sleep(world, 2_000);
    const again = await bob.machine.open({});
    await hold(scene, { copse: again }, [2], 'the tags');
  });
});
