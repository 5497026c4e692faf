/**
 * The session of one connection: it knows for whom it speaks and is itself the permission (SPEC H10). A
 * stranger's session may sign up, look at an invitation, refresh a token of its device and see the shard
 * map; when it has signed up it is the user's. What the calls do is in the files beside this one.
 */

import type { AuthApi, AuthEvents } from 'copse/internal/api/auth.ts';
import type { Faceted } from 'copse/internal/api/facets.ts';
import type { Timer } from 'copse/internal/base/env.ts';
import { Fault, FAULTS, type FaultCode } from 'copse/internal/base/fault.ts';
import type { DeviceId, Key } from 'copse/internal/base/ids.ts';
import { clockSkewMs } from 'copse/internal/base/limits.ts';
import type { Meter } from 'copse/internal/base/meter.ts';
import type { Blessing } from 'copse/internal/capability/blessing.ts';
import { endDevice, listDevices, renameDevice, requireWhole } from './devices.ts';
import { facetsOf } from './facets.ts';
import type { SessionParts } from './gate.ts';
import type { Grounds, Who } from './grounds.ts';
import { invite, join, listInvitations, offer, withdraw } from './invitations.ts';
import type { Changed, LiveSession } from './live.ts';
import { updateProfile } from './profile.ts';
import { recognise, signUp, type Reception, type Standing } from './sign-up.ts';
import {
  foundSite,
  leaveSite,
  listMembers,
  listSites,
  membershipOf,
  oneSite,
  updateLabel,
  writersOf,
} from './sites.ts';

/** A device that has proven its key, and with which blessing; `address` and `origin` are where it comes from. */
export interface Caller {
  readonly device: Key;
  readonly blessing: Blessing | null;
  readonly address: string;
  /** Of the page; null when it is a program. */
  readonly origin: string | null;
}

type Request<Name extends keyof AuthApi> = Parameters<AuthApi[Name]>[0];
type Answer<Name extends keyof AuthApi> = Awaited<ReturnType<AuthApi[Name]>>;

export interface SessionOptions {
  readonly parts: SessionParts;
  readonly caller: Caller;
  readonly device: DeviceId;
  readonly events: AuthEvents;
}

const NOTHING = {};

export class Session implements AuthApi, Faceted, LiveSession, Disposable {
  readonly device: DeviceId;
  readonly facets: Readonly<Record<string, object>>;
  readonly #parts: SessionParts;
  readonly #caller: Caller;
  readonly #events: AuthEvents;
  readonly #meter: Meter;
  #standing: Promise<Standing>;
  #over: FaultCode | null = null;
  #farewell: Timer | null = null;
  /** What a stranger holds of her address's places. */
  #place: Disposable | null = null;

  constructor({ parts, caller, device, events }: SessionOptions) {
    this.device = device;
    this.#parts = parts;
    this.#caller = caller;
    this.#events = events;
    this.#meter = parts.rates.session();
    this.#live.add(this);
    this.#standing = this.#recognise();
    this.facets = facetsOf({
      parts,
      session: this,
      deviceKey: caller.device,
      address: caller.address,
      origin: caller.origin,
      anyone: () => this.#anyone(),
      user: () => this.#user(),
    });
  }

