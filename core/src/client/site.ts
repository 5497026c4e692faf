/** A site as the application sees it: its title and logs as stores, its members and invitations on request. */

import { Fault } from '../base/fault.ts';
import type { DeviceId, SiteId, UserId } from '../base/ids.ts';
import { permission } from '../api/model.ts';
import { json } from './codec.ts';
import type { FaceLine } from './face.ts';
import type { HomeEvents, HomeRemote } from './home-api.ts';
import type { KeyState, RotateOptions } from './key-state.ts';
import { Log } from './log.ts';
import type { BlastRow, Desk, GrantRow, HeldRight, RevokeOptions, Shared, ShareOptions } from './rights.ts';
import { Cell, derived, type Store } from './store.ts';
import type { Codec, InvitationRow, InviteOptions, LogOptions, Member } from './types.ts';

type Push<Name extends keyof HomeEvents> = Parameters<HomeEvents[Name]>[0];

export interface SiteOwner {
  readonly line: FaceLine;
  /** Gives a log its number and opens it. */
  enlist(make: (number: number) => Log): Log;
  readonly desk: Desk;
  /** This device and its user. */
  self(): { readonly device: DeviceId; readonly user: UserId; readonly name: string };
}

interface Writer {
  readonly user: UserId;
  readonly name: string;
}

const INVITE_DAYS = 7;

export class Site {
  readonly id: SiteId;
  readonly #owner: SiteOwner;
  readonly #state: Cell<Push<'site'>>;
  readonly #title: Store<string>;
  readonly #logs: Store<readonly string[]>;
  readonly #permissions: Store<number>;
  readonly #memberCount: Store<number>;
  readonly #logByName = new Map<string, Log>();
  readonly #writerByDevice = new Map<DeviceId, Writer>();

  constructor(owner: SiteOwner, state: Push<'site'>) {
    this.id = state.site;
    this.#owner = owner;
    this.#state = new Cell(state);
    this.#title = derived(this.#state, ({ title }) => title);
    this.#logs = derived(this.#state, ({ logs }) => logs, isSameList);
    this.#permissions = derived(this.#state, ({ permissions }) => permissions);
    this.#memberCount = derived(this.#state, ({ memberCount }) => memberCount);
  }

  get title(): Store<string> {
    return this.#title;
  }

  /** Names of the logs that the site lists, in the order in which they were added. */
  get logs(): Store<readonly string[]> {
    return this.#logs;
  }

  /** Bit set: read 1, write 2, lead 4, invite 8, admin 16. */
  get permissions(): Store<number> {
    return this.#permissions;
  }

  get memberCount(): Store<number> {
    return this.#memberCount;
  }

  /** When this user joined, in milliseconds since 1970. */
  get joinedMs(): number {
    return this.#state.get().joinedMs;
  }

