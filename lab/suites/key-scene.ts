/** A small world for tests of keys: Ada has founded a site, and somebody may join. */

import assert from 'node:assert/strict';

import type { Copse } from 'copse/internal/client/copse.ts';
import type { Log } from 'copse/internal/client/log.ts';
import type { Site } from 'copse/internal/client/site.ts';
import { World } from '../sim/world.ts';
import { SimMachine } from './sim-machine.ts';
import { play, SimNode, sleep } from './sim-node.ts';

export interface Guest {
  readonly copse: Copse;
  readonly site: Site;
  readonly machine: SimMachine;
}

export interface KeyScene {
  readonly world: World;
  readonly node: SimNode;
  readonly machine: (name: string) => SimMachine;
  readonly ada: Copse;
  readonly adas: SimMachine;
  readonly garden: Site;
  /** Somebody new with a device of this name. */
  readonly guest: (name: string, permissions?: number) => Promise<Guest>;
}

export function keyScene(seed: number, act: (scene: KeyScene) => Promise<void>): void {
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
    const guest: KeyScene['guest'] = async (name, permissions) => {
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
export async function eventually(world: World, ask: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = world.nowMs + 120_000;
  while (!(await ask())) {
    if (world.nowMs > endMs) throw new Error(`not in time: ${what}`);
    await sleep(world, 5);
  }
}

export async function hasUserKey(node: SimNode, copse: Copse): Promise<boolean> {
  return (await node.accounts.keys.userKey(copse.user)) !== null;
}

/** Values of a log, or why there is none. */
export async function readLog(log: Log, from: number, count: number): Promise<readonly unknown[]> {
  const values: unknown[] = [];
  for await (const { broken, value } of log.entries({ from })) {
    values.push(broken ?? value);
    if (values.length === count) break;
  }
  return values;
}

export async function keyEpochOf(node: SimNode, site: Site): Promise<number> {
  return (await node.accounts.sites.site(site.id))?.keyEpoch ?? assert.fail('a site');
}
