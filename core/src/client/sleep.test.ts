import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { clientScene, type ClientScene } from '../../../lab/suites/client-scene.ts';
import { connectivityOf, type SimMachine } from '../../../lab/suites/sim-machine.ts';
import { NODE_URL, play, sleep, until } from '../../../lab/suites/sim-node.ts';
import type { Copse } from './copse.ts';
import { SleepWatch } from './sleep-watch.ts';

interface Scene extends Omit<ClientScene, 'machine'> {
  readonly machine: SimMachine;
  readonly copse: Copse;
  readonly hints: ReturnType<typeof connectivityOf>;
}

/** A device that is idle: nothing is read or written. */
function scene(act: (scene: Scene) => Promise<void>): void {
  clientScene(1, async ({ world, node, machine }) => {
    const ada = machine('ada');
    const hints = connectivityOf();
    const copse = await ada.open({ name: 'Ada' }, NODE_URL, hints);
    await until(world, () => copse.status.get() === 'live', 'live');
    await act({ world, node, machine: ada, copse, hints });
  });
}

test('[S3] a line that died while the machine slept is found out soon after it wakes up', () => {
  scene(async ({ world, node, machine, copse }) => {
    await sleep(world, 1_000);
    machine.env.sleep(30_000);
    node.isSilent = true;
    await sleep(world, 30_000);
    const wokeMs = world.nowMs;
    await until(world, () => copse.status.get() !== 'live', 'found out', 20_000);
    assert.ok(world.nowMs - wokeMs < 5_000, `${world.nowMs - wokeMs} ms after waking up`);
    node.isSilent = false;
    await until(world, () => copse.status.get() === 'live', 'live again', 60_000);
  });
});

test('[S3] a jump of the wall clock alone is a reason to look, and no more than that', () => {
  scene(async ({ world, node, machine, copse }) => {
    await sleep(world, 1_000);
    machine.env.skewMs += 3_600_000;
    await sleep(world, 10_000);
    assert.equal(copse.status.get(), 'live');
    assert.deepEqual(node.connections, { auth: 1, tail: 1 });
    node.isSilent = true;
    machine.env.skewMs -= 3_600_000;
    await until(world, () => copse.status.get() !== 'live', 'found out', 8_000);
    node.isSilent = false;
  });
});

test('[S3] a tab that comes into sight asks whether its lines still work, auth too', () => {
  scene(async ({ world, node, copse, hints }) => {
    await sleep(world, 1_000);
    node.isSilent = true;
    hints.set(true);
    await until(world, () => copse.status.get() !== 'live', 'found out', 3_000);
    node.isSilent = false;
    await until(world, () => copse.status.get() === 'live', 'live again', 60_000);
    await until(world, () => node.connections.auth === 2, 'auth again', 5_000);
  });
});

test('[S3] time that passes as it should is no jump', () => {
  const world = new World(3);
  const env = world.env('device');
  play(world, async () => {
    let jumps = 0;
    const watch = new SleepWatch(env, () => jumps++);
    watch.start();
    await sleep(world, 600_000);
    assert.equal(jumps, 0);
    env.skewMs -= 60_000;
    await sleep(world, 20_000);
    assert.equal(jumps, 1);
    watch.stop();
    env.skewMs += 60_000;
    await sleep(world, 20_000);
    assert.equal(jumps, 1);
  });
});
