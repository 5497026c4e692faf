/**
 * A stage for tests of auth: a node's authority with a clock that the test moves, and people who act on
 * it over one of the links, so that every test runs over each of them (SPEC W10).
 */

import { fail } from 'node:assert/strict';
import {
  authApi,
  authInternal,
  type AuthEvents,
  type AuthInternalEvents,
  type AuthRemote,
} from 'copse/internal/api/auth.ts';
import { authFacets, type Faceted } from 'copse/internal/api/facets.ts';
import { must } from 'copse/internal/base/assert.ts';
import { realEnv, type Env, type Timer } from 'copse/internal/base/env.ts';
import { Fault, FAULT_CODES, type FaultCode } from 'copse/internal/base/fault.ts';
import type { Key, SiteId } from 'copse/internal/base/ids.ts';
import { openAttestation, type Grant } from 'copse/internal/capability/attestation.ts';
import { openBlessing } from 'copse/internal/capability/blessing.ts';
import { admitting, looking, prove, refreshing } from 'copse/internal/capability/possession.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { linkPair } from 'copse/internal/link/link.ts';
import { Outbox, WriterPool } from 'copse/internal/link/outbox.ts';
import { dial } from 'copse/internal/link/remote.ts';
import { Host, pusher, service } from 'copse/internal/link/serve.ts';
import type { Contract, Events, Remote } from 'copse/internal/wire/contract.ts';
import { Auth, type AuthOptions, type Caller } from '../../server/src/auth/auth.ts';
import type { Accounts } from '../../server/src/store/accounts.ts';
import { blessingBy, grantBy, ground, pair, person, primitives, type Ground, type Person } from './people.ts';

/** A clock that stands until it is moved; its timers run when it passes them. */
export class Clock implements Env {
  #nowMs = 0;
  #wallMs = 1_800_000_000_000;
  #timers: { atMs: number; task: () => void }[] = [];
  readonly lines: string[] = [];
  readonly #real = realEnv();

  wallMs(): number {
    return this.#wallMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, task: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, task };
    this.#timers.push(timer);
    return { cancel: () => (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  random(size: number): Uint8Array {
    return this.#real.random(size);
  }

  chance(): number {
    return this.#real.chance();
  }

  log(level: string, event: string, fields: object = {}): void {
    this.lines.push(`${level} ${event} ${JSON.stringify(fields)}`);
  }

  get timers(): number {
    return this.#timers.length;
  }

  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#move(Math.max(this.#nowMs, next.atMs));
      next.task();
    }
    this.#move(endMs);
  }

  /** The wall clock is set, and nothing else moves. */
  jump(ms: number): void {
    this.#wallMs += ms;
  }

  #move(toMs: number): void {
    this.#wallMs += toMs - this.#nowMs;
    this.#nowMs = toMs;
  }
}

/** How callers reach a session. */
export interface LinkKind {
  readonly name: string;
  connect<K extends Contract>(
    contract: K,
    open: (events: Events<K>) => object & Disposable,
    events: Events<K>,
    env: Env,
  ): Connected<K>;
}

export interface Connected<K> extends Disposable {
  readonly remote: Remote<K>;
  /** Another contract of the same session (SPEC W14). */
  readonly facet: <F extends Contract>(contract: F, events: Events<F>) => Remote<F>;
}

function facetsOf(session: object): Readonly<Record<string, object>> {
  return 'facets' in session ? (session as Faceted).facets : {};
}

export const directLink: LinkKind = {
  name: 'direct',
  connect(contract, open, events, env) {
    const session = open(events);
    return {
      remote: direct(contract, session, env),
      facet: (of) => direct(of, must(facetsOf(session)[of.name], 'a facet of the session'), env),
      [Symbol.dispose]: () => session[Symbol.dispose](),
    };
  },
};

export const encodedLink: LinkKind = {
  name: 'encoded',
  connect(contract, open, events, env) {
    const [mine, theirs] = linkPair();
    const schedule = (flush: () => void): void => queueMicrotask(flush);
    const outbox = new Outbox({ send: (message) => theirs.send(message), schedule }, new WriterPool());
    const session = open(pusher(contract, outbox));
    const onFault = (fault: Fault): void => theirs.close(fault);
    const onMistake = (fault: Fault): void => fail(fault.cause instanceof Error ? fault.cause : fault);
    const served = contract.name === authApi.name ? service(contract, ...authFacets) : service(contract);
    const facets = facetsOf(session);
    const host = new Host(session, { service: served, facets, outbox, onFault, onMistake });
    theirs.listen({ onMessage: (message) => host.receive(message), onClose: () => {} });
    const { remote, facet } = dial(contract, mine, events, env);
    return { remote, facet, [Symbol.dispose]: () => session[Symbol.dispose]() };
  },
};

