/**
 * The whole system under faults: a node with everything in it, applications on the SDK, and plain clients
 * that speak the protocols themselves. People settle in first, in most runs in calm weather; then work and
 * faults begin; then everything heals and must come to its end.
 */

import { World } from '../world.ts';
import { Chaos } from '../chaos.ts';
import {
  drawAuthority,
  drawBackup,
  drawDirect,
  drawDisk,
  drawEvents,
  drawFolds,
  drawLeads,
  drawNetwork,
  drawNode,
  drawPeople,
  drawWork,
} from '../faults.ts';
import type { Scenario } from '../run.ts';
import { LogStamps } from '../stamps.ts';
import { Apps } from './apps.ts';
import { Authority, Epochs } from './authority.ts';
import { ciphersOfSeed, type Ciphers } from './ciphers.ts';
import { Keeper } from './keeper.ts';
import { storedEntries, type SimNode } from './node.ts';
import { Past } from './past.ts';
import { PlainPeople } from './plain.ts';
import { SetBack } from './set-back.ts';

/** Simulated time after which work begins although not everybody has settled in. */
const SETTLE_MS = 60_000;
const LOOK_MS = 20;

interface Plans {
  readonly work: ReturnType<typeof drawWork>;
  readonly events: ReturnType<typeof drawEvents>;
  readonly network: ReturnType<typeof drawNetwork>;
  readonly disk: ReturnType<typeof drawDisk>;
  readonly node: ReturnType<typeof drawNode>;
  readonly people: ReturnType<typeof drawPeople>;
  readonly authority: ReturnType<typeof drawAuthority>;
  readonly leads: ReturnType<typeof drawLeads>;
  readonly folds: ReturnType<typeof drawFolds>;
  readonly direct: ReturnType<typeof drawDirect>;
  /** Null in runs in which the node is never set back. */
  readonly backup: ReturnType<typeof drawBackup>;
}

type OnNote = ((line: string) => void) | null;

export class SystemScenario implements Scenario {
  readonly world: World;
  readonly #plans: Plans;
  readonly #chaos: Chaos;
  readonly #keeper: Keeper;
  readonly #plain: PlainPeople;
  readonly #apps: Apps;
  readonly #authority: Authority;
  readonly #past: Past;
  readonly #setBack: SetBack | null;
  readonly #stampsByPlace = new Map<string, LogStamps>();
  /** When work and faults began, or null. */
  #beganMs: number | null = null;

  constructor(seed: number, onNote: OnNote = null, ciphers: Ciphers = ciphersOfSeed(seed)) {
    const world = new World(seed, onNote);
    this.world = world;
    this.#plans = drawPlans(world);
    const { work, events, node: nodePlan, people, network } = this.#plans;
    const { authority, leads, folds, direct, backup } = this.#plans;
    world.note(JSON.stringify(this.#plans));
    this.#past = new Past(backup !== null);
    this.#chaos = new Chaos(world);
    if (people.stormy) this.#chaos.suffer(network);
    this.#keeper = new Keeper({
      chaos: this.#chaos,
      ciphers,
      events,
      nodePlan,
      authority,
      keepCount: work.keepCount,
      isCopied: this.#past.isPlanned,
      onUp: (node) => this.#onUp(node),
    });
    const past = this.#past;
    const shared = { chaos: this.#chaos, keeper: this.#keeper, past };
    const parts = { ...shared, work, events, people, authority, leads, folds };
    this.#plain = new PlainPeople({ ...parts, pageBytes: nodePlan.pageBytes });
    this.#apps = new Apps({ ...parts, direct });
    this.#authority = new Authority({
      chaos: this.#chaos,
      keeper: this.#keeper,
      apps: this.#apps,
      authority,
      past,
    });
    const judged = { ...parts, apps: this.#apps, authority: this.#authority };
    this.#setBack = backup === null ? null : new SetBack({ ...judged, plan: backup });
    this.#awaitSettled();
  }

  #awaitSettled(): void {
    const isSettled = this.#plain.isSettled && this.#apps.isSettled;
    if (isSettled || this.#plans.people.stormy || this.world.nowMs > SETTLE_MS) this.#begin();
    else this.world.at(LOOK_MS, () => this.#awaitSettled());
  }

  #begin(): void {
    const { network, disk, events } = this.#plans;
    this.world.note('work begins');
    this.#beganMs = this.world.nowMs;
    this.#chaos.suffer(network);
    this.#keeper.plan(disk);
    this.#chaos.every(events.cutAllMs, () => this.#chaos.cutAll());
    this.#plain.begin();
    this.#apps.begin();
    this.#authority.begin();
    this.#setBack?.begin();
  }

