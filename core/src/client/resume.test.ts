/** A device that comes back to its tail with the secret of its token (SPEC A17). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from '../../../lab/sim/world.ts';
import { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { NODE_URL, play, SimNode, sleep, until } from '../../../lab/suites/sim-node.ts';

test('[A17] a device signs for its first connection to a tail, and for none that replaces it', () => {
  const world = new World(3);
  const node = new SimNode(world);
  play(world, async () => {
    await node.start();
    const machine = new SimMachine(world, node, 'ada');
    const copse = await machine.open({ name: 'Ada' }, NODE_URL);
    const isLive = (): boolean => copse.status.get() === 'live';
    await until(world, isLive, 'live');
    const site = await copse.found({ title: 'Garden', logs: ['chat'] });
    await sleep(world, 1_000);
    assert.deepEqual([node.connections.tail, node.tailSignatures], [1, 1]);
    for (const [count, interrupt] of [
      async () => node.cut(),
      async () => node.restart(),
      async () => node.crash(),
    ].entries()) {
      await interrupt();
      await until(world, () => node.connections.tail > count + 1 && isLive(), 'live again', 60_000);
      await site.log('chat').append(`after ${count}`);
      await sleep(world, 1_000);
    }
    assert.ok(node.connections.tail >= 4);
    assert.equal(node.tailSignatures, 1);
    await machine.close();
  });
});

test('[A17] a device whose secret is refused signs again, and goes on', () => {
  const world = new World(4);
  const node = new SimNode(world);
  play(world, async () => {
    await node.start();
    const machine = new SimMachine(world, node, 'ada');
    const copse = await machine.open({ name: 'Ada' }, NODE_URL);
    const isLive = (): boolean => copse.status.get() === 'live';
    await until(world, isLive, 'live');
    await sleep(world, 1_000);
    node.spoilSecrets = true;
    node.cut();
    await until(world, () => node.connections.tail > 2, 'a second try');
    node.spoilSecrets = false;
    await until(world, isLive, 'live again', 60_000);
    assert.equal(node.tailSignatures, 2);
    await machine.close();
  });
});