export interface StageOptions {
  readonly link: LinkKind;
  readonly accounts: Accounts;
  readonly part?: Partial<AuthOptions>;
}

const NODE = await pair('the node');
export const NODE_SEED = NODE.seed;

export class Stage implements AsyncDisposable {
  readonly clock = new Clock();
  readonly node: Key = NODE.key;
  readonly auth: Auth;
  readonly accounts: Accounts;
  readonly #link: LinkKind;
  readonly #open: Disposable[] = [];

  private constructor(options: StageOptions, auth: Auth, clock: Clock) {
    this.auth = auth;
    this.clock = clock;
    this.accounts = options.accounts;
    this.#link = options.link;
  }

  static async open(options: StageOptions): Promise<Stage> {
    const clock = new Clock();
    const auth = await Auth.open(authOptions(options.accounts, clock, options.part));
    return new Stage(options, auth, clock);
  }

  /** A person on a connection: with her blessing, or as a stranger. */
  async enter(who: Person, how: Entering = {}): Promise<Actor> {
    const bytes = how.blessing ?? (await blessingBy(who, this.clock.wallMs()));
    const blessing = how.stranger === true ? null : await openBlessing(primitives, bytes);
    return this.connect(who, {
      device: who.device.key,
      blessing,
      address: how.address ?? '203.0.113.1',
      origin: null,
    });
  }

  connect(who: Person, caller: Caller): Actor {
    const heard: string[] = [];
    const events: AuthEvents = {
      changed: ({ what }) => void heard.push(what),
      ended: ({ fault }) => void heard.push(`ended ${FAULT_CODES.get(fault) ?? fault}`),
    };
    const open = (pushes: AuthEvents): object & Disposable => this.auth.open(caller, pushes);
    const connected = this.#link.connect(authApi, open, events, this.clock);
    this.#open.push(connected);
    return new Actor(this, who, connected, heard);
  }

  /** What a tail sees. */
  follow(events: Partial<AuthInternalEvents> = {}): Connected<typeof authInternal> {
    const all = { change: () => {}, beat: () => {}, keys: () => {}, ...events };
    const open = (pushes: AuthInternalEvents): object & Disposable => this.auth.internal(pushes);
    const connected = this.#link.connect(authInternal, open, all, this.clock);
    this.#open.push(connected);
    return connected;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#open) connection[Symbol.dispose]();
    await this.auth[Symbol.asyncDispose]();
    await this.accounts[Symbol.asyncDispose]();
  }
}

export function authOptions(accounts: Accounts, env: Env, part: Partial<AuthOptions> = {}): AuthOptions {
  return {
    accounts,
    nodeSeed: NODE_SEED,
    primitives,
    env,
    signup: 'open',
    shards: [
      { shard: 0, url: '' },
      { shard: 1, url: 'wss://other.example/tail' },
    ],
    figures: () => [{ name: 'figure', unit: 'u', value: '1' }],
    ...part,
  };
}

export interface Entering {
  readonly stranger?: boolean;
  readonly blessing?: Uint8Array;
  readonly address?: string;
}

export const LABEL = Uint8Array.of(1, 2, 3);
export const ENVELOPE = Uint8Array.of(4, 5, 6);

/** The admission of a sign-up that needs none. */
const OPEN = { kind: 'open' } as const;
export type Admission = Parameters<AuthRemote['signup']>[0]['admission'];

export interface SentInvitation {
  readonly name: string;
  readonly oneTime: Awaited<ReturnType<typeof pair>>;
  readonly attestation: Uint8Array;
}

/** A person with her connection, doing what a client does. */
export class Actor {
  readonly stage: Stage;
  readonly who: Person;
  readonly remote: AuthRemote;
  /** Pushes, in order. */
  readonly heard: string[];
  /** Another contract of her session (SPEC W14). */
  readonly facet: Connected<typeof authApi>['facet'];
  readonly close: () => void;

  constructor(stage: Stage, who: Person, connected: Connected<typeof authApi>, heard: string[]) {
    this.stage = stage;
    this.who = who;
    this.remote = connected.remote;
    this.heard = heard;
    this.facet = (contract, events) => connected.facet(contract, events);
    this.close = () => connected[Symbol.dispose]();
  }

  async signUp(
    part: { readonly admission?: Admission; readonly blessing?: Uint8Array; readonly name?: string } = {},
  ) {
    const { who, stage } = this;
    return this.remote.signup({
      user: who.user.key,
      blessing: part.blessing ?? (await blessingBy(who, stage.clock.wallMs())),
      deviceName: `${who.name}'s device`,
      profile: { name: part.name ?? who.name, about: '', locale: '' },
      admission: part.admission ?? OPEN,
    });
  }

