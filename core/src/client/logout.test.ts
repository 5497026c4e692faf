import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { play, SimNode, sleep, until } from '../../../lab/suites/sim-node.ts';
import type { DeviceId } from '../base/ids.ts';
import type { Copse } from './copse.ts';

interface Scene {
  readonly world: World;
  readonly node: SimNode;
  readonly machine: SimMachine;
  readonly copse: Copse;
  /** Another device of the same user. */
  readonly other: Copse;
}

function scene(act: (scene: Scene) => Promise<void>, farewellMs = 0): void {
  const world = new World(1);
  const node = new SimNode(world);
  play(world, async () => {
    await node.start();
    const machine = new SimMachine(world, node, 'phone', farewellMs);
    const copse = await machine.open({ name: 'Ada' });
    const others = new SimMachine(world, node, 'laptop');
    const other = await others.open({ secret: await copse.secret() });
    await copse.found({ title: 'Garden' });
    await until(world, () => other.status.get() === 'live' && copse.status.get() === 'live', 'live');
    await act({ world, node, machine, copse, other });
    await machine.close();
    await others.close();
  });
}

/** Whether the node has ended the tokens and sessions of the device. */
async function isEnded(node: SimNode, device: DeviceId): Promise<boolean> {
  return ((await node.accounts.people.device(device))?.minEpoch ?? 1) > 1;
}

test('[S13] signing out tells the node when it can be reached', () => {
  scene(async ({ node, copse, machine }) => {
    const { device } = copse;
    assert.deepEqual(await copse.logout(), { isNodeTold: true });
    assert.deepEqual(await machine.keep.list(''), []);
    assert.equal(await isEnded(node, device), true);
  });
});

test('[S13] signing out without the node forgets everything at once and says so', () => {
  scene(async ({ world, node, copse, machine }) => {
    node.isDown = true;
    node.cut();
    await until(world, () => copse.status.get() === 'offline', 'offline');
    const startMs = world.nowMs;
    assert.deepEqual(await copse.logout(), { isNodeTold: false });
    assert.ok(world.nowMs - startMs < 3_000, `${world.nowMs - startMs} ms`);
    assert.deepEqual(await machine.keep.list(''), []);
    assert.equal(copse.status.get(), 'offline');
    await assert.rejects(copse.devices(), { code: 'closed' });
    const before = { ...node.connections };
    node.isDown = false;
    await sleep(world, 120_000);
    assert.deepEqual(node.connections.tail, before.tail + 1, 'only the other device came back');
  });
});

test('[S13] a line that is dead without saying so does not hold a user who wants to leave', () => {
  scene(async ({ world, node, copse, machine }) => {
    node.isSilent = true;
    const startMs = world.nowMs;
    assert.deepEqual(await copse.logout(), { isNodeTold: false });
    assert.ok(world.nowMs - startMs < 3_000, `${world.nowMs - startMs} ms`);
    assert.deepEqual(await machine.keep.list(''), []);
    node.isSilent = false;
  });
});

test('[S13] where the program goes on, the node is told when it comes back, with nothing kept for it', () => {
  scene(async ({ world, node, copse, machine, other }) => {
    const { device } = copse;
    node.isDown = true;
    node.cut();
    await until(world, () => copse.status.get() === 'offline', 'offline');
    assert.deepEqual(await copse.logout(), { isNodeTold: false });
    assert.deepEqual(await machine.keep.list(''), []);
    await sleep(world, 60_000);
    node.isDown = false;
    await until(world, () => other.status.get() === 'live', 'the other is back', 60_000);
    await sleep(world, 60_000);
    assert.equal(await isEnded(node, device), true);
    assert.deepEqual(await machine.keep.list(''), []);
  }, 3_600_000);
});

test('[S13] telling the node later has an end', () => {
  scene(async ({ world, node, copse, other }) => {
    const { device } = copse;
    node.isDown = true;
    node.cut();
    await copse.logout();
    await sleep(world, 700_000);
    node.isDown = false;
    await until(world, () => other.status.get() === 'live', 'the other is back', 60_000);
    await sleep(world, 60_000);
    assert.equal(await isEnded(node, device), false);
  }, 600_000);
});

test('[S13] a device that was shut out signs out too, and there is nobody left to tell', () => {
  scene(async ({ world, copse, other, machine }) => {
    await other.revokeDevice(copse.device);
    await until(world, () => copse.trouble.get()?.code === 'revoked', 'shut out');
    assert.deepEqual(await copse.logout(), { isNodeTold: true });
    assert.deepEqual(await machine.keep.list(''), []);
  });
});
