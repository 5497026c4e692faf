/** The connection of the fake node: an account, its devices and its sites. */

import { Fault } from 'copse/internal/base/fault.ts';
import { deviceId, key } from 'copse/internal/base/ids.ts';
import { Cell } from 'copse/internal/client/store.ts';
import type { Accounts } from '../model/sdk-accounts.ts';
import type {
  Copse,
  AtRest,
  Attention,
  DeviceDesk,
  DeviceId,
  DeviceRow,
  Emails,
  Figure,
  InvitationView,
  LogoutAnswer,
  Names,
  Notice,
  Notifications,
  OpenOptions,
  PastAlarm,
  Profile,
  ProfileAnswer,
  Rights,
  SiteId,
  Status,
  Trouble,
} from '../model/sdk.ts';
import { FakeAccounts } from './fake-accounts.ts';
import { FakeAtRest, fakeDesk } from './fake-devices.ts';
import { pause, type FakeNet } from './fake-log.ts';
import { FakeEmails } from './fake-emails.ts';
import { FakeFiles } from './fake-files.ts';
import { FakeNames, fakeTrust } from './fake-names.ts';
import { FakeGroups, FakeRightsDesk } from './fake-desk.ts';
import { FakeNotifications } from './fake-notifications.ts';
import { FakeRecovery } from './fake-recovery.ts';
import { FakeSite, myDevice } from './fake-site.ts';
import { ada, ben, chiara, noor } from './people.ts';
import { siteScripts } from './script.ts';

const DAY_MS = 86_400_000;

export interface FakeOptions {
  readonly delayMs: number;
  /** With the sample sites, or as an account that was just made. */
  readonly isFresh: boolean;
  /** So many more people hold something in the first site. */
  readonly strangers: number;
}

export class FakeCopse implements Copse {
  readonly user = ada.user;
  readonly device = myDevice;
  readonly admin = true;
  readonly node = { url: location.origin, key: key(new Uint8Array(32)) };
  readonly status = new Cell<Status>('live');
  readonly trouble = new Cell<Trouble>(null);
  readonly sites = new Cell<readonly FakeSite[]>([]);
  readonly profile: Cell<Profile>;
  readonly devicesChanged = new Cell(0);
  readonly alarm = new Cell<Trouble>(null);
  readonly noticed = new Cell<Notice | null>(null);
  readonly recovery: FakeRecovery;
  readonly #accounts: FakeAccounts;
  readonly #emails: FakeEmails;
  readonly shelf: FakeFiles;
  readonly notices: FakeNotifications;
  readonly #trust = fakeTrust();
  readonly #past: PastAlarm[] = [];
  readonly #net: FakeNet;
  readonly #atRest = new FakeAtRest();
  readonly #groups: FakeGroups;
  readonly #desk: FakeRightsDesk;
  readonly #startedMs = Date.now();
  readonly #secret: Uint8Array;
  #entries = 18_204;
  #devices: readonly DeviceRow[];
  #fault: Fault | null = null;

