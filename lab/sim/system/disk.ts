/** The disk under a simulated node: how long it takes, when it is full, what fails, what a crash leaves. */

import { Fault } from 'copse/internal/base/fault.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { MemoryDisk } from '../../../server/src/store/log-store-memory.ts';
import { CALM_DISK, type DiskPlan } from '../faults.ts';
import type { World } from '../world.ts';

export class SimDisk implements Disposable {
  readonly #world: World;
  #memory: MemoryDisk;
  /** What processes that have ended may still look at. */
  readonly #replaced: MemoryDisk[] = [];
  #plan: DiskPlan = CALM_DISK;
  isFull = false;
  /** How often something failed for another reason than room. */
  breakCount = 0;

  constructor(world: World, primitives: Primitives) {
    this.#world = world;
    this.#memory = new MemoryDisk({ primitives, sync: () => this.#sync() });
  }

  get memory(): MemoryDisk {
    return this.#memory;
  }

  /** What a copy holds takes the place of everything, while no process runs. */
  setBack(copy: MemoryDisk): void {
    this.#replaced.push(this.#memory);
    this.#memory = copy;
  }

  #sync(): Promise<void> {
    const { chance } = this.#world;
    const { syncMs, fail, broken } = this.#plan;
    const delayMs = syncMs[0] + chance.unit() * (syncMs[1] - syncMs[0]);
    return new Promise((resolve, reject) => {
      this.#world.at(delayMs, () => {
        if (this.isFull || chance.often(fail)) reject(new Fault('full', 'the simulated disk'));
        else if (chance.often(broken)) this.#break(reject);
        else resolve();
      });
    });
  }

  /** The process dies: what was being synced is there or not. */
  crash(): void {
    this.#memory.crash(!this.isFull && this.#world.chance.often(0.5) ? 'synced' : 'failed');
  }

  #break(reject: (fault: Fault) => void): void {
    this.breakCount++;
    reject(new Fault('internal', 'the simulated disk'));
  }

  /** Faults begin. */
  suffer(plan: DiskPlan): void {
    this.#plan = plan;
  }

  heal(): void {
    this.#plan = CALM_DISK;
    this.isFull = false;
  }

  [Symbol.dispose](): void {
    for (const memory of [this.#memory, ...this.#replaced]) memory[Symbol.dispose]();
  }
}
