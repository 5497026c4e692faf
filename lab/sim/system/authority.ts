/**
 * What befalls rights and keys while people write: keys that several admins make at once, a maker that vanishes
 * or is ended over it, a member who is removed, a feed that is lost (`feed-line.ts`).
 *
 * The invariants (SPEC K2, K3, K6, K7): along a log the epochs of keys never sink
 * as long as the tail is told of them; who was removed, and a device
 * that was ended, holds no key of a later epoch, and the node has no envelope for it; at the end no key is due.
 * That who has a right opens everything is what every reader judges all the time (`app-process.ts`).
 */

import { must } from 'copse/internal/base/assert.ts';
import type { DeviceId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import { rekeyNoticeMs } from 'copse/internal/base/limits.ts';
import type { EntryCursor } from 'copse/internal/wire/entry.ts';
import type { Chaos } from '../chaos.ts';
import type { AuthorityPlan } from '../faults.ts';
import type { World } from '../world.ts';
import type { App } from './app.ts';
import type { Apps } from './apps.ts';
import type { Keeper } from './keeper.ts';
import { NotYet } from './not-yet.ts';
import type { Past } from './past.ts';

export interface AuthorityOptions {
  readonly chaos: Chaos;
  readonly keeper: Keeper;
  readonly apps: Apps;
  readonly authority: AuthorityPlan;
  readonly past: Past;
}

/** Somebody who is out, and the newest key that she may hold. */
interface Outsider {
  readonly app: App;
  readonly user: UserId;
  /** The device that was ended, or null when the user was removed. */
  readonly device: DeviceId | null;
  readonly siteEpoch: number;
  readonly generation: number;
}

const ADMIN = 16;
/** Into the making of a key, milliseconds. */
const AMIDST_MS = 25;
const AGAIN_MS = 150;
const LOOK_MS = 200;

export class Authority {
  readonly #options: AuthorityOptions;
  readonly #world: World;
  readonly #outsiders: Outsider[] = [];
  /** Makers of keys who are away until another one has made it. */
  readonly #away: App[] = [];
  /** Who was to do their work. */
  #stayed: App | null = null;
  #isDue = true;
  #isLooking = false;

  constructor(options: AuthorityOptions) {
    this.#options = options;
    this.#world = options.chaos.world;
  }

  begin(): void {
    const { chaos, authority } = this.#options;
    if (this.#options.apps.all.length > 0) this.#look();
    chaos.every(authority.rotateMs, () => this.#rotateAll());
    chaos.every(authority.vanishMs, () => this.#vanish());
    if (authority.removeMs > 0) this.#world.at(authority.removeMs, () => void this.#remove());
    if (authority.strikeMs > 0) this.#world.at(authority.strikeMs, () => void this.#strike());
  }

  /** Those who are ready and may make keys. */
  #admins(): readonly App[] {
    const { apps, authority } = this.#options;
    const guestsToo = (authority.guestPermissions & ADMIN) !== 0;
    return apps.all.filter(
      ({ isReady, isEnding, options }) =>
        isReady && !isEnding && (options.guests !== null || options.secondOf !== null || guestsToo),
    );
  }

  #rotateAll(): void {
    for (const { process } of this.#admins()) void process?.rotate();
  }

  /** A device begins to make a key and is gone; another one takes it over, or it goes on itself. */
  #vanish(): void {
    const { authority } = this.#options;
    const { chance } = this.#world;
    const admins = this.#admins();
    if (admins.length === 0) return;
    const app = chance.pick(admins);
    void app.process?.rotate();
    this.#world.at(chance.unit() * AMIDST_MS, () => {
      app.crash(false);
      this.#world.at(authority.awayMs * chance.unit(), () => app.start());
    });
  }

  /** All admins but one are gone while they make the key that is due; that one has to (SPEC K6). */
  #desert(): void {
    const { chance } = this.#world;
    const admins = chance.often(0.5) ? [...this.#admins()] : [];
    // A second device begins with what the first one tells it.
    const lasting = admins.filter(({ options }) => options.secondOf === null);
    if (lasting.length === 0) return;
    const stays = chance.pick(lasting);
    this.#stayed = stays;
    for (const app of admins) {
      if (app === stays) continue;
      app.isAway = true;
      app.crash(false);
      this.#away.push(app);
    }
  }

  #relieve(): void {
    for (const app of this.#away.splice(0)) {
      app.isAway = false;
      app.start();
    }
  }

  /** The second device is ended while it makes a key. */
  async #strike(): Promise<void> {
    const second = this.#options.apps.all.find(({ options }) => options.secondOf !== null);
    const { process } = second ?? {};
    if (second === undefined || process === null || process === undefined || !second.isReady) return;
    const user = must(process.user, 'it is open');
    const device = must(process.deviceId, 'it is open');
    void process.rotate();
    this.#world.at(this.#world.chance.unit() * AMIDST_MS, () => void this.#end(second, user, device));
  }

  async #end(second: App, user: UserId, device: DeviceId): Promise<void> {
    await this.#options.apps.revoke(second);
    const ended = second.isRevoked ? await this.#outsider(second, user, device) : null;
    if (ended !== null && second.isRevoked) this.#outsiders.push(ended);
  }

  /** The last guest is removed by the founder. */
  async #remove(): Promise<void> {
    const { apps, chaos, keeper, past } = this.#options;
    const { count } = past;
    const founder = apps.all[0]?.process;
    const guest = apps.all.findLast(({ options }) => options.guests === null && options.secondOf === null);
    const user = guest?.process?.user;
    if (chaos.healed || guest === undefined) return;
    if (founder === null || founder === undefined || user === undefined || !guest.isReady)
      return this.#later();
    const wasTried = guest.isEnding;
    guest.isEnding = true;
    try {
      await founder.remove(guest);
    } catch (thrown) {
      // Nobody to remove: not yet, or any more, when the answer to an earlier attempt was lost.
      const isOut = thrown instanceof NotYet && wasTried;
      guest.isEnding = wasTried || past.count !== count || !(thrown instanceof NotYet);
      if (!isOut) return this.#later();
    }
    if (past.count !== count) return;
    this.#world.at(rekeyNoticeMs + this.#world.chance.unit() * AMIDST_MS, () => this.#desert());
    const removed = await this.#outsider(guest, user, null);
    if (removed !== null) this.#outsiders.push(removed);
    await keeper.feed.current();
    if (past.count !== count) return;
    guest.isRevoked = true;
    this.#world.note(`${guest.name} is removed`);
  }

  /** Those whom the founder has removed. */
  get removed(): readonly UserId[] {
    return this.#outsiders.flatMap(({ user, device }) => (device === null ? [user] : []));
  }

  /** The node was set back: who was out may be in again, and is given later keys then. */
  setBack(): void {
    this.#outsiders.length = 0;
  }

  #later(): void {
    this.#world.at(AGAIN_MS, () => void this.#remove());
  }

  /** What somebody may hold who is out from now on. */
  async #outsider(app: App, user: UserId, device: DeviceId | null): Promise<Outsider | null> {
    const { apps, keeper, past } = this.#options;
    const site = apps.site === null ? null : await keeper.accounts.keys.siteKey(apps.site);
    const key = await keeper.accounts.keys.userKey(user);
    if (site === null) return null;
    // She may hold a key that the node has lost.
    const siteHeld = past.isTorn ? newestIn(app, `sitekey/${apps.site}/`) : 0;
    const held = past.isTorn ? newestIn(app, 'user/key/') : 0;
    const siteEpoch = Math.max(site.epoch, siteHeld);
    return { app, user, device, siteEpoch, generation: Math.max(key?.generation ?? 0, held) };
  }

  /** Whether a key is due, and who has the newest one, is asked for again and again. */
  #look(): void {
    this.#world.at(LOOK_MS, () => {
      this.#look();
      if (!this.#isLooking) void this.#lookNow();
    });
  }

  async #lookNow(): Promise<void> {
    const { apps, keeper } = this.#options;
    this.#isLooking = true;
    const record = apps.site === null ? null : await keeper.accounts.keys.siteKey(apps.site);
    this.#isDue = record?.due !== null && record?.due !== undefined;
    if (this.#options.chaos.healed && (!this.#isDue || !(await this.#isMakerLeft(record)))) this.#relieve();
    if (apps.site !== null && record !== null) {
      const users = apps.all.flatMap(({ process }) => process?.user ?? []);
      await apps.handed.look(keeper.accounts, apps.site, users);
      for (const outsider of this.#outsiders) await this.#judge(outsider, apps.site, record.epoch);
    }
    this.#isLooking = false;
  }

  /** Whether who stayed has been given the newest key: otherwise nobody who is there can make the next one (SPEC K6). */
  async #isMakerLeft(record: { readonly epoch: number } | null): Promise<boolean> {
    const { apps, keeper } = this.#options;
    const user = this.#stayed?.process?.user;
    if (apps.site === null || record === null || user === undefined) return false;
    return (await keeper.accounts.keys.envelope(apps.site, record.epoch, user)) !== null;
  }

  async #judge(outsider: Outsider, site: SiteId, newest: number): Promise<void> {
    const { user, device, app, siteEpoch, generation } = outsider;
    const { keys } = this.#options.keeper.accounts;
    const held = newestIn(app, `sitekey/${site}/`);
    this.#check(held <= siteEpoch, 'K3', `${app.name} is out since key ${siteEpoch} and holds key ${held}`);
    if (device === null) {
      for (let epoch = siteEpoch + 1; epoch <= newest; epoch++) {
        const envelope = await keys.envelope(site, epoch, user);
        this.#check(envelope === null, 'K3', `the node has key ${epoch} for ${app.name}, who was removed`);
      }
      return;
    }
    const own = newestIn(app, 'user/key/');
    this.#check(own <= generation, 'K2', `${app.name} was ended at key ${generation} and holds ${own}`);
    const now = await keys.userKey(user);
    const envelope = (now?.generation ?? 0) > generation ? await keys.userEnvelope(user, device) : null;
    this.#check(
      envelope === null,
      'K2',
      `the node has the next key of its user for ${app.name}, which ended`,
    );
  }

  #check(holds: boolean, rule: string, what: string): void {
    this.#world.check(holds, rule, () => what);
  }

  get isIdle(): boolean {
    const { apps, keeper, past } = this.#options;
    return apps.all.length === 0 || past.isTorn || (!this.#isDue && keeper.feed.isCurrent);
  }

  describe(): string {
    if (this.isIdle) return '';
    return this.#isDue ? 'the key of the site is due' : 'the tail has not heard what it missed';
  }
}

/** The newest of the keys that a device keeps under numbers behind a prefix. */
export function newestIn(app: App, prefix: string): number {
  const names = [...app.options.storage.rows().keys()].filter((name) => name.startsWith(prefix));
  return Math.max(0, ...names.map((name) => Number(name.slice(prefix.length))));
}

/** Epochs of keys along one log, which never sink (SPEC K3). */
export class Epochs {
  readonly #world: World;
  readonly #name: string;
  #last = 0;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
  }

  saw(at: number, { keyEpoch }: EntryCursor): void {
    const last = this.#last;
    this.#last = keyEpoch;
    this.#world.check(
      keyEpoch >= last,
      'K3',
      () => `${this.#name}: the entry at ${at} is under key ${keyEpoch} behind one under ${last}`,
    );
  }
}
