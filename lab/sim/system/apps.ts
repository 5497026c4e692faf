/** The applications of a run: who founds the site, who is invited, who is a second device, and what befalls them. */

import type { KeepChange } from 'copse/internal/client/keep.ts';
import type { SiteId } from 'copse/internal/base/ids.ts';
import type { Link } from 'copse/internal/link/link.ts';
import type { Chaos } from '../chaos.ts';
import type {
  AuthorityPlan,
  DirectPlan,
  EventPlan,
  FoldPlan,
  LeadPlan,
  PeoplePlan,
  WorkPlan,
} from '../faults.ts';
import { LogHistory } from '../history.ts';
import { Wire } from '../network.ts';
import { SimPeers } from '../peers.ts';
import { App } from './app.ts';
import { sealedCargo } from './cargo.ts';
import { Handed } from './handed.ts';
import { SimStorage } from './keep.ts';
import type { Keeper } from './keeper.ts';
import type { Meeting } from './meeting.ts';
import type { Past } from './past.ts';

export interface AppsOptions {
  readonly chaos: Chaos;
  readonly keeper: Keeper;
  readonly work: WorkPlan;
  readonly events: EventPlan;
  readonly people: PeoplePlan;
  readonly authority: AuthorityPlan;
  readonly leads: LeadPlan;
  readonly folds: FoldPlan;
  readonly direct: DirectPlan;
  readonly past: Past;
}

/** Longest sleep of a device, milliseconds. */
const SLEEP_MS = 20_000;
/** The row of a keep that holds the writer's epoch. */
const EPOCH = 'device/epoch';
/** Longest time from a refusal of its storage to the crash of a device; a hundredth of it is as likely. */
const STUMBLE_MS = 50;

export class Apps {
  readonly #options: AppsOptions;
  readonly #meeting: Meeting;
  readonly #apps: App[] = [];
  /** Who has been handed the newest key of the site. */
  readonly handed: Handed;
  /** Devices that crash at the next acknowledgement. */
  readonly #stumbling = new Set<App>();
  /** Logs that somebody has led, or wanted to. */
  readonly #led = new Set<string>();
  /** Direct connections between the devices, in the runs that have them. */
  readonly #peers: SimPeers | null;
  #isHealed = false;

  constructor(options: AppsOptions) {
    this.#options = options;
    const { chaos, work, people } = options;
    const { world } = chaos;
    const logNames = Array.from({ length: work.logCount }, (_, i) => `log${i + 1}`);
    const { past } = options;
    const histories = new Map(
      logNames.map((name) => [name, new LogHistory(world, name, past.isPlanned)] as const),
    );
    const { guestPermissions } = options.authority;
    this.handed = new Handed(world);
    this.#peers = options.direct.isThere ? new SimPeers(world, () => chaos.network) : null;
    this.#meeting = { site: null, links: new Map(), logNames, guestPermissions, histories, past };
    if (people.appCount === 0) return;
    const guests = Array.from({ length: people.appCount - 1 }, (_, i) => `guest${i + 1}`);
    const founder = this.#add('founder', { guests, secondOf: null });
    for (const guest of guests) this.#add(guest, { guests: null, secondOf: null });
    if (people.hasSecond) this.#add('second', { guests: null, secondOf: founder });
  }

