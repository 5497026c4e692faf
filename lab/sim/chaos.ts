/** The part of a scenario that is the same on every level: the network, its wires, and events that repeat. */

import { CALM, Wire, type Cargo, type NetworkFaults } from './network.ts';
import type { World } from './world.ts';

interface Cuttable {
  cut(): void;
}

export class Chaos {
  readonly world: World;
  readonly #wires = new Set<Cuttable>();
  #network: NetworkFaults = CALM;
  #healed = false;

  constructor(world: World) {
    this.world = world;
  }

  /** Faults begin. */
  suffer(network: NetworkFaults): void {
    this.#network = network;
  }

  get network(): NetworkFaults {
    return this.#network;
  }

  /** Whether faults and work are over. */
  get healed(): boolean {
    return this.#healed;
  }

  /** A new wire, or null when the attempt fails. */
  wire<M>(cargo: Cargo<M>): Wire<M> | null {
    if (this.world.chance.often(this.#network.refuse)) return null;
    const wire = new Wire<M>({
      world: this.world,
      faults: () => this.#network,
      cargo,
      onOver: (over) => this.#wires.delete(over),
    });
    this.#wires.add(wire);
    return wire;
  }

  cutAll(): void {
    for (const wire of this.#wires) wire.cut();
  }

  /** Runs `event` again and again until everything is healed, with pauses around `meanMs`; 0 is never. */
  every(meanMs: number, event: () => void): void {
    if (meanMs === 0) return;
    const pauseMs = meanMs * (0.2 + 1.6 * this.world.chance.unit());
    this.world.at(pauseMs, () => {
      if (this.#healed) return;
      event();
      this.every(meanMs, event);
    });
  }

  /** The last fault is a cut in some runs: what it breaks, no later reconnect mends. */
  heal(): void {
    if (this.world.chance.often(0.3)) this.cutAll();
    this.#healed = true;
    this.#network = CALM;
  }
}
