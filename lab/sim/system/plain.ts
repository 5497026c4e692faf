/** Plain clients: one user's devices without the SDK, on a site of their own. */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { logId } from 'copse/internal/base/ids.ts';
import type { Chaos } from '../chaos.ts';
import type { EventPlan, PeoplePlan, WorkPlan } from '../faults.ts';
import { LogHistory, type Sight } from '../history.ts';
import { sightOf, type Port } from '../machines/device-parts.ts';
import { Fleet, type Owner } from '../machines/fleet.ts';
import type { SimEnv } from '../world.ts';
import { Household, type Desk, type PlainDevice } from './household.ts';
import type { Keeper, Place } from './keeper.ts';
import { storedEntries, type SimNode } from './node.ts';
import { TailPort } from './tail-port.ts';

export interface PlainOptions {
  readonly chaos: Chaos;
  readonly keeper: Keeper;
  readonly work: WorkPlan;
  readonly events: EventPlan;
  readonly people: PeoplePlan;
  readonly pageBytes: number;
}

export class PlainPeople {
  readonly #options: PlainOptions;
  readonly #household: Household;
  readonly #first: PlainDevice;
  readonly #devices = new Map<Owner, PlainDevice>();
  readonly #fleet: Fleet;
  readonly #places = new Map<number, Place>();
  readonly #histories = new Map<number, LogHistory>();
  #isSigningUp = false;
  isSettled: boolean;

  constructor(options: PlainOptions) {
    this.#options = options;
    const { chaos, keeper, work, events, people } = options;
    this.isSettled = people.plainCount === 0;
    this.#household = new Household(chaos.world, keeper.ciphers);
    this.#first = this.#household.device();
    for (let number = 1; number <= work.logCount; number++) {
      const log = logId(number.toString(16).padStart(32, '0'));
      this.#places.set(number, { site: this.#household.site, log });
      this.#histories.set(number, new LogHistory(chaos.world, `plain log ${number}`));
    }
    this.#fleet = new Fleet({
      chaos,
      work,
      events,
      histories: this.#histories,
      dial: (owner, env) => this.#dial(owner, env),
    });
  }

  /** The user signs up and founds her site as soon as there is a node. */
  onUp(node: SimNode): void {
    if (this.#isSigningUp || this.isSettled) return;
    this.#isSigningUp = true;
    void this.#signUp(node);
  }

  async #signUp(node: SimNode): Promise<void> {
    const { keeper } = this.#options;
    await this.#household.settle(deskOf(node), this.#first);
    this.isSettled = true;
    await keeper.retain(this.#household.site);
  }

  begin(): void {
    const { chaos, people, events } = this.#options;
    const { world } = chaos;
    for (let i = 1; i <= people.plainCount; i++) {
      const device = i === 1 ? this.#first : this.#household.device();
      const owner = this.#fleet.add(`plain${i}`, must(fromHex(device.id), 'an id is hex'));
      this.#devices.set(owner, device);
    }
    const { owners } = this.#fleet;
    if (owners.length === 0) return;
    chaos.every(events.deviceCrashMs, () => this.#fleet.crash(world.chance.pick(owners)));
    if (events.revokeMs === 0 || owners.length === 1) return;
    const { keeper } = this.#options;
    world.at(events.revokeMs, () => void keeper.ask('plain device revoked', (node) => this.#revoke(node)));
  }

  async #revoke(node: SimNode): Promise<void> {
    const owner = this.#options.chaos.world.chance.pick(this.#fleet.owners.slice(1));
    const device = must(this.#devices.get(owner), 'an owner has a device');
    await this.#household.revoke(deskOf(node), this.#first, device);
    await this.#options.keeper.feed.current();
    owner.revoked = true;
  }

  #dial(owner: Owner, env: SimEnv): Port | null {
    const { keeper, pageBytes } = this.#options;
    const device = this.#devices.get(owner);
    if (device === undefined || keeper.node === null) return null;
    return new TailPort({
      env,
      primitives: keeper.ciphers.primitives,
      device,
      logs: this.#places,
      pageBytes,
      token: () => this.#household.token(deskOf(keeper.node), device),
      link: () => keeper.dial('tail', owner.name),
    });
  }

  heal(): void {
    this.#fleet.heal();
  }

  get isIdle(): boolean {
    return this.#fleet.isIdle;
  }

  describe(): string {
    return this.#fleet.describe();
  }

  conclude(node: SimNode): void {
    this.checkStore(node);
    this.#fleet.conclude();
    for (const history of this.#histories.values()) history.concludeWaiting();
  }

  /** What the node found on its disk against what everybody was told. */
  checkStore(node: SimNode): void {
    for (const [number, history] of this.#histories) {
      const place = must(this.#places.get(number), 'a log of the scenario');
      const sights: Sight[] = [];
      const { store } = node.services;
      const { first } = storedEntries(store, place, (at, cursor) => sights.push(sightOf(cursor, at)));
      history.stored(first, sights, this.#options.work.keepCount);
    }
  }
}

function deskOf(node: SimNode | null): Desk {
  if (node?.isUp !== true) throw new Fault('closed');
  return { auth: node.services.auth, env: node.env };
}