  constructor(open: OpenOptions, options: FakeOptions) {
    const net: FakeNet = {
      status: this.status,
      delayMs: () => options.delayMs,
      takeFault: () => this.takeFault(),
      groups: () => this.#groups.list(),
    };
    this.#net = net;
    this.#groups = new FakeGroups(net, options.isFresh);
    const site = (id: SiteId) => this.sites.get().find((each) => each.id === id);
    this.#desk = new FakeRightsDesk({ net, groups: this.#groups, site });
    this.#secret = open.secret ?? sampleSecret();
    this.profile = new Cell<Profile>({ name: open.name ?? ada.name, about: '', locale: 'en' });
    this.#devices = sampleDevices(open.deviceName ?? 'Firefox on Linux', options.isFresh);
    this.recovery = new FakeRecovery(net);
    this.#accounts = new FakeAccounts(net, options.isFresh);
    this.#emails = new FakeEmails(net);
    this.shelf = new FakeFiles(net, options.isFresh);
    this.notices = new FakeNotifications({ ...net, sites: () => this.sites.get() });
    if (options.isFresh) return;
    const [first, ...others] = siteScripts;
    const scripts = first === undefined ? [] : [{ ...first, strangers: options.strangers }, ...others];
    this.sites.set(scripts.map((script) => new FakeSite(script, net, (site) => this.#forget(site))));
    this.sites.get()[0]?.log('chat').setPresent([ada, ben, chiara, noor]);
  }

  get rights(): Promise<Rights> {
    return Promise.resolve(this.#desk);
  }

  names(): Promise<Names> {
    return Promise.resolve(new FakeNames(this.#net, { alarm: this.alarm, past: this.#past }, this.#trust));
  }

  /** What was said to be read, for tests. */
  readonly seen: string[] = [];

  attention(): Promise<Attention> {
    return Promise.resolve({
      look: (isHere) => void this.seen.push(`look ${isHere}`),
      read: ({ name }, at) => void this.seen.push(`read ${name} ${at}`),
    });
  }

  notifications(): Promise<Notifications> {
    return Promise.resolve(this.notices);
  }

  accounts(): Promise<Accounts> {
    return Promise.resolve(this.#accounts);
  }

  files(): Promise<FakeFiles> {
    return this.shelf.opened();
  }

  emails(): Promise<Emails> {
    return Promise.resolve(this.#emails);
  }

  /** Another device of Ada's signed in with her address. */
  knock(name: string): void {
    this.#emails.arrive(name);
    this.devicesChanged.set(this.devicesChanged.get() + 1);
  }

  async secret(): Promise<Uint8Array> {
    return this.#secret;
  }

  async found({
    title,
    logs = [],
  }: {
    readonly title: string;
    readonly logs?: readonly string[];
  }): Promise<FakeSite> {
    await pause(this.#net.delayMs());
    this.#mayFail();
    return this.#add(title, logs);
  }

  peek(link: string): Promise<InvitationView> {
    return peekFake(link, this.#net.delayMs());
  }

  async join(link: string): Promise<FakeSite> {
    const view = await peekFake(link, this.#net.delayMs());
    this.#mayFail();
    return this.#add(view.title, view.logs);
  }

  async updateProfile(changes: Partial<Profile>): Promise<ProfileAnswer> {
    await pause(this.#net.delayMs());
    this.#mayFail();
    this.profile.set({ ...this.profile.get(), ...changes });
    return { kind: 'ok', comments: [] };
  }

  async devices(): Promise<readonly DeviceRow[]> {
    await pause(this.#net.delayMs());
    this.#mayFail();
    return this.#devices;
  }

  async renameDevice(device: DeviceId, name: string): Promise<void> {
    await this.#change((row) => (row.device === device ? { ...row, name } : row));
  }

  async revokeDevice(device: DeviceId): Promise<void> {
    await this.#change((row) => (row.device === device ? { ...row, revokedMs: Date.now() } : row));
  }

  atRest(): Promise<AtRest> {
    return Promise.resolve(this.#atRest);
  }

  deviceDesk(): Promise<DeviceDesk> {
    const known = { sites: () => this.sites.get(), devices: () => this.#devices };
    return Promise.resolve(fakeDesk(() => this.#net.delayMs(), known));
  }

  async figures(): Promise<readonly Figure[]> {
    await pause(this.#net.delayMs());
    this.#mayFail();
    const seconds = (Date.now() - this.#startedMs) / 1000 + 93_784;
    this.#entries += Math.round(40 + 30 * Math.sin(seconds / 9) + 18 * Math.random());
    return [
      { name: 'nodeVersion', unit: '', value: '0.1.0' },
      { name: 'nodeUptime', unit: 's', value: seconds.toFixed(0) },
      {
        name: 'nodeRss',
        unit: 'bytes',
        value: String(Math.round(71_000_000 + 4e6 * Math.sin(seconds / 41))),
      },
      {
        name: 'nodeCpuSecondsTotal',
        unit: 's',
        value: (seconds * 0.04 + Math.sin(seconds / 7) / 9).toFixed(2),
      },
      { name: 'nodeDiskFree', unit: 'bytes', value: String(83_369_000_000 - this.#entries * 220) },
      { name: 'authSessions', unit: '', value: '14' },
      { name: 'tailEntriesTotal', unit: 'entries', value: String(this.#entries) },
      { name: 'tailConnections', unit: '', value: String(Math.round(14 + 4 * Math.sin(seconds / 23))) },
      { name: 'tailLeases', unit: '', value: '37' },
      { name: 'storeLogsOpen', unit: '', value: '37' },
    ];
  }

  async logout(): Promise<LogoutAnswer> {
    await pause(this.#net.delayMs());
    return { isNodeTold: this.status.get() !== 'offline' };
  }

  async close(): Promise<void> {}

  /** The next call is refused with it. */
  failNext(fault: Fault): void {
    this.#fault = fault;
  }

  takeFault(): Fault | null {
    const fault = this.#fault;
    this.#fault = null;
    return fault;
  }

  #mayFail(): void {
    const fault = this.takeFault();
    if (fault !== null) throw fault;
  }

  async #change(change: (row: DeviceRow) => DeviceRow): Promise<void> {
    await pause(this.#net.delayMs());
    this.#mayFail();
    this.#devices = this.#devices.map(change);
    this.devicesChanged.set(this.devicesChanged.get() + 1);
  }

  #add(title: string, names: readonly string[]): FakeSite {
    const id = [...crypto.getRandomValues(new Uint8Array(16))]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('');
    const logs = names.map((name) => ({ name, lines: [] }));
    const site = new FakeSite({ id, title, members: [ada], logs }, this.#net, (left) => this.#forget(left));
    this.sites.set([...this.sites.get(), site]);
    return site;
  }

  #forget(site: FakeSite): void {
    this.sites.set(this.sites.get().filter((other) => other !== site));
  }
}

export async function peekFake(link: string, delayMs: number): Promise<InvitationView> {
  await pause(delayMs);
  if (link.includes('#join=BBBB')) throw new Fault('unknown');
  const state = link.includes('#join=CCCC') ? 'used' : 'open';
  const { id, title } = siteScripts[0] ?? { id: '', title: '' };
  return {
    site: new FakeSite({ id: `${id.slice(2)}77`, title, members: [], logs: [] }, NO_NET, () => {}).id,
    title,
    logs: ['chat'],
    inviter: ben.name,
    permissions: 3,
    expiresMs: Date.now() + 6 * DAY_MS,
    state,
  };
}

const NO_NET: FakeNet = { status: new Cell<Status>('live'), delayMs: () => 0, takeFault: () => null };

function sampleSecret(): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => (at * 73 + 19) & 255);
}

function sampleDevices(name: string, isFresh: boolean): readonly DeviceRow[] {
  const nowMs = Date.now();
  const row = (
    id: string,
    itsName: string,
    agoDays: number,
    seenMs: number,
    revokedMs: number | null,
  ): DeviceRow => ({
    device: id === '' ? myDevice : deviceId(id),
    key: key(new Uint8Array(32)),
    name: itsName,
    createdMs: nowMs - agoDays * DAY_MS,
    seenMs,
    revokedMs,
  });
  const own = row('', name, isFresh ? 0 : 180, nowMs, null);
  if (isFresh) return [own];
  return [
    row('4f1e2d3c4b5a6978', 'Pixel in the kitchen', 96, nowMs - 26 * 60_000, null),
    own,
    row('19a8b7c6d5e4f302', 'Chrome on Windows', 40, nowMs - 9 * DAY_MS, null),
    row('8e7d6c5b4a392817', 'Old laptop', 178, nowMs - 31 * DAY_MS, nowMs - 30 * DAY_MS),
  ];
}
