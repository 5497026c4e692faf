/**
 * The part of the client that there is once per device: keys, queue, connections, logs. Applications
 * reach it through sessions (`home-session.ts`): directly in one program, over a link from other tabs.
 */

import { asFault, Fault } from '../base/fault.ts';
import type { LogId, SiteId } from '../base/ids.ts';
import type { AuthEvents } from '../api/auth.ts';
import type { AuthBasics } from '../api/auth-basics.ts';
import { Account } from './account.ts';
import type { AuthSession } from './auth-session.ts';
import { Connections } from './connections.ts';
import { LazyCopies } from './copies-lazy.ts';
import { Directory, type KnownSite } from './directory.ts';
import type { HomeApi, HomeEvents } from './home-api.ts';
import type { HomeAttention } from './home-attention.ts';
import { sayFarewell } from './farewell.ts';
import type { ActParts } from './founding.ts';
import type { HomeOptions } from './home-options.ts';
import { HomeSession } from './home-session.ts';
import { LazyWatch } from './lazy-watch.ts';
import { Identity } from './identity.ts';
import { LazyKeyCare } from './key-care-lazy.ts';
import { Leftover } from './leftover.ts';
import { OpenLog } from './open-log.ts';
import { People } from './people.ts';
import { Refreshing } from './refreshing.ts';
import { Queue } from './queue.ts';
import type { TailSession } from './tail-session.ts';
import { Tokens } from './tokens.ts';
import type { Status } from './types.ts';

/** Who wants to leave does not wait longer for the node. */
const LOGOUT_MS = 2_000;

interface Parts {
  readonly account: Account;
  readonly identity: Identity;
  readonly queue: Queue;
  readonly tokens: Tokens;
}

export class Home {
  readonly options: HomeOptions;
  readonly account: Account;
  readonly identity: Identity;
  readonly queue: Queue;
  readonly people: People;
  readonly keys: LazyKeyCare;
  readonly connections: Connections;
  /** On what the node says in its log, about anybody. */
  readonly watch: LazyWatch;
  readonly #sessions = new Set<HomeSession>();
  readonly #logByPlace = new Map<string, OpenLog>();
  /** Entries of earlier runs whose log has not been opened yet. */
  #leftover = new Leftover([]);
  #directory: Directory | null = null;
  readonly #copies: LazyCopies;
  /** The connection of the logs, when there is one now. */
  tail: TailSession | null = null;
  readonly #refreshing: Refreshing;
  /** What faces say of attention, once one of them has. */
  attention: Promise<HomeAttention> | null = null;
  #isClosed = false;
  #isTelling = false;
  #isShutOut = false;
  #toldState: Connections['state'] | null = null;
  readonly #alarmed = (fault: Fault): void => this.watch.look((watch) => watch.alarmed(fault));