  async rename(title: string): Promise<void> {
    await (await this.#home()).rename({ site: this.id, title });
  }

  /** Adds a log to those that the site lists. */
  async addLog(name: string): Promise<void> {
    await (await this.#home()).addLog({ site: this.id, name });
  }

  /** A log of the site, listed or not: the same object for the same name. */
  log(name: string): Log;
  log<T>(name: string, options: LogOptions<T>): Log<T>;
  log(name: string, options: LogOptions<unknown> = { codec: json }): Log {
    const known = this.#logByName.get(name);
    if (known === undefined) return this.#open(name, options.codec);
    // The same codec has the same values, so the type that the caller sees is the true one.
    if (known.codec === options.codec) return known;
    throw new Fault('taken', `${name} is open with another codec.`);
  }

  #open(name: string, codec: Codec<unknown>): Log {
    const { line } = this.#owner;
    const { device } = this.#owner.self();
    const log = this.#owner.enlist((number) => {
      const permissions = this.#permissions.get();
      const ownerOf = (of: DeviceId): Writer | null => this.writerOf(of);
      const owner = { line, device, number, permissions, site: this.id, ownerOf };
      return new Log(owner, name, codec);
    });
    this.#logByName.set(name, log);
    return log;
  }

  /** A link that makes one person a member. */
  async invite(options: InviteOptions = {}): Promise<string> {
    const permissions = options.permissions ?? permission.read | permission.write;
    const days = options.days ?? INVITE_DAYS;
    const { link } = await (await this.#home()).invite({ site: this.id, permissions, days });
    return link;
  }

  async invitations(): Promise<readonly InvitationRow[]> {
    return (await this.#home()).invitations({ site: this.id });
  }

  /** Ends an open invitation. */
  async withdraw(key: Uint8Array): Promise<void> {
    await (await this.#home()).withdraw({ site: this.id, key });
  }

  async members(): Promise<readonly Member[]> {
    const home = await this.#home();
    const members: Member[] = [];
    for (;;) {
      const page = await home.members({ site: this.id, after: members.at(-1)?.user ?? null });
      members.push(...page.members);
      if (!page.more || page.members.length === 0) return members;
    }
  }

  /** Hands on a part of what this user holds here. */
  async share(options: ShareOptions): Promise<Shared> {
    return (await this.#owner.desk.get()).share(this.id, options);
  }

  /** The grants of the site that stand: all for its admins, for others those they made or hold. */
  async grants(): Promise<readonly GrantRow[]> {
    return (await this.#owner.desk.get()).grants(this.id);
  }

  /** Who holds rights here, or on one log. */
  async whoHolds(log?: string): Promise<readonly HeldRight[]> {
    return (await this.#owner.desk.get()).whoHolds(this.id, log ?? null);
  }

  /** What would fall with a grant, exactly. */
  async preview(grant: string): Promise<BlastRow> {
    return (await this.#owner.desk.get()).preview(grant);
  }

  /**
   * Takes a grant back, with everything that stands on it. `stale` while this user has not been given the newest
   * key of the site, which may be gone with whoever loses the right; `force` takes that chance.
   */
  async revoke(grant: string, options?: RevokeOptions): Promise<void> {
    await (await this.#owner.desk.get()).revoke(this.id, grant, options);
  }

  /**
   * Makes the next key of the site: what is written from then on, those who have left cannot read. `stale` while
   * this user has not been given the newest key; with `force` it is made all the same, when no admin is there
   * who was given it. What was written under that key stays closed to whoever lacks it.
   */
  async rotate({ force = false }: RotateOptions = {}): Promise<number> {
    return this.#rotate(null, force ? 'anew' : 'next');
  }

  /** Follows a key that an admin made without the one before, which this user has: `keyState` says `anew`. */
  async followKey(): Promise<number> {
    return this.#rotate(null, 'follow');
  }

  async #rotate(history: boolean | null, how: 'next' | 'anew' | 'follow'): Promise<number> {
    return (await (await this.#home()).rotate({ site: this.id, history, how })).epoch;
  }

  /** Makes the next key, and says whether newcomers read what was before it. */
  async history(isShown: boolean): Promise<number> {
    return this.#rotate(isShown, 'next');
  }

  /** The key of the site, and whether the next one waits for an admin's device. */
  async keyState(): Promise<KeyState> {
    return (await this.#home()).keyState({ site: this.id });
  }

  /** Gives the own membership back. */
  async leave(): Promise<void> {
    await (await this.#home()).leave({ site: this.id });
  }

  #home(): Promise<HomeRemote> {
    return this.#owner.line.get();
  }

  /** Whose device wrote, as far as it is known. */
  writerOf(device: DeviceId): Writer | null {
    const self = this.#owner.self();
    if (device === self.device) return self;
    return this.#writerByDevice.get(device) ?? null;
  }

  onState(state: Push<'site'>): void {
    this.#state.set(state);
  }

  onPeople({ people }: Push<'people'>): void {
    for (const { device, user, name } of people) this.#writerByDevice.set(device, { user, name });
    for (const log of this.#logByName.values()) log.onPeople();
  }

  /** The name of this user has changed. */
  onMe(): void {
    for (const log of this.#logByName.values()) log.onPeople();
  }
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}
