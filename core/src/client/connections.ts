/**
 * The device's two connections to its node, kept up together: one to auth, over which it signs up, gets
 * tokens and hears of changes, and one to the tail, which carries the logs (SPEC S3, S4).
 */

import { backoff, type Backoff } from '../base/backoff.ts';
import { pause, type Env, type Timer } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import { callMs, reconnectBaseMs, reconnectCapMs } from '../base/limits.ts';
import type { AuthEvents } from '../api/auth.ts';
import type { AuthBasics } from '../api/auth-basics.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Link } from '../link/link.ts';
import type { Account } from './account.ts';
import { openAuth, type AuthSession } from './auth-session.ts';
import { deferred, type Deferred } from './deferred.ts';
import type { Identity } from './identity.ts';
import { signIn, type Admission } from './sign-in.ts';
import { faultOf } from './fault-number.ts';
import { SleepWatch } from './sleep-watch.ts';
import type { Resumption } from './resume.ts';
import { openTail, type TailSession } from './tail-session.ts';
import type { Tokens } from './tokens.ts';
import { Upkeep } from './upkeep.ts';
import { Whereabouts } from './whereabouts.ts';

/** Hints of the runtime: a browser knows when the machine has no network and when a page is shown again. */
export interface Connectivity {
  readonly isOnline: boolean;
  /** Calls back when `isOnline` has changed or the machine has woken up. */
  onHint(listener: () => void): () => void;
}

export interface ConnectionsOwner {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly identity: Identity;
  readonly account: Account;
  readonly tokens: Tokens;
  readonly admission: Admission;
  readonly connectivity: Connectivity | null;
  dial(url: string): Link;
  /** A session with auth has begun: what was missed is asked for. */
  onAuth(auth: AuthBasics): void;
  onChanged: AuthEvents['changed'];
  onTail(session: TailSession | null): void;
  /** `link` or `trouble` has changed. */
  onState(): void;
}

/** How often the age of the token is looked at. */
const TOKEN_CHECK_MS = 600_000;

/** How soon a connection answers on a machine without a network: a node on the machine itself does (SPEC S3). */
const LOST_MS = 500;

export class Connections {
  readonly #owner: ConnectionsOwner;
  readonly #auth: Upkeep<AuthSession>;
  readonly #tail: Upkeep<TailSession>;
  readonly #stopHints: () => void;
  readonly #sleeps: SleepWatch;
  readonly #whereabouts: Whereabouts;
  readonly #movePauses: Backoff;
  #moving: Timer | null = null;
  #waiting: Deferred<AuthBasics>[] = [];
  #trouble: Fault | null = null;
  /** Told the outcome of the first attempt. */
  #first: Deferred<AuthBasics> | null = null;
  #wasUp = false;
  #isStopped = false;
  /** The last attempt to reach the tail failed. */
  #hasFailed = false;
  #tokenCheck: Timer | null = null;
  /** How the next connection to the tail is made without a signature. */
  #again: Resumption | null = null;

