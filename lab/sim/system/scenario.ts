/** The whole system under faults: a node with everything in it, its disk, its users' devices. */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex } from 'copse/internal/base/bytes.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { logId, type LogId, type SiteId } from 'copse/internal/base/ids.ts';
import { MemoryAccounts } from '../../../server/src/store/accounts-memory.ts';
import { Chaos } from '../chaos.ts';
import {
  drawDisk,
  drawEvents,
  drawNetwork,
  drawNode,
  drawWork,
  type EventPlan,
  type NodePlan,
} from '../faults.ts';
import { LogHistory, type Sight } from '../history.ts';
import { sightOf, type Port } from '../machines/device.ts';
import { Fleet, type Owner } from '../machines/fleet.ts';
import type { Scenario } from '../run.ts';
import { World, type SimEnv } from '../world.ts';
import { tailCargo } from './cargo.ts';
import { SimDisk } from './disk.ts';
import { Household, type Desk, type PlainDevice } from './household.ts';
import { SimNode, storedEntries } from './node.ts';
import { TailPort } from './tail-port.ts';

interface Place {
  readonly site: SiteId;
  readonly log: LogId;
}

/** Pause before a node that could not start is started again. */
const RESTART_MS = 200;

export class SystemScenario implements Scenario {
  readonly world: World;
  readonly workMs: number;
  readonly #keepCount: number;
  readonly #events: EventPlan;
  readonly #nodePlan: NodePlan;
  readonly #chaos: Chaos;
  readonly #disk: SimDisk;
  readonly #accounts = new MemoryAccounts();
  readonly #household: Household;
  readonly #devices = new Map<Owner, PlainDevice>();
  readonly #fleet: Fleet;
  readonly #places = new Map<number, Place>();
  readonly #histories = new Map<number, LogHistory>();
  #node: SimNode | null = null;
  #isSettled = false;

