/** Plain devices and what their applications do: they append, crash, lose their power, come back. */

import type { EventPlan, WorkPlan } from '../faults.ts';
import type { Chaos } from '../chaos.ts';
import type { LogHistory } from '../history.ts';
import type { SimEnv } from '../world.ts';
import { MachineDevice } from './device.ts';
import { dropConditional, undelete, type DeviceKeep, type DeviceTuning, type Port } from './device-parts.ts';

/** A device with what outlives its process. */
export interface Owner {
  readonly name: string;
  readonly deviceBytes: Uint8Array;
  readonly keep: DeviceKeep;
  readonly tuning: DeviceTuning;
  device: MachineDevice | null;
  /** Number of the next append. */
  n: number;
  /** Its right has ended; nothing that it asks for from now on may be appended. */
  revoked: boolean;
}

export interface FleetOptions {
  readonly chaos: Chaos;
  readonly work: WorkPlan;
  readonly events: EventPlan;
  readonly histories: ReadonlyMap<number, LogHistory>;
  /** A way to the node for a process of this device, or null when there is none. */
  readonly dial: (owner: Owner, env: SimEnv) => Port | null;
}

export class Fleet {
  readonly owners: Owner[] = [];
  readonly #options: FleetOptions;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  add(name: string, deviceBytes: Uint8Array): Owner {
    const { chaos, work } = this.#options;
    const { chance } = chaos.world;
    const owner: Owner = {
      name,
      deviceBytes,
      keep: { epoch: 0, rows: new Map(), deleted: [] },
      tuning: {
        holdBytes: chance.pick([50, 2000, 100_000]),
        appMs: chance.pick([0, 0, 1, 100]),
        writeBytesMax: chance.pick([1, 300, 100_000]),
      },
      device: null,
      n: 1,
      revoked: false,
    };
    this.owners.push(owner);
    this.#start(owner);
    chaos.every(work.appendMs, () => this.#append(owner));
    return owner;
  }

  #start(owner: Owner): void {
    const { chaos, histories, dial } = this.#options;
    const { world } = chaos;
    const { chance } = world;
    const { name, deviceBytes, keep, tuning } = owner;
    world.note(`${name} starts`);
    const env = world.env(name);
    owner.device = new MachineDevice({
      world,
      env,
      name,
      deviceBytes,
      keep,
      tuning,
      histories,
      readFrom: (history) => (chance.often(0.7) ? 1 : chance.between(1, history.tail)),
      dial: () => dial(owner, env),
    });
  }

  #append(owner: Owner): void {
    const { chaos, work } = this.#options;
    const { chance } = chaos.world;
    const turn = Math.floor(owner.n / work.burst) % work.logCount;
    const number = work.inTurn ? work.logCount - turn : chance.between(1, work.logCount);
    const count = work.inTurn ? work.burst : chance.between(1, work.burst);
    for (let i = 0; i < count; i++) {
      owner.device?.append(number, owner.n++, {
        conditional: chance.often(work.conditional),
        size: chance.between(0, work.entryBytes),
        forbidden: owner.revoked,
      });
    }
  }

  crash(owner: Owner): void {
    const { chaos, events, histories } = this.#options;
    const { world } = chaos;
    if (owner.device === null) return;
    world.note(`${owner.name} crashes`);
    owner.device.kill();
    owner.device = null;
    dropConditional(owner.keep, histories);
    if (events.powerLoss) undelete(owner.keep, world.chance.between(0, owner.keep.deleted.length));
    world.at(world.chance.unit() * 500, () => {
      if (owner.device === null) this.#start(owner);
    });
  }

  heal(): void {
    for (const owner of this.owners) {
      if (owner.device === null) this.#start(owner);
      owner.device?.hurry();
    }
  }

  get isIdle(): boolean {
    return this.#busy.length === 0;
  }

  get #busy(): readonly Owner[] {
    return this.owners.filter((owner) => !owner.revoked && owner.device?.idle !== true);
  }

  /** What a device without rights still has in its queue has no outcome for it. */
  conclude(): void {
    for (const owner of this.owners.filter(({ revoked }) => revoked)) {
      for (const [number, rows] of owner.keep.rows) {
        for (const { value } of rows) this.#options.histories.get(number)?.unknown(value, owner.name);
      }
    }
  }

  describe(): string {
    return this.#busy.map(({ name, device }) => device?.describe() ?? `${name}: not running`).join('\n');
  }
}