  constructor(owner: ConnectionsOwner) {
    this.#owner = owner;
    const { env } = owner;
    this.#auth = new Upkeep<AuthSession>({
      env,
      attempt: () => this.#openAuth(),
      onUp: (session) => this.#authUp(session),
      onDown: (fault) => this.#authDown(fault),
      onState: () => owner.onState(),
    });
    this.#tail = new Upkeep<TailSession>({
      env,
      attempt: () => this.#openTail(),
      onUp: (session) => {
        this.#hasFailed = false;
        this.#wasUp = true;
        owner.onTail(session);
        void this.#exchange();
      },
      onDown: (fault) => this.#tailDown(fault),
      onState: () => owner.onState(),
    });
    this.#whereabouts = new Whereabouts(addressOf(owner.account.url, '/tail'));
    this.#movePauses = backoff(env, reconnectBaseMs, reconnectCapMs);
    this.#sleeps = new SleepWatch(env, () => this.#hint());
    this.#stopHints = owner.connectivity?.onHint(() => this.#hint()) ?? (() => {});
  }

  start(): void {
    this.#auth.start();
    this.#tail.start();
    this.#watchToken();
    this.#sleeps.start();
  }

  /** Why there will be no connection without help, or null. */
  get trouble(): Fault | null {
    return this.#trouble;
  }

  get state(): 'connecting' | 'up' | 'offline' {
    if (this.#tail.state === 'up') return 'up';
    const isOffline = this.#owner.connectivity?.isOnline === false;
    return isOffline || this.#trouble !== null || this.#hasFailed ? 'offline' : 'connecting';
  }

  /** Auth, when it is connected. */
  get authNow(): AuthBasics | null {
    return this.#auth.connected?.remote ?? null;
  }

  /** Auth, as soon as it can be reached; `closed` when that takes too long, or why it never will. */
  async auth(): Promise<AuthBasics> {
    const session = this.#auth.connected;
    if (session !== null) return session.remote;
    if (this.#trouble !== null) throw this.#trouble;
    // Nobody who asks afterwards keeps the process waiting.
    if (this.#isStopped) throw new Fault('closed');
    this.#auth.nudge();
    const waiting = deferred<AuthBasics>();
    this.#waiting.push(waiting);
    const timer = this.#owner.env.after(callMs, () => {
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
      waiting.reject(new Fault('closed', 'The node cannot be reached.'));
    });
    return waiting.promise.finally(() => timer.cancel());
  }

  /** The whole session, for facets of auth. */
  async authSession(): Promise<AuthSession> {
    await this.auth();
    const session = this.#auth.connected;
    if (session === null) throw new Fault('closed');
    return session;
  }

  /** Resolves with the first session of a device that has signed up; rejects with the first failure. */
  signedUp(): Promise<unknown> {
    if (this.#auth.connected !== null) return Promise.resolve();
    const waiting = deferred<AuthBasics>();
    this.#first = waiting;
    return waiting.promise;
  }

  /** Ends this device at the node; answers whether the node knows that it is over. */
  async endDevice(limitMs: number): Promise<boolean> {
    if (this.#trouble !== null) return this.#trouble.code === 'revoked';
    const { env, connectivity } = this.#owner;
    const isHopeless = this.authNow === null && connectivity?.isOnline === false;
    if (isHopeless) return false;
    const late = pause(env, limitMs).then(() => false);
    return Promise.race([this.#end(), late]);
  }

  async #end(): Promise<boolean> {
    try {
      await (await this.auth()).logout({});
      return true;
    } catch (thrown) {
      this.#owner.env.log('info', 'logout', { fault: asFault(thrown).code });
      return false;
    }
  }

  /** A session of a device that has signed out here, for telling the node. */
  openFarewell(): Promise<AuthSession> {
    return this.#dialAuth();
  }

  async #openAuth(): Promise<AuthSession> {
    const { primitives, identity, account } = this.#owner;
    const session = await this.#dialAuth();
    try {
      await signIn({ primitives, identity, account, admission: this.#owner.admission, auth: session.remote });
      return session;
    } catch (thrown) {
      session.close();
      throw asFault(thrown);
    }
  }

  async #dialAuth(): Promise<AuthSession> {
    const { env, primitives, identity, account } = this.#owner;
    return openAuth({
      env,
      primitives,
      link: this.#owner.dial(addressOf(account.url, '/auth')),
      node: account.node,
      device: identity.deviceKey,
      blessing: await identity.blessing(account.node),
      events: {
        changed: (change) => (change.what === 'shards' ? this.moved() : this.#owner.onChanged(change)),
        ended: ({ fault }) => env.log('info', 'auth.ended', { fault: faultOf(fault).code }),
      },
    });
  }

  #authUp(session: AuthSession): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#first?.resolve(session.remote);
    this.#first = null;
    for (const each of waiting) each.resolve(session.remote);
    this.#owner.onAuth(session.remote);
    void this.#lookForTail(session.remote);
    // The tail may be waiting for a token.
    this.#tail.nudge();
    void this.#renewWhenAging();
    if (this.#tail.state === 'up') void this.#exchange();
  }

  #authDown(fault: Fault | null): void {
    this.#first?.reject(fault ?? new Fault('closed'));
    this.#first = null;
    if (this.#auth.state !== 'given up' || fault === null) return;
    this.#giveUp(fault);
  }

  #giveUp(fault: Fault): void {
    this.#trouble = fault;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each.reject(fault);
    this.#owner.onState();
  }

  /** A log is served elsewhere: the shard map knows where (SPEC S16). Each time it is asked a little later. */
  moved(): void {
    this.#moving ??= this.#owner.env.after(this.#movePauses.next(), () => {
      this.#moving = null;
      this.#whereabouts.hasMoved = true;
      const auth = this.authNow;
      if (auth !== null) void this.#lookForTail(auth);
    });
  }

  /** Connects to where the shard map says that the tail is, when that is another place. */
  async #lookForTail(auth: AuthBasics): Promise<void> {
    try {
      if (!(await this.#whereabouts.ask(auth))) return;
      this.#movePauses.reset();
      this.#tail.restart();
      this.#tail.nudge();
    } catch (thrown) {
      this.#owner.env.log('info', 'moved', { fault: asFault(thrown).code });
    }
  }

  async #openTail(): Promise<TailSession> {
    const { env, primitives, identity, account, tokens } = this.#owner;
    if (this.#whereabouts.hasMoved) await this.#whereabouts.ask(await this.auth());
    if (tokens.current === null) await tokens.renew(await this.auth());
    const token = tokens.current;
    if (token === null) throw new Fault('expired', 'the clock of this device is wrong');
    return openTail({
      env,
      primitives,
      device: identity.deviceKey,
      node: account.node,
      token,
      again: this.#again?.token === token ? this.#again : null,
      link: this.#owner.dial(this.#whereabouts.address),
      address: this.#whereabouts.address,
      onGoAway: (pauseMs) => this.#tail.comeBackAfter(pauseMs),
    }).catch((thrown: unknown) => {
      // A token of before its account was removed and restored (SPEC Z15): auth says whether the device is.
      throw asFault(thrown).code === 'revoked' ? new Fault('unauthorized') : thrown;
    });
  }

  /** A device that is connected gets what it connects with again: a storm of them costs a node no signatures. */
  async #exchange(): Promise<void> {
    const { tokens, primitives, env } = this.#owner;
    const auth = this.authNow;
    const token = tokens.current;
    if (auth === null || token === null || this.#again?.token === token) return;
    try {
      const { resumption } = await import('./resume.ts');
      this.#again = await resumption(primitives, auth, token);
    } catch (thrown) {
      env.log('info', 'token.exchange', { fault: asFault(thrown).code });
    }
  }

  #tailDown(fault: Fault | null): void {
    // It may be why.
    if (fault !== null && fault.retry !== 'later') this.#again = null;
    this.#hasFailed = !this.#wasUp;
    this.#wasUp = false;
    this.#owner.onTail(null);
    if (fault?.retry === 'refresh') this.#discardToken();
    if (fault?.retry === 'elsewhere') this.#whereabouts.hasMoved = true;
    if (this.#tail.state === 'given up' && fault !== null) this.#giveUp(fault);
  }

  /** A keep that cannot be written now leaves a token that is refused again, and discarded again. */
  #discardToken(): void {
    this.#owner.tokens.discard().catch(() => {});
  }

  async #renewWhenAging(): Promise<void> {
    const { tokens, env } = this.#owner;
    const session = this.#auth.connected;
    if (session === null || !tokens.isAging || tokens.current === null) return;
    try {
      await tokens.renew(session.remote);
    } catch (thrown) {
      env.log('warn', 'token.renew', { fault: asFault(thrown).code });
    }
  }

  #watchToken(): void {
    this.#tokenCheck = this.#owner.env.after(TOKEN_CHECK_MS, () => {
      this.#watchToken();
      void this.#renewWhenAging();
    });
  }

  #hint(): void {
    this.#auth.nudge();
    this.#tail.nudge();
    const isLost = this.#owner.connectivity?.isOnline === false;
    for (const { connected } of [this.#auth, this.#tail]) connected?.doubt(isLost ? LOST_MS : undefined);
    this.#owner.onState();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopHints();
    this.#sleeps.stop();
    this.#tokenCheck?.cancel();
    this.#moving?.cancel();
    this.#auth.stop();
    this.#tail.stop();
    for (const each of this.#waiting) each.reject(new Fault('closed'));
    this.#waiting = [];
    // What was handed over leaves before the process may end.
    await pause(this.#owner.env, 0);
  }
}

/** The WebSocket address of a door of the node. */
function addressOf(url: string, door: string): string {
  return url.replace(/^http/, 'ws').replace(/\/+$/, '') + door;
}
