/**
 * A device and its user on one node, as the application sees them: the sites, the profile, the devices,
 * and whether all of it is up to date (SPEC S1, S3).
 */

import { Fault } from '../base/fault.ts';
import { key, type DeviceId, type Key, type SiteId, type UserId } from '../base/ids.ts';
import { deferred } from './deferred.ts';
import type { Accounts } from './accounts.ts';
import type { Attention } from './attention.ts';
import type { Emails } from './email.ts';
import type { AtRest } from './at-rest.ts';
import type { DeskByName } from './desks.ts';
import type { DeviceDesk } from './device-desk.ts';
import type { FaceLine } from './face.ts';
import type { Files } from './files.ts';
import type { HomeEvents, HomeRemote } from './home-api.ts';
import type { Log } from './log.ts';
import type { Names, Notice } from './names.ts';
import type { Notifications } from './notifications.ts';
import { changesOf, NO_PROFILE } from './profile-changes.ts';
import { lazyRecovery, type Recovery } from './recovery.ts';
import type { RecoveryTools } from './recovery-realms.ts';
import { Desk } from './rights.ts';
import type { RightsDesk } from './rights-desk.ts';
import { Site } from './site.ts';
import { Cell, derived, type Store } from './store.ts';
import { faultOf } from './fault-number.ts';
import type {
  DeviceRow,
  Figure,
  FoundOptions,
  InvitationView,
  LogoutAnswer,
  Profile,
  ProfileAnswer,
  Status,
  Trouble,
} from './types.ts';

type Push<Name extends keyof HomeEvents> = Parameters<HomeEvents[Name]>[0];

/** Who this is; does not change while it is open. */
export interface Self {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly url: string;
  readonly node: Key;
}

export class Copse implements AsyncDisposable {
  readonly #line: FaceLine;
  readonly #closeRuntime: () => Promise<void>;
  readonly #recovery: Recovery;
  readonly #tools: RecoveryTools;
  readonly #desk: Desk;
  readonly #status = new Cell<Status>('connecting');
  readonly #trouble = new Cell<Trouble>(null);
  readonly #account = new Cell<Push<'account'>>({ isAdmin: false, profile: NO_PROFILE });
  readonly #profile = derived(this.#account, ({ profile }) => profile);
  readonly #sites = new Cell<readonly Site[]>([]);
  readonly #devicesChanged = new Cell(0);
  readonly #alarm = new Cell<Trouble>(null);
  readonly #noticed = new Cell<Notice | null>(null);
  readonly #logByNumber = new Map<number, Log>();
  #lastLog = 0;
  #self: Self | null = null;
  /** Sites that the present home has named. */
  #named = new Set<SiteId>();
  #isClosed = false;
  readonly #begun = deferred<void>();

