/** The log machines under faults: one node, its disk, a few devices, everything drawn from the seed. */

import { LogHistory, type Sight } from '../history.ts';
import {
  CALM_DISK,
  drawDisk,
  drawEvents,
  drawNetwork,
  drawWork,
  type DiskPlan,
  type EventPlan,
  type WorkPlan,
} from '../faults.ts';
import { CALM, Wire, type NetworkFaults, type WireEnd } from '../network.ts';
import type { Scenario } from '../run.ts';
import { check } from '../violation.ts';
import { World } from '../world.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { deviceId } from 'copse/internal/base/ids.ts';
import {
  dropConditional,
  MachineDevice,
  sightOf,
  undelete,
  type DeviceKeep,
  type DeviceTuning,
} from './device.ts';
import { Disk } from './disk.ts';
import { machineCargo, type Message } from './messages.ts';
import { MachineNode, type NodeTuning } from './node.ts';

interface Owner {
  readonly name: string;
  readonly deviceBytes: Uint8Array;
  readonly keep: DeviceKeep;
  readonly tuning: DeviceTuning;
  device: MachineDevice | null;
  /** Number of the next append. */
  n: number;
  revoked: boolean;
}

export class MachineScenario implements Scenario {
  readonly world: World;
  readonly workMs: number;
  readonly #work: WorkPlan;
  readonly #events: EventPlan;
  readonly #nodeTuning: NodeTuning;
  #network: NetworkFaults;
  #diskPlan: DiskPlan;
  readonly #disk: Disk;
  #node: MachineNode | null = null;
  readonly #wires = new Set<Wire<Message>>();
  readonly #owners: Owner[] = [];
  readonly #histories = new Map<number, LogHistory>();
  #healed = false;

