import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clientScene, type ClientScene } from '../../../lab/suites/client-scene.ts';
import { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { sleep, until } from '../../../lab/suites/sim-node.ts';
import type { Copse } from './copse.ts';
import type { Log } from './log.ts';
import type { Status } from './types.ts';

interface Scene extends Omit<ClientScene, 'machine'> {
  readonly machine: SimMachine;
  readonly copse: Copse;
}

function scene(seed: number, act: (scene: Scene) => Promise<void>): void {
  clientScene(seed, async ({ world, node, machine }) => {
    const ada = machine('ada');
    await act({ world, node, machine: ada, copse: await ada.open({ name: 'Ada' }) });
  });
}

/** Every status that the log has had, without repetitions. */
function statusesOf(log: Log): Status[] {
  const statuses: Status[] = [log.status.get()];
  log.status.subscribe(() => statuses.push(log.status.get()));
  return statuses;
}

test('[S3] a log that nobody has attached calls itself connecting, and live only once it is', () => {
  scene(1, async ({ world, copse }) => {
    await until(world, () => copse.status.get() === 'live', 'live');
    const log = (await copse.found({ title: 'Garden' })).log('chat');
    const statuses = statusesOf(log);
    await sleep(world, 5_000);
    assert.deepEqual(statuses, ['connecting']);
    assert.equal(copse.status.get(), 'live', 'what nobody asked for is not missing');
    const leave = log.view().subscribe(() => {});
    await until(world, () => log.status.get() === 'live', 'live', 1_000);
    assert.deepEqual(statuses, ['connecting', 'live']);
    leave();
  });
});

test('[S3] a log that says live has told its bounds', () => {
  scene(2, async ({ world, machine, copse }) => {
    const site = await copse.found({ title: 'Garden' });
    await Promise.all(Array.from({ length: 7 }, (_, i) => site.log('chat').append(i)));
    await machine.close();
    const again = await machine.open({});
    const log = again.site(site.id)?.log('chat');
    assert.ok(log !== undefined);
    const tails: number[] = [];
    log.status.subscribe(() => {
      if (log.status.get() === 'live') tails.push(log.bounds.get().tail);
    });
    const leave = log.view().subscribe(() => {});
    await until(world, () => log.status.get() === 'live', 'live');
    assert.deepEqual(tails, [8]);
    leave();
  });
});

test('[S3] a log whose lease was given back is connecting again, and so is one on a new connection', () => {
  scene(3, async ({ world, node, copse }) => {
    const log = (await copse.found({ title: 'Garden' })).log('chat');
    const leave = log.view().subscribe(() => {});
    await until(world, () => log.status.get() === 'live', 'live');
    const statuses = statusesOf(log);
    node.isDown = true;
    node.cut();
    await until(world, () => log.status.get() === 'offline', 'offline', 1_000);
    node.isDown = false;
    await until(world, () => log.status.get() === 'live', 'live', 60_000);
    assert.equal(statuses.at(-2), 'connecting');
    assert.ok(!statuses.includes('lagging'), statuses.join(' '));
    leave();
    await until(world, () => log.status.get() === 'connecting', 'given back', 30_000);
    assert.equal(copse.status.get(), 'live');
  });
});

test('[S12] a log tells what may be done on it, and that nothing may be when it is over', () => {
  scene(4, async ({ world, node, copse }) => {
    const garden = await copse.found({ title: 'Garden' });
    const link = await garden.invite({ permissions: 1 });
    const bobs = new SimMachine(world, node, 'bob');
    const bob = await bobs.open({ name: 'Bob' });
    const log = (await bob.join(link)).log('chat');
    assert.equal(log.permissions.get(), 1);
    await assert.rejects(log.append('x'), { code: 'forbidden' });
    const leave = log.view().subscribe(() => {});
    await until(world, () => log.status.get() === 'live', 'live');
    assert.equal(log.permissions.get(), 1);
    await bob.site(garden.id)?.leave();
    await until(world, () => log.permissions.get() === 0, 'nothing left', 5_000);
    assert.equal(log.trouble.get()?.code, 'forbidden');
    leave();
    await bobs.close();
  });
});