  #add(
    name: string,
    role: { readonly guests: readonly string[] | null; readonly secondOf: App | null },
  ): App {
    const { chaos, keeper, people, past } = this.#options;
    const { world } = chaos;
    const storage = new SimStorage(
      world,
      () => (this.#isHealed ? { slowMs: 1, full: 0 } : { slowMs: people.keepSlowMs, full: people.keepFull }),
      (changes) => this.#stumble(app, changes),
    );
    const mayForget = people.keepFull > 0;
    const appMs = world.chance.pick([0, 0, 1, 150]);
    const dial = (address: string, url: string): Link => this.#dial(address, url);
    const app = new App({
      world,
      ciphers: keeper.ciphers,
      name,
      storage,
      meeting: this.#meeting,
      ...role,
      dial,
      peers: this.#peers,
      appMs,
      worthBytes: this.#options.folds.worthBytes,
      mayForget,
      isOwedKey: (user) => !past.isTorn && this.handed.isLongSince(user),
      onAcked: () => this.#acked(app),
    });
    this.#apps.push(app);
    return app;
  }

  /** What was kept in part and used in part is found out by who comes back soon. */
  #stumble(app: App, refused: readonly KeepChange[]): void {
    const { chance } = this.#options.chaos.world;
    const { keepCrash } = this.#options.people;
    // Of an epoch it depends whether identities are given twice, and few writes are of one.
    const isEpoch = refused.some(({ name }) => name === EPOCH);
    if (keepCrash > 0 && isEpoch) this.#stumbling.add(app);
    else if (chance.often(keepCrash)) this.#fall(app, STUMBLE_MS * 0.01 ** chance.unit());
  }

  /** What is in the log now is perhaps in the queue of the device still. */
  #acked(app: App): void {
    const { chaos, people } = this.#options;
    if (this.#stumbling.delete(app)) this.#fall(app, chaos.world.chance.unit() * people.keepSlowMs);
  }

  #fall(app: App, soonMs: number): void {
    this.#options.chaos.world.at(soonMs, () => {
      if (!this.#isHealed) this.#crash(app);
    });
  }

  #crash(app: App): void {
    const { chaos, events } = this.#options;
    const { world } = chaos;
    app.crash(events.powerLoss);
    world.at(world.chance.unit() * 1000, () => app.start());
  }

  /** Where nobody listens, a connection ends soon. */
  #dial(address: string, url: string): Link {
    const { chaos, keeper } = this.#options;
    const link = keeper.dial(url.endsWith('/auth') ? 'auth' : 'tail', address);
    if (link !== null) return link;
    const wire = new Wire({
      world: chaos.world,
      faults: () => chaos.network,
      cargo: sealedCargo,
      onOver: () => {},
    });
    chaos.world.at(1, () => wire.cut());
    return wire.ends[0];
  }

  /** The site of all, when it is known. */
  get site(): SiteId | null {
    return this.#meeting.site;
  }

  get histories(): ReadonlyMap<string, LogHistory> {
    return this.#meeting.histories;
  }

  get all(): readonly App[] {
    return this.#apps;
  }

  get isSettled(): boolean {
    return this.#apps.every((app) => app.isReady);
  }

  begin(): void {
    const { chaos, keeper, work, events } = this.#options;
    const { world } = chaos;
    const { chance } = world;
    const apps = this.#apps;
    if (apps.length === 0) return;
    if (this.#meeting.site !== null) void keeper.retain(this.#meeting.site);
    for (const app of apps) {
      chaos.every(work.appendMs, () =>
        app.append({
          count: chance.between(1, work.burst),
          bytes: work.entryBytes,
          conditional: chance.often(work.conditional),
        }),
      );
    }
    chaos.every(events.deviceCrashMs, () => this.#strike(chance.pick(apps)));
    chaos.every(events.deviceSleepMs, () => {
      const ms = chance.unit() * SLEEP_MS;
      const app = chance.pick(apps);
      world.note(`${app.name} sleeps for ${ms.toFixed(0)} ms`);
      app.process?.env.sleep(ms);
    });
    if (events.revokeMs > 0) world.at(events.revokeMs, () => void this.#revoke());
    this.#beginLeads();
    this.#beginFolds();
  }

  /** Snapshots that say what is not so (SPEC Q4). */
  #beginFolds(): void {
    const { chaos, folds } = this.#options;
    const { chance } = chaos.world;
    chaos.every(folds.lieMs, () => {
      const app = chance.pick(this.#apps);
      void app.process?.folding?.lie(chance.pick(this.#meeting.logNames));
    });
  }

  /** Applications that lead logs, hand them over, give them back or open them (SPEC V1-V10). */
  #beginLeads(): void {
    const { chaos, leads } = this.#options;
    const { chance } = chaos.world;
    const { logNames } = this.#meeting;
    chaos.every(leads.leadMs, () => {
      const name = chance.pick(logNames);
      this.#led.add(name);
      chance.pick(this.#apps).lead(name);
    });
    const someone = (): App => chance.pick(this.#apps);
    chaos.every(leads.handOverMs, () => {
      const to = someone().process?.deviceId;
      if (to !== undefined) void someone().process?.leading.stepDown(chance.pick(logNames), to);
    });
    chaos.every(leads.openMs, () => void someone().process?.leading.stepDown(chance.pick(logNames), 'open'));
    chaos.every(leads.stopMs, () => someone().stopLeading(chance.pick(logNames)));
    this.#beginDirect();
  }

  #beginDirect(): void {
    const { chaos, direct } = this.#options;
    const peers = this.#peers;
    if (peers === null) return;
    peers.isBlocked = () => !this.#isHealed && chaos.world.chance.often(direct.blocked);
    chaos.every(direct.cutMs, () => peers.cut());
  }

  /** A process crashes, loses its power, or is closed; and comes back. */
  #strike(app: App): void {
    if (this.#options.chaos.world.chance.often(0.3)) void this.#close(app);
    else this.#crash(app);
  }

  async #close(app: App): Promise<void> {
    await app.close();
    app.start();
  }

  /** The founder ends her second device. */
  async #revoke(): Promise<void> {
    const second = this.#apps.find(({ options }) => options.secondOf !== null);
    if (second?.isReady === true) await this.revoke(second);
  }

  /** The founder ends a device of hers. */
  async revoke(second: App): Promise<void> {
    const { chaos, keeper } = this.#options;
    const { world } = chaos;
    const founder = this.#apps[0]?.process;
    if (founder === undefined || founder === null) return;
    second.isEnding = true;
    const { past } = this.#options;
    const { count } = past;
    try {
      await founder.revoke(second);
      await keeper.feed.current();
      // What a backup does not have was not; or it is done once more.
      past.isEndedByHand ||= past.count > 0;
      if (past.count !== count) return;
      second.isRevoked = true;
      world.note('the second device is revoked');
    } catch (thrown) {
      world.note(`the second device is not revoked: ${String(thrown)}`);
    }
  }

  heal(): void {
    this.#isHealed = true;
    for (const app of this.#apps) {
      app.isHurried = true;
      app.process?.env.sleep(0);
      app.start();
      app.process?.audit();
    }
    // Whoever has founded the site may always lead: nobody waits for ever.
    for (const name of this.#led) this.#apps[0]?.lead(name);
  }

  get isIdle(): boolean {
    return this.#apps.every((app) => app.isIdle) && this.#isAllSeen();
  }

  /**
   * Whether somebody has seen every entry that is stored. Only the members know which log is which, but no
   * log has been seen further than it is stored, so equal sums mean that each has been seen to its end.
   */
  #isAllSeen(): boolean {
    const { site, histories } = this.#meeting;
    const { node, places } = this.#options.keeper;
    if (node === null) return false;
    let unseen = 0;
    for (const place of places.values()) {
      if (place.site === site) unseen += (node.services.store.find(site, place.log)?.durable ?? 1) - 1;
    }
    for (const { tail } of histories.values()) unseen -= tail - 1;
    return unseen === 0;
  }

  describe(): string {
    const busy = this.#apps.filter((app) => !app.isIdle).map((app) => app.describe());
    if (!this.#isAllSeen()) busy.push('entries are stored that no application has seen');
    return busy.join('\n');
  }

  conclude(): void {
    for (const app of this.#apps) app.conclude();
  }
}