  constructor(seed: number, onNote: ((line: string) => void) | null = null) {
    const world = new World(seed, onNote);
    const { chance } = world;
    this.world = world;
    this.#work = drawWork(chance);
    this.workMs = this.#work.workMs;
    this.#events = drawEvents(chance, this.workMs);
    this.#network = drawNetwork(chance);
    this.#diskPlan = drawDisk(chance);
    this.#nodeTuning = {
      pageBytes: chance.pick([100, 1000, 100_000]),
      lagBytes: chance.pick([0, 200, 5000, 1_000_000]),
      keepCount: this.#work.keepCount,
    };
    world.note(JSON.stringify([this.#work, this.#events, this.#network, this.#diskPlan, this.#nodeTuning]));
    this.#disk = new Disk(world, () => this.#diskPlan);
    for (let number = 1; number <= this.#work.logCount; number++) {
      this.#histories.set(number, new LogHistory(`log ${number}`));
    }
    this.#startNode();
    for (let i = 1; i <= this.#work.deviceCount; i++) this.#addOwner(i);
    this.#planEvents();
  }

  #addOwner(i: number): void {
    const { chance } = this.world;
    const owner: Owner = {
      name: `device${i}`,
      deviceBytes: new Uint8Array(8).fill(i),
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
    this.#owners.push(owner);
    this.#startDevice(owner);
    this.#every(this.#work.appendMs, () => this.#append(owner));
  }

  #startNode(): void {
    const { logCount } = this.#work;
    const options = { world: this.world, disk: this.#disk, logCount, tuning: this.#nodeTuning };
    this.#node = new MachineNode(options);
    for (const owner of this.#owners) {
      if (owner.revoked) this.#node.refused.add(deviceId(hex(owner.deviceBytes)));
    }
    this.world.note('node starts');
    this.#checkStore();
  }

  #startDevice(owner: Owner): void {
    const { chance } = this.world;
    const { name, deviceBytes, keep, tuning } = owner;
    this.world.note(`${name} starts`);
    owner.device = new MachineDevice({
      world: this.world,
      env: this.world.env(name),
      name,
      deviceBytes,
      keep,
      tuning,
      histories: this.#histories,
      readFrom: (history) => (chance.often(0.7) ? 1 : chance.between(1, history.tail)),
      dial: () => this.#dial(owner),
    });
  }

  #dial(owner: Owner): WireEnd<Message> | null {
    const { world } = this;
    if (this.#node === null || world.chance.often(this.#network.refuse)) return null;
    const wire = new Wire<Message>({
      world,
      faults: () => this.#network,
      cargo: machineCargo,
      onOver: (over) => this.#wires.delete(over),
    });
    this.#wires.add(wire);
    this.#node.connect(wire.ends[1], owner.deviceBytes);
    return wire.ends[0];
  }

  /** Runs `event` again and again while there is work, with pauses around `meanMs`. */
  #every(meanMs: number, event: () => void): void {
    if (meanMs === 0) return;
    const pauseMs = meanMs * (0.2 + 1.6 * this.world.chance.unit());
    this.world.at(pauseMs, () => {
      if (this.#healed) return;
      event();
      this.#every(meanMs, event);
    });
  }

  #planEvents(): void {
    const { chance } = this.world;
    const events = this.#events;
    this.#every(events.crashMs, () => this.#crash());
    this.#every(events.compactMs, () => this.#node?.compact());
    this.#every(events.deviceCrashMs, () => this.#crashDevice(chance.pick(this.#owners)));
    this.#every(events.cutAllMs, () => this.#cutAll());
    this.#every(events.raiseKeyMs, () => this.#node?.raiseKey(chance.between(1, this.#work.logCount)));
    this.#every(this.#diskPlan.fullEveryMs, () => {
      this.#disk.full = true;
      this.world.at(this.#diskPlan.fullMs, () => {
        this.#disk.full = false;
      });
    });
    if (events.revokeMs > 0) this.world.at(events.revokeMs, () => this.#revoke(chance.pick(this.#owners)));
  }

  #append(owner: Owner): void {
    const { chance } = this.world;
    const { logCount, burst, conditional, entryBytes } = this.#work;
    const number = chance.between(1, logCount);
    const count = chance.between(1, burst);
    for (let i = 0; i < count; i++) {
      owner.device?.append(number, owner.n++, {
        conditional: chance.often(conditional),
        size: chance.between(0, entryBytes),
        forbidden: owner.revoked,
      });
    }
  }

  #crash(): void {
    if (this.#node === null) return;
    this.world.note('node crashes');
    this.#node.kill();
    this.#node = null;
    this.#disk.crash();
    this.#cutAll();
    this.world.at(this.#events.downMs * this.world.chance.unit(), () => {
      if (this.#node === null) this.#startNode();
    });
  }

  #crashDevice(owner: Owner): void {
    const { chance } = this.world;
    if (owner.device === null) return;
    this.world.note(`${owner.name} crashes`);
    owner.device.kill();
    owner.device = null;
    dropConditional(owner.keep, this.#histories);
    if (this.#events.powerLoss) undelete(owner.keep, chance.between(0, owner.keep.deleted.length));
    this.world.at(chance.unit() * 500, () => {
      if (owner.device === null) this.#startDevice(owner);
    });
  }

  #revoke(owner: Owner): void {
    if (this.#node === null) return;
    this.world.note(`${owner.name} is revoked`);
    owner.revoked = true;
    this.#node.refused.add(deviceId(hex(owner.deviceBytes)));
  }

  #cutAll(): void {
    for (const wire of this.#wires) wire.cut();
  }

  heal(): void {
    this.#healed = true;
    this.#network = CALM;
    this.#diskPlan = CALM_DISK;
    this.#disk.full = false;
    if (this.#node === null) this.#startNode();
    for (const owner of this.#owners) if (owner.device === null) this.#startDevice(owner);
  }

  isDone(): boolean {
    return this.#owners.every(({ device }) => device?.idle === true);
  }

  describe(): string {
    return this.#owners
      .filter(({ device }) => device?.idle !== true)
      .map(({ device }) => device?.describe())
      .join('\n');
  }

  check(): void {
    if (this.#node === null) return;
    const { pendingBytes, takenCount } = this.#node;
    check(pendingBytes <= 80 << 20, 'G2', () => `${pendingBytes} bytes wait for a commit`);
    check(takenCount <= 2, 'G2', () => `${takenCount} commits are under way`);
  }

  conclude(): void {
    this.#crashForGood();
    this.#startNode();
    for (const [, history] of this.#histories) {
      const waiting = history.waiting();
      check(waiting.length === 0, 'X3', () => `${history.name}: ${waiting.join(' ')} have no outcome`);
    }
  }

  #crashForGood(): void {
    this.#node?.kill();
    this.#node = null;
    this.#disk.crash();
  }

  /** What the node found on its disk against what everybody was told. */
  #checkStore(): void {
    if (this.#node === null) return;
    for (const [number, history] of this.#histories) {
      const { state, runs } = this.#node.log(number);
      const sights: Sight[] = [];
      for (const { first, bytes } of runs) {
        const cursor = new EntryCursor(bytes);
        for (let at = first; cursor.next(); at++) sights.push(sightOf(cursor, at));
      }
      history.stored(state.first, sights);
      const { keepCount } = this.#work;
      check(
        state.first <= Math.max(1, state.tail - keepCount),
        'J6',
        () => `${history.name}: kept from ${state.first} to ${state.tail}, at least ${keepCount} are to be`,
      );
    }
  }
}