  private constructor(options: HomeOptions, parts: Parts) {
    this.options = options;
    this.account = parts.account;
    this.identity = parts.identity;
    this.queue = parts.queue;
    const { env, primitives, admission, connectivity } = options;
    this.#refreshing = new Refreshing(env, () => this.#refreshAll());
    this.connections = new Connections({
      env,
      primitives,
      identity: parts.identity,
      account: parts.account,
      tokens: parts.tokens,
      admission,
      connectivity,
      dial: options.dial,
      onAuth: () => this.#onAuth(),
      onChanged: (change) => this.#onChanged(change),
      onTail: (session) => this.#onTail(session),
      onState: () => this.#tellStatus(),
    });
    this.watch = new LazyWatch(env, {
      primitives,
      keep: options.keep,
      node: parts.account.node,
      user: parts.identity.user.sign.publicKey,
      device: parts.identity.deviceKey.publicKey,
      session: () => this.connections.authSession(),
      onAlarm: () => {
        for (const session of this.#sessions) session.tellAlarm();
      },
      onCalm: () => this.#tell((events) => events.calm({})),
      onNotice: (notice) => this.#tell((events) => events.noticed(notice)),
    });
    this.keys = new LazyKeyCare({
      env,
      primitives,
      identity: parts.identity,
      keep: options.keep,
      node: parts.account.node,
      directory: () => this.directory,
      session: () => this.connections.authSession(),
      onAlarm: this.#alarmed,
    });
    this.people = new People({
      env,
      auth: () => this.connections.authNow,
      onPeople: (site, people) => this.#tell((events) => events.people({ site, people })),
    });
    this.#copies = new LazyCopies({
      env,
      keep: options.keep,
      personOf: (site, device) => this.people.get(site, device),
      learn: (site, people) => this.people.learn(site, people),
    });
  }

  /**
   * Opens the device's home; a device without an account signs up first, which needs the node. Keys that were
   * made for a sign-up that the node refused are nobody's and are forgotten.
   */
  static async open(options: HomeOptions): Promise<Home> {
    const { env, primitives, keep, url, nodeKey, askKey } = options;
    const account = await Account.open({ keep, url, nodeKey, askKey });
    const { secret, generations } = options;
    const identity = await Identity.open({ primitives, env, keep, secret, generations });
    const tokens = await Tokens.load({ env, primitives, keep, device: identity.deviceKey });
    const queue = await Queue.load(keep);
    const home = new Home(options, { account, identity, queue, tokens });
    try {
      await home.#begin();
    } catch (thrown) {
      await home.#stop(new Fault('closed'));
      if (identity.isNew && !account.isSignedUp && isRefusal(thrown)) await keep.clear();
      await home.close();
      throw thrown;
    }
    return home;
  }

  async #begin(): Promise<void> {
    const { env, primitives, keep } = this.options;
    this.#directory = await Directory.load({
      env,
      primitives,
      keep,
      identity: this.identity,
      newestKey: (row) => this.keys.newestKey(row),
      seekKeys: (site, epochs) => this.keys.seek(site, epochs),
      onOpened: ({ row, keys }) => this.keys.seek(row.site, this.#leftover.lacking(keys)),
      onSite: (site) => this.#onSite(site),
      onGone: (site) => this.#onGone(site),
    });
    this.#leftover = new Leftover([...this.queue.leftover()]);
    for (const site of this.#directory.all()) this.#openLeftover(site);
    const firstTime = this.account.isSignedUp ? null : this.connections.signedUp();
    this.connections.start();
    if (firstTime === null) return;
    await firstTime;
    await this.#refreshing.done;
  }

  get directory(): Directory {
    if (this.#directory === null) throw new Fault('closed');
    return this.#directory;
  }

  /** A session of one face; `isForeign` when that lives in another tab. */
  session(events: HomeEvents, isForeign: boolean): HomeApi & Disposable {
    const session = new HomeSession(this, { events, isForeign });
    this.#sessions.add(session);
    return session;
  }

  leave(session: HomeSession): void {
    this.#sessions.delete(session);
  }

  /** What acts on sites are made of; waits until the node can be reached. */
  async acts(): Promise<ActParts> {
    const { env, primitives, keep } = this.options;
    const auth = await this.connections.auth();
    const { directory, identity } = this;
    return { env, primitives, keep, identity, directory, node: this.account.node, auth };
  }

  get status(): Status {
    const { state } = this.connections;
    if (state !== 'up') return state;
    for (const log of this.#logByPlace.values()) if (!log.isCurrent) return 'lagging';
    return 'live';
  }

  /** The log of a name; the same object for the same name. */
  log(site: SiteId, name: string): OpenLog {
    const known = this.directory.require(site);
    return this.#openLog(known, known.keys.logId(name));
  }

  #openLog(known: KnownSite, id: LogId): OpenLog {
    const { site } = known.row;
    const place = `${site}/${id}`;
    const open = this.#logByPlace.get(place);
    if (open !== undefined) return open;
    const { env } = this.options;
    const log = new OpenLog(
      {
        env,
        identity: this.identity,
        queue: this.queue,
        peers: this.options.peers,
        copies: this.#copies,
        onAlarm: this.#alarmed,
        onMoved: () => this.connections.moved(),
        renewKeys: (of, keyEpoch) => this.#renewKeys(of, keyEpoch),
        onState: () => this.#tellStatus(),
      },
      // What is granted in some logs may be granted in this one: the tail says.
      { keys: known.keys, permissions: () => this.#permissionsIn(site) },
      { id, leftover: this.#leftover.take(known.keys, id) },
    );
    this.#logByPlace.set(place, log);
    if (this.tail !== null) log.use(this.tail);
    return log;
  }

  #permissionsIn(site: SiteId): number {
    return (this.#directory?.get(site)?.row.somewhere ?? 0) | this.identity.proofs.permissionsIn(site);
  }

  #openLeftover(known: KnownSite): void {
    for (const log of this.#leftover.logsOf(known.keys)) this.#openLog(known, log);
  }

  async #renewKeys(site: SiteId, keyEpoch: number): Promise<void> {
    this.keys.wake(null);
    const known = await this.directory.refreshSite(await this.connections.auth(), site);
    if (known.keys.epoch < keyEpoch) throw new Fault('stale', 'the new key of the site is not here yet');
  }

  #onTail(session: TailSession | null): void {
    this.tail = session;
    for (const log of this.#logByPlace.values()) log.use(session);
    void this.attention?.then((attention) => attention.use(session));
    this.#tellStatus();
  }

  #onAuth(): void {
    this.tellAccount();
    this.people.connected();
    this.#refreshAll();
    this.watch.look((watch) => watch.connected());
  }

  #onChanged(change: Parameters<AuthEvents['changed']>[0]): void {
    const auth = this.connections.authNow;
    if (auth === null) return;
    const { what, site } = change;
    if (what === 'keys' || what === 'devices') this.keys.wake(site);
    if (what === 'keys') return;
    if (what === 'names') this.watch.look((watch) => watch.changed());
    else if (what === 'devices') this.#tell((events) => events.devicesChanged({}));
    else if (what === 'profile') this.#refreshing.run(() => this.refreshProfile(auth));
    else if (what === 'site' && site !== null) this.#refreshing.run(() => this.#refreshSite(auth, site));
    else this.#refreshAll();
  }

  async #refreshSite(auth: AuthBasics, site: SiteId): Promise<void> {
    if (this.directory.get(site) !== undefined) await this.directory.refreshSite(auth, site);
  }

  #refreshAll(): void {
    const auth = this.connections.authNow;
    if (auth === null) return;
    this.#refreshing.run(() => this.directory.refresh(auth));
    void this.#refreshing.done.then(() => this.keys.wake(null));
  }

  async refreshProfile(auth: AuthBasics): Promise<void> {
    const { admin, profile, version } = await auth.whoami({});
    await this.account.update({ isAdmin: admin, profile, version });
    this.tellAccount();
  }

  #onSite(known: KnownSite): void {
    this.#openLeftover(known);
    for (const session of this.#sessions) session.tellSite(known);
    for (const log of this.logsOf(known.row.site)) log.reconsider();
  }

  #onGone(site: SiteId): void {
    for (const log of this.logsOf(site))
      log.refuse(new Fault('forbidden', 'You are no member of this site.'));
    this.#copies.forget(site).catch(() => {});
    this.#tell((events) => events.siteGone({ site }));
  }

  logsOf(site: SiteId): readonly OpenLog[] {
    return [...this.#logByPlace.values()].filter((log) => log.site === site);
  }

  tellAccount(): void {
    const { isAdmin, profile } = this.account;
    this.#tell((events) => events.account({ isAdmin, profile }));
  }

  /** Once per turn, however much has changed in it. */
  #tellStatus(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
      const { state } = this.connections;
      const isOther = state !== this.#toldState;
      this.#toldState = state;
      this.#endWhenShutOut();
      for (const session of this.#sessions) {
        session.tellStatus();
        if (isOther) session.tellLogs();
      }
    });
  }

  #endWhenShutOut(): void {
    const { trouble } = this.connections;
    if (trouble === null || this.#isShutOut) return;
    this.#isShutOut = true;
    for (const log of this.#logByPlace.values()) log.shutOut(trouble);
  }

  #tell(say: (events: HomeEvents) => void): void {
    for (const session of this.#sessions) say(session.events);
  }

  /**
   * Deletes everything that this device keeps, and ends its session at the node when that can be reached;
   * answers whether the node knows (SPEC S13).
   */
  async logout(): Promise<boolean> {
    const isTold = await this.connections.endDevice(LOGOUT_MS);
    await this.#stop(new Fault('revoked', 'This device has logged out.'));
    await this.options.keep.clear();
    await this.options.keep[Symbol.asyncDispose]();
    const { env, farewellMs } = this.options;
    if (isTold || this.connections.trouble !== null || farewellMs === 0) return isTold;
    const openAuth = (): Promise<AuthSession> => this.connections.openFarewell();
    void sayFarewell({ env, limitMs: farewellMs, openAuth });
    return false;
  }

  async close(): Promise<void> {
    await this.#stop(new Fault('closed'));
    await this.options.keep[Symbol.asyncDispose]();
  }

  async #stop(fault: Fault): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const session of this.#sessions) session.end(fault);
    for (const log of this.#logByPlace.values()) log.stop();
    this.people.stop();
    await this.connections.stop();
    await this.keys.stop();
    await this.queue.flush();
    await this.#copies.stop();
    await this.#refreshing.stop();
  }
}

/** Whether trying again would not help. */
function isRefusal(thrown: unknown): boolean {
  const { retry } = asFault(thrown);
  return retry === 'never' || retry === 'refresh';
}
