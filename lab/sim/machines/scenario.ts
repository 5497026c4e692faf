/** The log machines under faults: one node, its disk, a few devices, everything drawn from the seed. */

import { hex } from 'copse/internal/base/bytes.ts';
import { deviceId } from 'copse/internal/base/ids.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import { Chaos } from '../chaos.ts';
import { CALM_DISK, drawDisk, drawEvents, drawNetwork, drawWork, type DiskPlan } from '../faults.ts';
import { LogHistory, type Sight } from '../history.ts';
import type { Scenario } from '../run.ts';
import { check } from '../violation.ts';
import { World } from '../world.ts';
import { sightOf, type Port } from './device-parts.ts';
import { Disk } from './disk.ts';
import { Fleet, type Owner } from './fleet.ts';
import { machineCargo } from './messages.ts';
import { MachineNode, type NodeTuning } from './node.ts';

export class MachineScenario implements Scenario {
  readonly world: World;
  readonly #workMs: number;
  readonly #logCount: number;
  readonly #keepCount: number;
  readonly #downMs: number;
  readonly #nodeTuning: NodeTuning;
  readonly #chaos: Chaos;
  readonly #fleet: Fleet;
  readonly #disk: Disk;
  readonly #histories = new Map<number, LogHistory>();
  #diskPlan: DiskPlan;
  #node: MachineNode | null = null;

  constructor(seed: number, onNote: ((line: string) => void) | null = null) {
    const world = new World(seed, onNote);
    const { chance } = world;
    this.world = world;
    const work = drawWork(world.stream('work'));
    const { workMs, logCount, keepCount } = work;
    const events = drawEvents(world.stream('events'), workMs);
    const network = drawNetwork(world.stream('network'));
    this.#diskPlan = drawDisk(world.stream('disk'));
    this.#workMs = workMs;
    this.#logCount = logCount;
    this.#keepCount = keepCount;
    this.#downMs = events.downMs;
    this.#nodeTuning = {
      pageBytes: chance.pick([100, 1000, 100_000]),
      lagBytes: chance.pick([0, 200, 5000, 1_000_000]),
      keepCount,
      gatherMs: world.stream('gather').pick([0, 0, 0, 5]),
    };
    world.note(JSON.stringify([work, events, network, this.#diskPlan, this.#nodeTuning]));
    this.#chaos = new Chaos(world);
    this.#chaos.suffer(network);
    this.#disk = new Disk(world, () => this.#diskPlan);
    for (let number = 1; number <= logCount; number++) {
      this.#histories.set(number, new LogHistory(world, `log ${number}`));
    }
    const histories = this.#histories;
    this.#fleet = new Fleet({
      chaos: this.#chaos,
      work,
      events,
      histories,
      dial: (owner) => this.#dial(owner),
    });
    this.#startNode();
    for (let i = 1; i <= work.deviceCount; i++) {
      this.#fleet.add(`device${i}`, new Uint8Array(8).fill(i));
    }
    this.#plan(events);
  }

  #plan(events: ReturnType<typeof drawEvents>): void {
    const { world } = this;
    const { chance } = world;
    const chaos = this.#chaos;
    const { owners } = this.#fleet;
    chaos.every(events.crashMs, () => this.#crash());
    chaos.every(events.compactMs, () => this.#node?.compact());
    chaos.every(events.deviceCrashMs, () => this.#fleet.crash(chance.pick(owners)));
    chaos.every(events.cutAllMs, () => chaos.cutAll());
    chaos.every(events.raiseKeyMs, () => this.#node?.raiseKey(chance.between(1, this.#logCount)));
    const { fullEveryMs, fullMs } = this.#diskPlan;
    chaos.every(fullEveryMs, () => {
      this.#disk.full = true;
      world.at(fullMs, () => {
        this.#disk.full = false;
      });
    });
    if (events.revokeMs > 0) world.at(events.revokeMs, () => this.#revoke(chance.pick(owners)));
  }

  #startNode(): void {
    const options = { world: this.world, disk: this.#disk, logCount: this.#logCount };
    this.#node = new MachineNode({ ...options, tuning: this.#nodeTuning });
    for (const owner of this.#fleet.owners) if (owner.revoked) this.#refuse(owner);
    this.world.note('node starts');
    this.#checkStore();
  }

  #dial(owner: Owner): Port | null {
    if (this.#node === null) return null;
    const wire = this.#chaos.wire(machineCargo);
    if (wire === null) return null;
    this.#node.connect(wire.ends[1], owner.deviceBytes);
    return wire.ends[0];
  }

  #crash(): void {
    if (this.#node === null) return;
    this.world.note('node crashes');
    this.#stopNode();
    this.#chaos.cutAll();
    this.world.at(this.#downMs * this.world.chance.unit(), () => {
      if (this.#node === null) this.#startNode();
    });
  }

  #stopNode(): void {
    this.#node?.kill();
    this.#node = null;
    this.#disk.crash();
  }

  #revoke(owner: Owner): void {
    if (this.#node === null) return;
    this.world.note(`${owner.name} is revoked`);
    owner.revoked = true;
    this.#refuse(owner);
  }

  #refuse({ deviceBytes }: Owner): void {
    this.#node?.refused.add(deviceId(hex(deviceBytes)));
  }

  get isWorking(): boolean {
    return this.world.nowMs < this.#workMs;
  }

  heal(): void {
    this.#chaos.heal();
    this.#diskPlan = CALM_DISK;
    this.#disk.full = false;
    if (this.#node === null) this.#startNode();
    this.#fleet.heal();
  }

  isDone(): boolean {
    return this.#fleet.isIdle;
  }

  describe(): string {
    return this.#fleet.describe();
  }

  check(): void {
    if (this.#node === null) return;
    const { pendingBytes, takenCount } = this.#node;
    check(pendingBytes <= 80 << 20, 'G2', () => `${pendingBytes} bytes wait for a commit`);
    check(takenCount <= 2, 'G2', () => `${takenCount} commits are under way`);
  }

  conclude(): void {
    this.#stopNode();
    this.#startNode();
    this.#fleet.conclude();
    for (const history of this.#histories.values()) history.concludeWaiting();
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
      history.stored(state.first, sights, this.#keepCount);
    }
  }
}
