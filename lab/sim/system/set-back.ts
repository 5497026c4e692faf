/**
 * A node that is set back to a backup, and what the judge expects of it (SPEC K8, M9, L12): whoever knows more
 * than the backup is alarmed, nobody else is; a device that was ended is ended again by the one that did it.
 */

import { must } from 'copse/internal/base/assert.ts';
import { fromUtf8 } from 'copse/internal/base/bytes.ts';
import type { DeviceId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { Accounts } from '../../../server/src/store/accounts.ts';
import type { Chaos } from '../chaos.ts';
import type { BackupPlan } from '../faults.ts';
import type { LogStamps } from '../stamps.ts';
import type { World } from '../world.ts';
import type { App } from './app.ts';
import type { AppProcess } from './app-process.ts';
import type { Apps } from './apps.ts';
import { newestIn, type Authority } from './authority.ts';
import type { Books } from './books.ts';
import type { Backup, Keeper } from './keeper.ts';
import type { SimNode } from './node.ts';
import type { Past } from './past.ts';

export interface SetBackOptions {
  readonly chaos: Chaos;
  readonly keeper: Keeper;
  readonly apps: Apps;
  readonly authority: Authority;
  readonly plan: BackupPlan;
  readonly past: Past;
}

interface Taken {
  readonly backup: Backup;
  /** Those who had settled in; who came later is not known to the backup. */
  readonly settled: ReadonlySet<App>;
}

const LOOK_MS = 250;
/** After everything is healed: false alarms and what is appended twice have their time. */
const CALM_MS = 60_000;
const AUDIT_MS = 45_000;
const ENDED = 'ended/';
const TAKEN_BACK = 'revoked/';
const NOTE = 'watch/note';

const A_RIGHT = 'a right that it has taken back';
const A_DEVICE = 'a device that it has ended';

export class SetBack {
  readonly #options: SetBackOptions;
  readonly #world: World;
  #taken: Taken | null = null;
  /** The node was set back and has not started since. */
  #isFresh = false;
  /** Who knows more than the backup, and of what. */
  readonly #knowing = new Map<App, string>();
  /** How often the founder's process had been killed before it was to take a right back again. */
  #crashCount = 0;
  /** Devices that a device knows to be ended, and the backup does not. */
  #ended: readonly { readonly by: App; readonly device: DeviceId }[] = [];
  /** Users whom the founder knows to have removed, and who are members by the backup. */
  readonly #members = new Set<UserId>();
  #healedMs: number | null = null;

  constructor(options: SetBackOptions) {
    this.#options = options;
    this.#world = options.chaos.world;
  }

  begin(): void {
    const { chaos, plan, apps } = this.#options;
    this.#world.at(plan.takeMs, () => this.#take());
    this.#world.at(plan.restoreMs, () => this.#restore());
    let count = 0;
    chaos.every(plan.claimMs, () => {
      const { process } = this.#world.chance.pick(apps.all);
      if (process?.isReady === true) void process.claim(`name-${++count}`);
    });
  }

  #take(): void {
    const { keeper, apps } = this.#options;
    const settled = new Set(apps.all.filter(({ process, hasEntered }) => process?.isReady ?? hasEntered));
    this.#taken = { backup: keeper.backUp(), settled };
  }

  #restore(): void {
    const { keeper, apps, past } = this.#options;
    const { backup, settled } = must(this.#taken, 'a backup comes before its restore');
    const before = keeper.books;
    past.count++;
    past.lacksEntries = keeper.disk.memory.journal.tail > backup.disk.journal.tail;
    keeper.restore(backup);
    this.#isFresh = true;
    for (const app of apps.all) {
      app.setBack();
      if (!settled.has(app)) app.isEnding = true;
    }
    void this.#compare(before, keeper.books);
    this.#look();
  }

  async #compare(before: Books, after: Books): Promise<void> {
    const { apps, past, authority } = this.#options;
    const { site } = apps;
    if (site === null || apps.all[0]?.isEnding === true) past.isBereft = true;
    const known = apps.all.flatMap(({ user }) => user ?? []);
    const users = new Set([...known, ...authority.removed]);
    const at = { site, users: [...users] };
    const ends = await endsIn(before.accounts, at);
    const endsLeft = await endsIn(after.accounts, at);
    const back = ends.filter((device) => !endsLeft.includes(device));
    const held = await heldIn(before.accounts, at);
    const rights = (await heldIn(after.accounts, at)).filter((id) => !held.includes(id));
    const keys = await keysIn(before.accounts, at);
    const keysLeft = await keysIn(after.accounts, at);
    past.loss = {
      keys: [...keys].some(([name, epoch]) => epoch > (keysLeft.get(name) ?? 0)),
      ends: back.length > 0,
      rights: rights.length > 0,
      leaves: before.nodeLog.count() > after.nodeLog.count(),
    };
    this.#world.note(`lost with the backup: ${JSON.stringify(past.loss)}`);
    for (const app of apps.all)
      this.#judge(app, { site, back, keys: keysLeft, leaves: after.nodeLog.count() });
    await this.#judgeRemoved(after.accounts);
    authority.setBack();
    for (const app of apps.all) if (app.isRevoked) this.#revive(app);
  }

  /** What a device keeps and the backup does not have is what it has to notice. */
  #judge(
    app: App,
    left: {
      readonly site: SiteId | null;
      readonly back: readonly DeviceId[];
      readonly keys: ReadonlyMap<string, number>;
      readonly leaves: number;
    },
  ): void {
    const rows = app.options.storage.rows();
    const { user } = app;
    const knows: string[] = [];
    if (newestIn(app, `sitekey/${left.site}/`) > (left.keys.get('site') ?? 1))
      knows.push('the key of the site');
    if (user !== undefined && newestIn(app, 'user/key/') > Math.max(1, left.keys.get(user) ?? 0))
      knows.push('the key of its user');
    const ended = left.back.filter((device) => rows.has(ENDED + device));
    if (ended.length > 0) knows.push(A_DEVICE);
    const [, size = '0'] = (fromUtf8(rows.get(NOTE) ?? new Uint8Array(0)) ?? '').split('\n');
    if (Number(size) > left.leaves) knows.push('the log of the node');
    if (knows.length > 0) this.#knowing.set(app, knows.join(' and '));
    this.#ended = [...this.#ended, ...ended.map((device) => ({ by: app, device }))];
  }

  /** A right that was taken back is taken back again by the device that did it. */
  async #judgeRemoved(accounts: Accounts): Promise<void> {
    const { apps, authority } = this.#options;
    const { site } = apps;
    const [founder] = apps.all;
    if (founder === undefined || founder.isEnding || founder.options.mayForget) return;
    for (const user of authority.removed) {
      if ((await heldIn(accounts, { site, users: [user] })).length === 0) continue;
      this.#members.add(user);
      // What it asked for and was not answered it asks for again, and is not surprised.
      const isAnswered = [...founder.options.storage.rows().keys()].some((name) =>
        name.startsWith(TAKEN_BACK),
      );
      if (!isAnswered || this.#knowing.has(founder)) continue;
      this.#knowing.set(founder, A_RIGHT);
      this.#crashCount = founder.crashCount;
    }
  }

  /** Its right is back with the backup: it tries again, and what it appends until it is ended again counts. */
  #revive(app: App): void {
    const { apps } = this.#options;
    app.isRevoked = false;
    for (const history of apps.histories.values()) history.pardon(app.name);
    app.crash(false);
    app.start();
  }

  /** The logs are known as they are now, before anybody appends to them. */
  onUp(node: SimNode, stampsOf: (name: string) => LogStamps): void {
    if (!this.#isFresh) return;
    this.#isFresh = false;
    const { keeper, apps, past } = this.#options;
    for (const [name, { site, log }] of keeper.places) {
      const tail = node.services.store.find(site, log)?.durable ?? 1;
      stampsOf(name).setBack(tail);
      const history = apps.histories.get(past.logs.get(log) ?? '');
      if (history === undefined) continue;
      history.setBack(tail);
    }
  }

  /** Devices that are ended again are taken for ended again. */
  #look(): void {
    this.#world.at(LOOK_MS, () => {
      void this.#lookNow();
      if (this.#ended.length + this.#members.size > 0) this.#look();
    });
  }

  async #lookNow(): Promise<void> {
    const { keeper } = this.#options;
    const open: { readonly by: App; readonly device: DeviceId }[] = [];
    for (const each of this.#ended) {
      const row = await keeper.accounts.people.device(each.device);
      if (row !== null && row.revokedMs === null) open.push(each);
    }
    this.#ended = open;
    const { site } = this.#options.apps;
    for (const user of this.#members) {
      const held = await heldIn(keeper.accounts, { site, users: [user] });
      if (held.length === 0) this.#members.delete(user);
    }
  }

  /** By the second look at a process its device has been connected and has looked at what it had of the logs. */
  #audit(seen: Map<App, AppProcess>, audited: Set<App>): void {
    const left = this.#options.apps.all.filter((app) => !app.isEnding && !audited.has(app));
    if (left.length === 0) return;
    for (const app of left) {
      const { process } = app;
      if (process === null) continue;
      if (seen.get(app) === process) {
        process.audit(true);
        audited.add(app);
      }
      seen.set(app, process);
    }
    this.#world.at(AUDIT_MS, () => this.#audit(seen, audited));
  }

  heal(): void {
    this.#healedMs = this.#world.nowMs;
    if (this.#taken === null) return;
    this.#audit(new Map(), new Set());
  }

  /** Who should be alarmed and is not. */
  #deaf(): readonly string[] {
    const { apps } = this.#options;
    return apps.all.flatMap((app) => {
      const { process, isEnding } = app;
      if (isEnding || process === null || process.isAlarmed) return [];
      const why = this.#knowing.get(app) ?? (process.knowsLoss ? 'entries' : null);
      if (why === A_DEVICE && this.#options.past.isEndedByHand) return [];
      // Killed between taking a right back again and saying so, it finds the right taken back.
      if (why === A_RIGHT && app.crashCount > this.#crashCount) return [];
      return why === null ? [] : [`${app.name} knew more, ${why}, and raises no alarm`];
    });
  }

  get isIdle(): boolean {
    if (this.#taken === null) return true;
    const isCalm = this.#world.nowMs > (this.#healedMs ?? Number.POSITIVE_INFINITY) + CALM_MS;
    const isEnded = this.#ended.every(({ by }) => by.isEnding);
    return isCalm && isEnded && this.#members.size === 0 && this.#deaf().length === 0;
  }

  describe(): string {
    const ended = this.#ended.map(({ by, device }) => `${device} was ended by ${by.name} and is back`);
    const members = [...this.#members].map(
      (user) => `${user} was removed by the founder and is a member again`,
    );
    return [...this.#deaf(), ...ended, ...members].join('\n');
  }
}

interface At {
  readonly site: SiteId | null;
  readonly users: readonly UserId[];
}

async function endsIn(accounts: Accounts, { users }: At): Promise<readonly DeviceId[]> {
  const rows = await Promise.all(users.map((user) => accounts.people.devices(user, DEVICES_MAX)));
  return rows.flat().flatMap(({ device, revokedMs }) => (revokedMs === null ? [] : [device]));
}

async function heldIn(accounts: Accounts, { site, users }: At): Promise<readonly string[]> {
  if (site === null) return [];
  const held = await Promise.all(users.map((user) => accounts.grants.held(site, user)));
  return held.flat().map(({ via }) => via);
}

async function keysIn(accounts: Accounts, { site, users }: At): Promise<ReadonlyMap<string, number>> {
  const keys = new Map<string, number>();
  if (site !== null) keys.set('site', (await accounts.keys.siteKey(site))?.epoch ?? 0);
  for (const user of users) keys.set(user, (await accounts.keys.userKey(user))?.generation ?? 0);
  return keys;
}

const DEVICES_MAX = 16;