  async found(of: Ground, part: Partial<Grant> = {}): Promise<SiteId> {
    const attestation = await grantBy(of.root, of.site, this.who.user.key, part);
    const founding = { root: of.root.key, attestation, label: LABEL, envelope: ENVELOPE };
    return (await this.remote.foundSite(founding)).site;
  }

  /** Invites with what she holds herself, handed on once less, unless `part` says otherwise. */
  async invite(site: SiteId, name: string, part: Partial<Grant> & { readonly days?: number } = {}) {
    const { days = 7, ...grant } = part;
    const sent = await this.draw(site, name, grant);
    const expiresMs = this.stage.clock.wallMs() + days * 86_400_000;
    await this.remote.invite({ site, attestation: sent.attestation, envelope: ENVELOPE, expiresMs });
    return sent;
  }

  /** An invitation that nobody has registered yet. */
  async draw(site: SiteId, name: string, part: Partial<Grant> = {}): Promise<SentInvitation> {
    const held = await this.stage.accounts.sites.membership(site, this.who.userId);
    const { permissions = 3, delegations = 1 } = held?.rights ?? {};
    const oneTime = await pair(`invitation ${name}`);
    const handedOn = { subjectKind: 'oneTime', permissions, delegations: delegations - 1 } as const;
    const attestation = await grantBy(this.who.user, site, oneTime.key, { ...handedOn, ...part });
    return { name, oneTime, attestation };
  }

  async peek(invitation: Pick<SentInvitation, 'oneTime'>) {
    const { seed, key: oneTimeKey } = invitation.oneTime;
    const claim = looking({ node: this.stage.node, device: this.who.device.key });
    return this.remote.invitation({ key: oneTimeKey, proof: await prove(primitives, seed, claim) });
  }

  /** Takes up an invitation with what its link holds. */
  async join(invitation: SentInvitation, part: Partial<Grant> = {}) {
    const offered = await this.stage.accounts.sites.invitation(invitation.oneTime.key);
    const row = must(offered, 'an invitation that was registered');
    const path = await this.stage.accounts.sites.path(row.attestation);
    const last = await this.exchange(invitation, part);
    return this.remote.join({ site: row.site, proof: [...path, last], envelope: ENVELOPE });
  }

  /** The attestation from the one-time key to this user. */
  async exchange(invitation: SentInvitation, part: Partial<Grant> = {}): Promise<Uint8Array> {
    const held = must(await openAttestation(primitives, invitation.attestation), 'an attestation');
    const { site, permissions, resource, delegations, notBeforeMs, expiresMs, quota } = held;
    const handedOn = { permissions, resource, delegations: delegations - 1, notBeforeMs, expiresMs, quota };
    return grantBy(invitation.oneTime, site, this.who.user.key, { ...handedOn, ...part });
  }

  async admission(invitation: SentInvitation): Promise<Admission & { kind: 'invitation' }> {
    const claim = admitting({ user: this.who.user.key, node: this.stage.node });
    const proof = await prove(primitives, invitation.oneTime.seed, claim);
    return { kind: 'invitation', key: invitation.oneTime.key, proof };
  }

  login(guid: number, shard = 0) {
    return this.remote.login({ shard, guid: guidOf(guid) });
  }

  async refresh(
    token: Uint8Array,
    guid: number,
    part: { readonly shard?: number; readonly seed?: Uint8Array } = {},
  ) {
    const { shard = 0, seed = this.who.device.seed } = part;
    const signature = await prove(primitives, seed, refreshing({ token, guid: guidOf(guid) }));
    return this.remote.refresh({ shard, token, guid: guidOf(guid), signature });
  }
}

function guidOf(n: number): Uint8Array {
  return new Uint8Array(16).fill(n);
}

/** The code of the fault with which a call is refused; fails when it is not. */
export async function refusal(call: Promise<unknown>): Promise<FaultCode> {
  try {
    await call;
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.code;
    throw thrown;
  }
  return fail('the call was not refused');
}

/** Lets everything that has been set going settle: microtasks, and the commits behind them. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Everyday people. */
export const ada = await person('Ada');
export const bea = await person('Bea');
export const cleo = await person('Cleo');
export const garden = await ground('garden');

/** Primitives under which every key of one kind has the same id. */
export function colliding(label: string): Primitives {
  const prefix = new TextEncoder().encode(`copse/1/${label}`);
  const isOfKind = (data: Uint8Array): boolean => prefix.every((byte, i) => data[i + 1] === byte);
  return {
    ...primitives,
    sha256: (data) => (isOfKind(data) ? new Uint8Array(32).fill(7) : primitives.sha256(data)),
  };
}