  /** `closeRuntime` ends what the face does not know of: the home, the part in the tabs' agreement. */
  constructor(line: FaceLine, closeRuntime: () => Promise<void>, tools: RecoveryTools) {
    this.#line = line;
    this.#tools = tools;
    this.#closeRuntime = closeRuntime;
    this.#recovery = lazyRecovery(async () =>
      (await import('./recovery-self.ts')).recoveryOf(this, tools, () => this.#home()),
    );
    this.#desk = new Desk(async () => (await import('./rights-self.ts')).rightsOf(tools, () => this.#home()));
    this.#begun.promise.catch(() => {});
    line.serve({
      events: () => this.#events(),
      onHome: (home) => void this.#onHome(home),
      onAlone: () => {
        this.#status.set('connecting');
        for (const log of this.#logByNumber.values()) log.alone();
      },
    });
  }

  /** Resolves when it is known who this is. */
  async begin(): Promise<this> {
    await this.#begun.promise;
    return this;
  }

  /** The home says who this is and which sites there are; what was open is opened there. */
  async #onHome(home: HomeRemote): Promise<void> {
    this.#named = new Set();
    const named = this.#named;
    const starting = home.start({});
    for (const log of this.#logByNumber.values()) log.open(home);
    try {
      const { user, device, url, node } = await starting;
      this.#self = { user, device, url, node: key(node.slice()) };
      this.#sites.set(this.#sites.get().filter((site) => named.has(site.id)));
      this.#begun.resolve();
    } catch (thrown) {
      if (home === this.#line.now) this.#begun.reject(thrown);
    }
  }

  get #me(): Self {
    if (this.#self === null) throw new Fault('closed');
    return this.#self;
  }

  get user(): UserId {
    return this.#me.user;
  }

  get device(): DeviceId {
    return this.#me.device;
  }

  /** Whether this user is the admin of the node. */
  get admin(): boolean {
    return this.#account.get().isAdmin;
  }

  get node(): { readonly url: string; readonly key: Key } {
    return { url: this.#me.url, key: this.#me.node };
  }

  get status(): Store<Status> {
    return this.#status;
  }

  /** Why it is offline for good (revoked, another node key, too old), or null. */
  get trouble(): Store<Trouble> {
    return this.#trouble;
  }

  /** In the order in which the user joined them. */
  get sites(): Store<readonly Site[]> {
    return this.#sites;
  }

  get profile(): Store<Profile> {
    return this.#profile;
  }

  /** Counts the changes of the list of devices: ask for it again when this changes. */
  get devicesChanged(): Store<number> {
    return this.#devicesChanged;
  }

  /** What the log of the node was found to contradict, or null: nothing that it says can be relied on any more. */
  get alarm(): Store<Trouble> {
    return this.#alarm;
  }

  /** The last thing that the log of the node said about this user and that this device did not cause. */
  get noticed(): Store<Notice | null> {
    return this.#noticed;
  }

  /** Names, keys behind e-mail addresses, and the log of the node. */
  names(): Promise<Names> {
    return this.#open('names');
  }

  /** How this device is notified while nobody looks at it. */
  notifications(): Promise<Notifications> {
    return this.#open('notifications');
  }

  /** Whether somebody looks at this application, and what she has read. */
  attention(): Promise<Attention> {
    return this.#open('attention');
  }

  /** The people of the node: who let whom in, and how many more this user may. */
  accounts(): Promise<Accounts> {
    return this.#open('accounts');
  }

  /** The e-mail addresses of this user, and devices that signed in with one and wait. */
  emails(): Promise<Emails> {
    return this.#open('emails');
  }

  /** The user's secret, for showing her phrase. */
  async secret(): Promise<Uint8Array> {
    return (await this.#home()).secret({});
  }

  /** What brings her back who has lost every device, and lets others back in. */
  get recovery(): Recovery {
    return this.#recovery;
  }

  /** The groups that this user is in, and what she holds everywhere. */
  get rights(): Promise<RightsDesk> {
    return this.#desk.get();
  }

  /** Founds a site with this user as its admin. */
  async found(options: FoundOptions): Promise<Site> {
    const { site } = await (await this.#home()).found({ title: options.title, logs: options.logs ?? [] });
    return this.#require(site);
  }

  /** What an invitation link offers. */
  async peek(link: string): Promise<InvitationView> {
    return (await this.#home()).peek({ link });
  }

  /** Takes an invitation up. */
  async join(link: string): Promise<Site> {
    const { site } = await (await this.#home()).join({ link });
    return this.#require(site);
  }

  #require(id: SiteId): Site {
    const site = this.site(id);
    if (site === undefined) throw new Fault('unknown');
    return site;
  }

  site(id: SiteId): Site | undefined {
    return this.#sites.get().find((site) => site.id === id);
  }

  async updateProfile(changes: Partial<Profile>): Promise<ProfileAnswer> {
    return (await this.#home()).updateProfile({ changes: changesOf(this.#profile.get(), changes) });
  }

  async devices(): Promise<readonly DeviceRow[]> {
    return (await this.#home()).devices({});
  }

  async renameDevice(device: DeviceId, name: string): Promise<void> {
    await (await this.#home()).renameDevice({ device, name });
  }

  /** Ends a device of this user for good. */
  async revokeDevice(device: DeviceId): Promise<void> {
    await (await this.#home()).revokeDevice({ device });
  }

  /** The keys of this device at rest: lock them with a passphrase or a passkey. */
  atRest(): Promise<AtRest> {
    return this.#open('atRest');
  }

  /** Files on the node: uploads, downloads, and what this account holds. */
  files(): Promise<Files> {
    return this.#open('files');
  }

  /** Lets another device in, and says what revoking one would do. */
  deviceDesk(): Promise<DeviceDesk> {
    return this.#open('deviceDesk');
  }

  /** Live figures of the node, for its admin. */
  async figures(): Promise<readonly Figure[]> {
    return (await this.#home()).figures({});
  }

  /**
   * Forgets this device's keys, and ends its session at the node when that can be reached. Otherwise the
   * device stays in the user's list, where she can end it from another one.
   */
  async logout(): Promise<LogoutAnswer> {
    const answer = await (await this.#home()).logout({});
    await this.close();
    return answer;
  }

  /** Lets go of everything; what waits to be sent stays in the keep. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#line.end();
    this.#status.set('offline');
    for (const log of this.#logByNumber.values()) log.end(new Fault('closed'));
    await this.#closeRuntime();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open<Name extends keyof DeskByName>(name: Name): Promise<DeskByName[Name]> {
    const { desks } = await import('./desks.ts');
    return desks[name]({ copse: this, tools: this.#tools, line: this.#line, home: () => this.#home() });
  }

  #home(): Promise<HomeRemote> {
    return this.#line.get();
  }

  #events(): HomeEvents {
    const log = (number: number): Log | undefined => this.#logByNumber.get(number);
    return {
      status: ({ status, trouble }) => {
        this.#status.set(status);
        this.#trouble.set(trouble === null ? null : new Fault(faultOf(trouble.fault).code, trouble.detail));
      },
      alarm: ({ fault, detail }) => this.#alarm.set(new Fault(faultOf(fault).code, detail)),
      calm: () => this.#alarm.set(null),
      noticed: (notice) => this.#noticed.set(notice),
      account: (account) => {
        this.#account.set({ ...account });
        for (const site of this.#sites.get()) site.onMe();
      },
      site: (state) => this.#onSite(state),
      siteGone: ({ site }) => this.#sites.set(this.#sites.get().filter((each) => each.id !== site)),
      devicesChanged: () => this.#devicesChanged.set(this.#devicesChanged.get() + 1),
      people: (people) => this.site(people.site)?.onPeople(people),
      log: (state) => log(state.log)?.onState(state),
      waiting: (waiting) => log(waiting.log)?.onWaiting(waiting),
      settled: (settled) => log(settled.log)?.onSettled(settled),
      lead: (news) => log(news.log)?.onLead(news),
      said: (said) => log(said.log)?.onSaid(said),
      present: (present) => log(present.log)?.onPresent(present),
    };
  }

  #onSite(state: Push<'site'>): void {
    this.#named.add(state.site);
    const known = this.site(state.site);
    if (known !== undefined) return known.onState(state);
    const site = new Site(
      {
        line: this.#line,
        enlist: (make) => this.#enlist(make),
        desk: this.#desk,
        self: () => ({ device: this.device, user: this.user, name: this.#profile.get().name }),
      },
      state,
    );
    const sites = [...this.#sites.get(), site];
    this.#sites.set(sites.toSorted((a, b) => a.joinedMs - b.joinedMs));
  }

  #enlist(make: (number: number) => Log): Log {
    const log = make(++this.#lastLog);
    this.#logByNumber.set(log.number, log);
    const home = this.#line.now;
    if (home !== null) log.open(home);
    return log;
  }
}
