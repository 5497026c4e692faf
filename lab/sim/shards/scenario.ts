/**
 * Processes that share one shard over a database, and devices that write to whoever serves it: owners die, stand
 * still, lose the database, come back and believe that they still own it (SPEC J11 to J14, L1 to L9).
 */

import { EntryCursor } from 'copse/internal/wire/entry.ts';
import { ShardMap } from '../../../server/src/auth/shard-map.ts';
import { openPostgresJournal } from '../../../server/src/store/journal-postgres.ts';
import type { LogStore } from '../../../server/src/store/log-store.ts';
import { openStandby } from '../../../server/src/store/shard-standby.ts';
import { Chaos } from '../chaos.ts';
import { drawEvents, drawNetwork, drawWork, type WorkPlan } from '../faults.ts';
import { LogHistory, type Sight } from '../history.ts';
import { sightOf, type Port } from '../machines/device-parts.ts';
import { Fleet, type Owner } from '../machines/fleet.ts';
import { machineCargo, type Message } from '../machines/messages.ts';
import type { Wire } from '../network.ts';
import type { Scenario } from '../run.ts';
import { World } from '../world.ts';
import { SimConnection } from './connection.ts';
import { SimDatabase } from './database.ts';
import { CALM_WAY, drawShards, isCalm, type ShardPlan } from './plan.ts';
import { chunksOf, emptyChunks, primitives, ShardProcess } from './process.ts';
import { logOf, SITE } from './shell.ts';

/** Takeovers take seconds, so that work takes longer than on the other levels. */
const SLOWER = 5;
const KEEP_ALL = 1_000_000_000;
const PAGE_BYTES = 10_000;
const NAMES = ['oak', 'elm', 'ash'];

export class ShardScenario implements Scenario {
  readonly world: World;
  readonly #work: WorkPlan;
  readonly #plan: ShardPlan;
  readonly #chaos: Chaos;
  readonly #fleet: Fleet;
  readonly #database = new SimDatabase();
  readonly #processes: readonly ShardProcess[];
  readonly #histories = new Map<number, LogHistory>();
  readonly #map: ShardMap;
  /** By process, the wires that devices have to it. */
  readonly #wires = new Map<string, Set<Wire<Message>>>();
  #way = CALM_WAY;
  #ownerCount = 0;
  /** What is in the journal at the end, read by somebody new. */
  #audited: LogStore | null = null;
  #isAuditing = false;