  async signup(request: Request<'signup'>): Promise<Answer<'signup'>> {
    await this.#anyone();
    const { answer, who } = await signUp(this.#parts.reception, this.#caller.device, request);
    this.#standing = Promise.resolve({ kind: 'user', who });
    this.#giveBack();
    this.#live.belongs(this, who.user);
    return answer;
  }

  async whoami(): Promise<Answer<'whoami'>> {
    const { user, device } = await this.#user();
    const known = await this.#accounts.people.user(user);
    if (known === null) throw new Fault('unknown');
    const { admin, profile, version } = known;
    return { user, device, admin, profile, version };
  }

  async login(request: Request<'login'>): Promise<Answer<'login'>> {
    return this.#parts.tokens.login(await this.#user(), request);
  }

  async refresh(request: Request<'refresh'>): Promise<Answer<'refresh'>> {
    await this.#anyone();
    return this.#parts.tokens.refresh(this.device, this.#caller.device, request);
  }

  async exchange({ shard, token }: Request<'exchange'>): Promise<Answer<'exchange'>> {
    const { device } = await this.#user();
    return this.#parts.tokens.secret(device, { shard, token: token.slice() });
  }

  async logout(): Promise<object> {
    const who = await this.#user();
    this.#parts.feed.requireRoom();
    await endDevice(this.#grounds, who, { device: who.device, revoke: false });
    // Not for ever: whoever holds the keys may log in again.
    this.#endDevice(who, who.device, 'unauthorized');
    return NOTHING;
  }

  async devices(): Promise<Answer<'devices'>> {
    return listDevices(this.#grounds, this.#live, await this.#user());
  }

  async renameDevice(request: Request<'renameDevice'>): Promise<object> {
    const who = await this.#user();
    await renameDevice(this.#grounds, who, request);
    this.#live.tellUser(who.user, { what: 'devices', site: null }, this);
    return NOTHING;
  }

  async revokeDevice(request: Request<'revokeDevice'>): Promise<object> {
    const who = await this.#user();
    this.#parts.feed.requireRoom();
    await endDevice(this.#grounds, who, { device: request.device, revoke: true });
    this.#endDevice(who, request.device, 'revoked');
    return NOTHING;
  }

  async updateProfile(request: Request<'updateProfile'>): Promise<Answer<'updateProfile'>> {
    const who = await this.#user();
    requireWhole(who);
    const answer = await updateProfile(this.#grounds, who, request);
    const isChanged = answer.kind === 'ok' && answer.version !== request.version;
    if (isChanged) this.#live.tellUser(who.user, { what: 'profile', site: null }, this);
    return answer;
  }

  async shardMap(): Promise<Answer<'shardMap'>> {
    await this.#anyone();
    return this.#parts.shards.answer;
  }

  async foundSite(request: Request<'foundSite'>): Promise<Answer<'foundSite'>> {
    const who = await this.#user();
    const site = await foundSite(this.#grounds, who, request);
    this.#live.watch(this, site);
    this.#live.tellUser(who.user, { what: 'sites', site }, this);
    return { site };
  }

  async sites(request: Request<'sites'>): Promise<Answer<'sites'>> {
    const page = await listSites(this.#grounds, await this.#user(), request.after);
    for (const { site } of page.sites) this.#live.watch(this, site);
    return page;
  }

  async site(request: Request<'site'>): Promise<Answer<'site'>> {
    const row = await oneSite(this.#grounds, await this.#user(), request.site);
    this.#live.watch(this, row.site);
    return row;
  }

  async updateSite(request: Request<'updateSite'>): Promise<Answer<'updateSite'>> {
    const answer = await updateLabel(this.#grounds, await this.#user(), request);
    if (answer.kind === 'ok') this.#live.tellSite(request.site, this);
    return answer;
  }

  async members(request: Request<'members'>): Promise<Answer<'members'>> {
    return listMembers(this.#grounds, await this.#user(), request);
  }

  async writers(request: Request<'writers'>): Promise<Answer<'writers'>> {
    return writersOf(this.#grounds, await this.#user(), request);
  }

  async invite(request: Request<'invite'>): Promise<Answer<'invite'>> {
    const key = await invite(this.#grounds, await this.#user(), request);
    this.#live.tellSite(request.site, this);
    return { key };
  }

  async invitations(request: Request<'invitations'>): Promise<Answer<'invitations'>> {
    return listInvitations(this.#grounds, await this.#user(), request.site);
  }

  async withdraw(request: Request<'withdraw'>): Promise<object> {
    await withdraw(this.#grounds, await this.#user(), request);
    this.#live.tellSite(request.site, this);
    return NOTHING;
  }

  async invitation(request: Request<'invitation'>): Promise<Answer<'invitation'>> {
    const standing = await this.#anyone();
    const user = standing.kind === 'user' ? standing.who.user : null;
    return offer(this.#grounds, { device: this.#caller.device, user }, request);
  }

  async join(request: Request<'join'>): Promise<Answer<'join'>> {
    const who = await this.#user();
    const { site } = request;
    const permissions = await join(this.#grounds, who, request);
    this.#live.watch(this, site);
    this.#live.tellUser(who.user, { what: 'sites', site }, this);
    this.#live.tellSite(site, this);
    // She may have been invited under an earlier key than the newest.
    this.#parts.rekey.notice();
    return { site, permissions };
  }

  async leave(request: Request<'leave'>): Promise<object> {
    const who = await this.#user();
    const { site } = request;
    this.#parts.feed.requireRoom();
    await membershipOf(this.#grounds, who, site);
    await leaveSite(this.#grounds, who, site);
    this.#live.leaveSite(who.user, site);
    this.#live.tellUser(who.user, { what: 'sites', site }, this);
    this.#live.tellSite(site, this);
    return NOTHING;
  }

  async figures(): Promise<Answer<'figures'>> {
    const { user } = await this.#user();
    if ((await this.#accounts.people.user(user))?.admin !== true) throw new Fault('forbidden');
    return this.#parts.figures();
  }

  changed(message: Changed): void {
    if (this.#over === null) this.#events.changed(message);
  }

  end(code: FaultCode): void {
    if (this.#over !== null) return;
    this.#over = code;
    this.#giveBack();
    this.#live.remove(this);
    this.#events.ended({ fault: FAULTS[code].number });
  }

  [Symbol.dispose](): void {
    this.#over ??= 'closed';
    this.#giveBack();
    this.#farewell?.cancel();
    this.#live.remove(this);
    this.#parts.leave(this.#noteLastUse());
  }

  get #grounds(): Grounds {
    return this.#parts.grounds;
  }

  get #accounts(): Grounds['accounts'] {
    return this.#parts.grounds.accounts;
  }

  get #live(): Reception['live'] {
    return this.#parts.reception.live;
  }

  /** Never rejects: a session that could not be recognised is over. */
  async #recognise(): Promise<Standing> {
    try {
      const { device, blessing } = this.#caller;
      const standing = await recognise(this.#parts.reception, device, blessing);
      if (standing.kind === 'user') this.#live.belongs(this, standing.who.user);
      if (standing.kind === 'over') this.end(standing.fault);
      return standing.kind === 'stranger' ? this.#asStranger() : standing;
    } catch (thrown) {
      this.#grounds.env.log('error', 'auth.recognise', { cause: String(thrown) });
      this.end('internal');
      return { kind: 'over', fault: 'internal' };
    }
  }

  /** A stranger takes one of the places of her address, or there is no room for her. */
  #asStranger(): Standing {
    if (this.#over !== null) return { kind: 'over', fault: this.#over };
    this.#place = this.#parts.rates.strangerPlace(this.#caller.address);
    if (this.#place !== null) return { kind: 'stranger' };
    this.end('tooMany');
    return { kind: 'over', fault: 'tooMany' };
  }

  #giveBack(): void {
    this.#place?.[Symbol.dispose]();
    this.#place = null;
  }

  /** Every call comes through here: its rate, and whether the session still stands. */
  async #anyone(): Promise<Exclude<Standing, { kind: 'over' }>> {
    this.#requireOpen();
    this.#parts.rates.take(this.#meter, 'calls of this session');
    const standing = await this.#standing;
    this.#requireOpen();
    if (standing.kind === 'over') throw new Fault(standing.fault);
    if (standing.kind === 'stranger') this.#parts.rates.takeStranger(this.#caller.address);
    return standing;
  }

  /** When the blessing has ended, the session is worth what a stranger's is, until it brings another by `signup`. */
  async #user(): Promise<Who> {
    const standing = await this.#anyone();
    if (standing.kind === 'stranger') throw new Fault('forbidden', 'sign up first');
    const { who } = standing;
    if (this.#grounds.env.wallMs() < who.untilMs + clockSkewMs) return who;
    throw new Fault('expired', 'the blessing of this session');
  }

  #requireOpen(): void {
    if (this.#over !== null) throw new Fault(this.#over);
  }

  /** All sessions of the device end; this one is told so after its answer has left. */
  #endDevice(who: Who, device: DeviceId, code: FaultCode): void {
    if (device === this.device) {
      this.#over = code;
      this.#live.remove(this);
      const fault = FAULTS[code].number;
      this.#farewell = this.#grounds.env.after(0, () => this.#events.ended({ fault }));
    }
    this.#live.endDevice(device, code);
    this.#live.tellUser(who.user, { what: 'devices', site: null }, this);
  }

  async #noteLastUse(): Promise<void> {
    const standing = await this.#standing;
    if (standing.kind !== 'user') return;
    await this.#accounts.people.seen(this.device, this.#grounds.env.wallMs());
  }
}