  constructor(seed: number, onNote: ((line: string) => void) | null = null) {
    const world = new World(seed, onNote);
    const { chance } = world;
    this.world = world;
    const work = drawWork(chance);
    this.workMs = work.workMs;
    this.#keepCount = work.keepCount;
    this.#events = drawEvents(chance, work.workMs);
    const network = drawNetwork(chance);
    const diskPlan = drawDisk(chance);
    this.#nodePlan = drawNode(chance);
    world.note(JSON.stringify([work, this.#events, network, diskPlan, this.#nodePlan]));
    this.#chaos = new Chaos(world, network);
    this.#disk = new SimDisk(world, diskPlan);
    this.#household = new Household(world);
    for (let number = 1; number <= work.logCount; number++) {
      const log = logId(number.toString(16).padStart(32, '0'));
      this.#places.set(number, { site: this.#household.site, log });
      this.#histories.set(number, new LogHistory(world, `log ${number}`));
    }
    this.#fleet = new Fleet({
      chaos: this.#chaos,
      work,
      events: this.#events,
      histories: this.#histories,
      dial: (owner, env) => this.#dial(owner, env),
    });
    this.#startNode();
    for (let i = 1; i <= work.deviceCount; i++) {
      const device = this.#household.device();
      const owner = this.#fleet.add(`device${i}`, must(fromHex(device.id), 'an id is hex'));
      this.#devices.set(owner, device);
    }
    this.#planEvents(diskPlan);
  }

  #planEvents({ fullEveryMs, fullMs }: { readonly fullEveryMs: number; readonly fullMs: number }): void {
    const { world } = this;
    const chaos = this.#chaos;
    const { owners } = this.#fleet;
    const events = this.#events;
    chaos.every(events.crashMs, () => this.#crash());
    chaos.every(events.drainMs, () => void this.#ask('drained', (node) => this.#drain(node)));
    chaos.every(
      events.compactMs,
      () => void this.#ask('compacted', ({ services }) => services.store.compact()),
    );
    chaos.every(events.deviceCrashMs, () => this.#fleet.crash(world.chance.pick(owners)));
    chaos.every(events.cutAllMs, () => chaos.cutAll());
    chaos.every(fullEveryMs, () => {
      this.#disk.isFull = true;
      world.at(fullMs, () => {
        this.#disk.isFull = false;
      });
    });
    if (events.revokeMs > 0) {
      world.at(events.revokeMs, () => void this.#ask('revoked', (node) => this.#revoke(node)));
    }
  }

  #startNode(): void {
    const { world } = this;
    const node = new SimNode({
      world,
      disk: this.#disk.memory,
      accounts: this.#accounts,
      sites: [this.#household.site],
      retention: { count: this.#keepCount },
      ...this.#nodePlan,
    });
    this.#node = node;
    world.note('node starts');
    void this.#open(node);
  }

  async #open(node: SimNode): Promise<void> {
    try {
      await node.start();
    } catch (thrown) {
      this.#notStarted(node, thrown);
      return;
    }
    if (node.isDead) return;
    this.world.note('node is up');
    this.#checkStore(node);
    await this.#settle(node);
  }

  /** The user signs up as soon as there is a node; the first to succeed is enough. */
  async #settle(node: SimNode): Promise<void> {
    const [first] = this.#devices.values();
    if (first === undefined || this.#isSettled) return;
    this.#isSettled = true;
    await this.#household.settle(deskOf(node), first);
  }

  #notStarted(node: SimNode, thrown: unknown): void {
    if (node.isDead) return;
    const { code } = asFault(thrown);
    this.world.note(`node does not start: ${code}`);
    this.world.check(code === 'full', 'J4', () => `a node does not start: ${String(thrown)}`);
    this.#end(node);
    this.world.at(RESTART_MS, () => this.#restart());
  }

  #restart(): void {
    if (this.#node === null) this.#startNode();
  }

  #dial(owner: Owner, env: SimEnv): Port | null {
    const device = this.#devices.get(owner);
    const node = this.#node;
    if (device === undefined || node?.isUp !== true) return null;
    return new TailPort({
      env,
      device,
      logs: this.#places,
      pageBytes: this.#nodePlan.pageBytes,
      token: () => this.#household.token(deskOf(node), device),
      link: () => {
        const wire = node.isUp ? this.#chaos.wire(tailCargo) : null;
        return wire !== null && node.accept('tail', wire.ends[1], owner.name) ? wire.ends[0] : null;
      },
    });
  }

  #crash(): void {
    const node = this.#node;
    if (node === null) return;
    this.world.note('node crashes');
    this.#end(node);
    this.world.at(this.#events.downMs * this.world.chance.unit(), () => this.#restart());
  }

  #end(node: SimNode): void {
    node.kill();
    if (this.#node === node) this.#node = null;
    this.#disk.crash();
    this.#chaos.cutAll();
  }

  /** Runs what a node is asked to do beside its work; a fault of it is noted and nothing more. */
  async #ask(what: string, work: (node: SimNode) => Promise<unknown>): Promise<void> {
    const node = this.#node;
    if (node?.isUp !== true || node.isStopping) return;
    try {
      await work(node);
      this.world.note(what);
    } catch (thrown) {
      this.world.note(`not ${what}: ${asFault(thrown).code}`);
    }
  }

  async #drain(node: SimNode): Promise<void> {
    this.world.note('node drains');
    await node.stop();
    if (this.#node === node) this.#node = null;
    this.#restart();
  }

  async #revoke(node: SimNode): Promise<void> {
    const [first, ...others] = this.#fleet.owners;
    const owner = this.world.chance.pick(others);
    const by = this.#devices.get(must(first, 'there are devices'));
    const device = this.#devices.get(owner);
    if (by === undefined || device === undefined) return;
    await this.#household.revoke(deskOf(node), by, device);
    owner.revoked = true;
  }

  heal(): void {
    this.#chaos.heal();
    this.#disk.heal();
    this.#fleet.heal();
    this.#restart();
  }

  isDone(): boolean {
    return this.#node?.isUp === true && this.#fleet.isIdle;
  }

  describe(): string {
    return this.#fleet.describe();
  }

  check(): void {}

  conclude(): void {
    const node = this.#node;
    if (node === null) return;
    this.#checkStore(node);
    this.#fleet.conclude();
    for (const history of this.#histories.values()) history.concludeWaiting();
    this.#disk[Symbol.dispose]();
  }

  /** What the node found on its disk against what everybody was told. */
  #checkStore(node: SimNode): void {
    for (const [number, history] of this.#histories) {
      const place = must(this.#places.get(number), 'a log of the scenario');
      const sights: Sight[] = [];
      const { first } = storedEntries(node.services.store, place, (at, cursor) =>
        sights.push(sightOf(cursor, at)),
      );
      history.stored(first, sights, this.#keepCount);
    }
  }
}

function deskOf(node: SimNode): Desk {
  if (!node.isUp) throw new Fault('closed');
  return { auth: node.services.auth, env: node.env };
}