  constructor(seed: number, onNote: ((line: string) => void) | null = null) {
    const world = new World(seed, onNote);
    this.world = world;
    const drawn = drawWork(world.stream('work'));
    const work = { ...drawn, workMs: SLOWER * drawn.workMs, appendMs: SLOWER * drawn.appendMs };
    this.#work = work;
    const events = { ...drawEvents(world.stream('events'), work.workMs), revokeMs: 0, raiseKeyMs: 0 };
    const network = drawNetwork(world.stream('network'));
    const plan = drawShards(world.stream('shards'), work.workMs);
    this.#plan = plan;
    world.note(JSON.stringify([work, events, network, plan]));
    this.#chaos = new Chaos(world);
    this.#chaos.suffer(network);
    this.#way = plan.way;
    this.#map = new ShardMap([{ shard: 0, url: '' }], () => this.#moved());
    for (let number = 1; number <= work.logCount; number++) {
      this.#histories.set(number, new LogHistory(world, `log ${number}`));
    }
    const histories = this.#histories;
    this.#processes = NAMES.slice(0, plan.processCount).map((name) => this.#process(name));
    for (const process of this.#processes) process.start();
    this.#fleet = new Fleet({
      chaos: this.#chaos,
      work,
      events,
      histories,
      dial: (owner) => this.#dial(owner),
    });
    for (let i = 1; i <= work.deviceCount; i++) this.#fleet.add(`device${i}`, new Uint8Array(8).fill(i));
    this.#befall(events.deviceCrashMs, events.cutAllMs);
  }

  #process(name: string): ShardProcess {
    return new ShardProcess({
      world: this.world,
      name,
      database: this.#database,
      plan: this.#plan,
      way: () => this.#way,
      onOwner: (owner, epoch) => this.#owns(owner, epoch),
    });
  }

  #befall(deviceCrashMs: number, cutAllMs: number): void {
    const chaos = this.#chaos;
    const plan = this.#plan;
    const { chance } = this.world;
    const one = (): ShardProcess => chance.pick(this.#processes);
    chaos.every(deviceCrashMs, () => this.#fleet.crash(chance.pick(this.#fleet.owners)));
    chaos.every(cutAllMs, () => chaos.cutAll());
    chaos.every(plan.crashMs, () => this.#crash(one()));
    chaos.every(plan.freezeMs, () => {
      const process = one();
      this.world.note(`${process.name} stands still`);
      process.freeze(chance.unit() * plan.frozenMs);
    });
    chaos.every(plan.cutMs, () => this.#cut(one()));
    chaos.every(plan.stopMs, () => this.#stop(one()));
    chaos.every(plan.awayMs, () => {
      this.world.note('the database is away');
      this.#database.isAway = true;
      this.world.at(chance.unit() * plan.awayForMs, () => {
        this.#database.isAway = false;
      });
    });
  }

  #crash(process: ShardProcess): void {
    if (!process.isUp) return;
    this.world.note(`${process.name} crashes`);
    process.kill();
    this.#cutWires(process.name);
    this.#startLater(process);
  }

  #stop(process: ShardProcess): void {
    this.world.note(`${process.name} is asked to end`);
    void this.#ended(process);
  }

  async #ended(process: ShardProcess): Promise<void> {
    await process.stop();
    this.#cutWires(process.name);
    this.#startLater(process);
  }

  #startLater(process: ShardProcess): void {
    this.world.at(this.world.chance.unit() * this.#plan.downMs, () => {
      if (!process.isUp) process.start();
    });
  }

  #cut(process: ShardProcess): void {
    this.world.note(`${process.name} is cut off`);
    process.isCut = true;
    this.world.at(this.world.chance.unit() * this.#plan.cutForMs, () => {
      process.isCut = false;
    });
  }

  /** Auth hears of it a little later. */
  #owns(name: string, epoch: number): void {
    this.#ownerCount++;
    this.world.note(`${name} serves from epoch ${epoch}`);
    const { chance } = this.world;
    this.world.at(chance.unit() * this.#plan.toldMs, () => this.#map.own({ shard: 0, epoch, url: name }));
  }

  get #served(): string {
    return this.#map.answer.shards[0]?.url ?? '';
  }

  /** Devices are told, each in its time, and leave who served before. */
  #moved(): void {
    const { world } = this;
    for (const [name, wires] of this.#wires) {
      if (name === this.#served) continue;
      for (const wire of wires) world.at(world.chance.unit() * this.#plan.toldMs, () => wire.cut());
    }
  }

  #dial(owner: Owner): Port | null {
    const process = this.#processes.find(({ name }) => name === this.#served);
    const shell = process?.shell ?? null;
    if (process === undefined || shell === null) return null;
    const wire = this.#chaos.wire(machineCargo);
    if (wire === null) return null;
    const wires = this.#wires.get(process.name) ?? new Set();
    this.#wires.set(process.name, wires);
    for (const old of wires) if (old.closed) wires.delete(old);
    wires.add(wire);
    shell.connect(wire.ends[1], owner.deviceBytes);
    return wire.ends[0];
  }

  #cutWires(name: string): void {
    for (const wire of this.#wires.get(name) ?? []) wire.cut();
  }

  get isWorking(): boolean {
    return this.world.nowMs < this.#work.workMs;
  }

  heal(): void {
    this.#chaos.heal();
    this.#way = CALM_WAY;
    this.#database.isAway = false;
    for (const process of this.#processes) {
      process.isCut = false;
      if (!process.isUp) process.start();
    }
    this.#fleet.heal();
  }

  isDone(): boolean {
    if (!this.#fleet.isIdle) return false;
    if (!this.#isAuditing) this.#audit();
    return this.#audited !== null;
  }

  /** Everybody else is gone; somebody with empty hands, or with what one of them had, takes over. */
  #audit(): void {
    this.#isAuditing = true;
    const world: World = this.world;
    if (isCalm(this.#plan)) {
      world.check(
        this.#ownerCount === 1,
        'J14',
        () => `${this.#ownerCount} owners of a shard that nothing befell`,
      );
    }
    for (const process of this.#processes) process.kill();
    const chunks = world.chance.often(0.5) ? emptyChunks() : world.chance.pick(this.#processes).chunks;
    const env = world.env('auditor');
    const options = { world, env, database: this.#database, plan: () => CALM_WAY, isCut: () => false };
    const take = async (): Promise<void> => {
      const postgres = new SimConnection(options);
      const journal = await openPostgresJournal({ postgres, shard: 0, primitives, env, isWhole: true });
      const openChunks = chunksOf(chunks, env);
      const standby = await openStandby({ directory: '', journal, env, primitives, openChunks });
      await standby.follow();
      this.#audited = await standby.take();
    };
    take().catch((thrown: unknown) => world.fail('J13', `nobody can take over: ${String(thrown)}`));
  }

  describe(): string {
    const served = `${this.#served === '' ? 'nobody' : this.#served} serves, ${this.#ownerCount} owners so far`;
    return `${served}\n${this.#fleet.describe()}`;
  }

  check(): void {}

  conclude(): void {
    const store = this.#audited;
    if (store === null) return;
    this.#fleet.conclude();
    for (const [number, history] of this.#histories) {
      const sights = this.#sightsOf(store, number);
      history.stored(1, sights, KEEP_ALL);
      history.concludeWaiting();
    }
    for (const process of this.#processes) process[Symbol.dispose]();
  }

  /** All entries of a log, as readers would get them. */
  #sightsOf(store: LogStore, number: number): readonly Sight[] {
    const world: World = this.world;
    const sights: Sight[] = [];
    const state = store.find(SITE, logOf(number));
    if (state === undefined) return sights;
    const { durable } = state;
    for (let at = 1; at < durable;) {
      const page = store.read(state, at, PAGE_BYTES);
      world.check(page.kind === 'page' && page.count > 0, 'J5', () => `log ${number} ends at ${at}`);
      const cursor = new EntryCursor(page.entries);
      while (cursor.next()) sights.push(sightOf(cursor, at++));
    }
    return sights;
  }
}
