/** A simulated node and machines on which the SDK runs, for tests of the client. */

import { World } from '../sim/world.ts';
import { SimMachine } from './sim-machine.ts';
import { play, SimNode } from './sim-node.ts';

export interface ClientScene {
  readonly world: World;
  readonly node: SimNode;
  /** Another machine; it is closed when the scene is over. */
  readonly machine: (name: string) => SimMachine;
}

/** Plays an act on a node that has just started. */
export function clientScene(seed: number, act: (scene: ClientScene) => Promise<void>): void {
  const world = new World(seed);
  const node = new SimNode(world);
  const machines: SimMachine[] = [];
  play(world, async () => {
    await node.start();
    const machine = (name: string): SimMachine => {
      const made = new SimMachine(world, node, name);
      machines.push(made);
      return made;
    };
    await act({ world, node, machine });
    for (const each of machines) await each.close();
  });
}