  #onUp(node: SimNode): void {
    this.#setBack?.onUp(node, (name) => this.#stampsOf(name));
    this.#checkStore(node);
    this.#plain.onUp(node);
  }

  get isWorking(): boolean {
    return this.#beganMs === null || this.world.nowMs < this.#beganMs + this.#plans.work.workMs;
  }

  heal(): void {
    this.#chaos.heal();
    this.#keeper.heal();
    this.#plain.heal();
    this.#apps.heal();
    this.#setBack?.heal();
  }

  isDone(): boolean {
    if (this.#keeper.node === null || this.#setBack?.isIdle === false) return false;
    return this.#past.isTorn || (this.#plain.isIdle && this.#apps.isIdle && this.#authority.isIdle);
  }

  describe(): string {
    const node = this.#keeper.node === null ? 'the node is not up\n' : '';
    const parts = [
      this.#plain,
      this.#apps,
      this.#authority,
      ...(this.#setBack === null ? [] : [this.#setBack]),
    ];
    const busy = parts.map((part) => part.describe()).filter((text) => text !== '');
    return `${node}${busy.join('\n')}`;
  }

  check(): void {
    const { node } = this.#keeper;
    // The figures cost more than an event.
    if (node === null || this.world.steps % STEPS_PER_LOOK !== 0) return;
    const { lagBytes } = this.#plans.node.tailLimits;
    const { buffered, pending } = node.memory();
    this.world.check(buffered <= lagBytes + SLACK_BYTES, 'T4', () => `${buffered} bytes wait in one socket`);
    this.world.check(pending <= PENDING_BYTES_MAX, 'T8', () => `${pending} bytes wait for a commit`);
  }

  conclude(): void {
    const { node } = this.#keeper;
    if (node === null) return;
    this.#checkStore(node);
    this.#plain.conclude(node);
    this.#apps.conclude();
    this.#keeper[Symbol.dispose]();
  }

  #stampsOf(name: string): LogStamps {
    const log = name.slice(name.indexOf('/') + 1);
    const stamps = this.#stampsByPlace.get(name) ?? new LogStamps(this.world, `log ${log.slice(0, 4)}`);
    this.#stampsByPlace.set(name, stamps);
    return stamps;
  }

  /** What is on the disk now against what was there before. */
  #checkStore(node: SimNode): void {
    for (const [name, place] of this.#keeper.places) {
      const stamps = this.#stampsOf(name);
      const { store } = node.services;
      // A tail that was not told of the next key takes entries under both.
      const mayLoseFeed = this.#plans.authority.feedLossMs > 0 || this.#past.isTorn;
      const epochs = mayLoseFeed ? null : new Epochs(this.world, `log ${place.log.slice(0, 4)}`);
      const { first, tail } = storedEntries(store, place, (at, cursor) => {
        stamps.saw(at, cursor);
        epochs?.saw(at, cursor);
      });
      stamps.bounds(first, tail);
    }
    this.#plain.checkStore(node);
  }
}

/** What may wait in a socket above `lagBytes`: pages of a few logs, and what is published between two looks. */
const SLACK_BYTES = 1 << 20;
const PENDING_BYTES_MAX = 64 << 20;
const STEPS_PER_LOOK = 32;

function drawPlans(world: World): Plans {
  const work = drawWork(world.stream('work'));
  const backup = drawBackup(world.stream('backup'), work.workMs);
  const events = drawEvents(world.stream('events'), work.workMs);
  const people = drawPeople(world.stream('people'));
  const authority = drawAuthority(world.stream('authority'), work.workMs, backup === null ? 0.4 : 0.7);
  const plans = {
    work,
    backup,
    events,
    network: drawNetwork(world.stream('network')),
    disk: drawDisk(world.stream('disk')),
    node: drawNode(world.stream('node')),
    people,
    authority,
    leads: drawLeads(world.stream('leads'), work.workMs),
    folds: drawFolds(world.stream('folds'), work.workMs),
    direct: drawDirect(world.stream('direct'), work.workMs),
  };
  if (backup === null) return plans;
  const { revokeMs, removeMs } = backup;
  return {
    ...plans,
    events: { ...events, revokeMs: revokeMs > 0 ? revokeMs : events.revokeMs },
    authority: { ...authority, removeMs: removeMs > 0 ? removeMs : authority.removeMs },
    // Whoever has no SDK knows nothing of what was.
    people: { ...people, plainCount: 0, appCount: Math.max(1, people.appCount) },
  };
}
