/**
 * Auth in another process, as a tail asks and follows it: one sealed link that is kept up, under the key of tails
 * (SPEC A18). While it is down calls are refused and the feed grows stale, as it does for any silence (SPEC A14).
 */

import { authInternal, type AuthInternalEvents } from 'copse/internal/api/auth.ts';
import { notifyInternal, type NotifyRemote } from 'copse/internal/api/notify.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { authRetryMs } from 'copse/internal/base/limits-shards.ts';
import { sealedLink } from 'copse/internal/client/auth-session.ts';
import { Heartbeat, Pulse } from 'copse/internal/client/heartbeat.ts';
import { Upkeep, type Connected } from 'copse/internal/client/upkeep.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import type { Link } from 'copse/internal/link/link.ts';
import { dial } from 'copse/internal/link/remote.ts';
import type { Remote } from 'copse/internal/wire/contract.ts';

import type { Authority } from '../../tail/rights.ts';
import type { TailKey } from './tail-key.ts';

type Internal = Remote<typeof authInternal>;

interface Session extends Connected {
  readonly remote: Internal;
  readonly notify: NotifyRemote;
}

export interface AuthorityOptions {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly key: TailKey;
  /** A link to the door `/auth`. */
  readonly dial: () => Link;
}

/** What this process serves, told to auth whenever the link is up. */
interface Owned {
  readonly shard: number;
  readonly epoch: number;
  readonly url: string;
}

/** Nothing is as new: it makes a feed ask what it has missed. */
const NEWEST = Number.MAX_SAFE_INTEGER;

export class RemoteAuthority implements Disposable {
  readonly #options: AuthorityOptions;
  readonly #upkeep: Upkeep<Session>;
  #events: AuthInternalEvents | null = null;
  #owned: Owned | null = null;
  #looking: Timer | null = null;

  constructor(options: AuthorityOptions) {
    this.#options = options;
    this.#upkeep = new Upkeep<Session>({
      env: options.env,
      attempt: () => this.#open(),
      onUp: () => this.#up(),
      onDown: (fault) => {
        if (fault !== null) options.env.log('warn', 'shard.auth', { fault: fault.code });
      },
      onState: () => {},
    });
    this.#upkeep.start();
    this.#lookLater();
  }

  /** Auth for one tail, which hears through `events`; the tail before it hears no more. */
  connect(events: AuthInternalEvents): Authority {
    this.#events = events;
    return {
      access: (request) => this.#remote().access(request),
      prove: (request) => this.#remote().prove(request),
      follow: (request) => this.#remote().follow(request),
      usersOf: async (request) => this.#remote().usersOf(request),
    };
  }

  /** Notify, which runs where auth does; what cannot be said now is refused. */
  notify(): NotifyRemote {
    const remote = (): NotifyRemote => this.#session().notify;
    return {
      publish: async (request) => remote().publish(request),
      presence: async (frame) => remote().presence(frame),
      read: async (request) => remote().read(request),
      update: async (request) => remote().update(request),
      about: async (request) => remote().about(request),
      told: async (request) => remote().told(request),
      test: async (request) => remote().test(request),
      letters: async (request) => remote().letters(request),
      replay: async (request) => remote().replay(request),
      unread: async (request) => remote().unread(request),
      posts: async (request) => remote().posts(request),
      seen: async (request) => remote().seen(request),
    };
  }

  /** The shard is served here; auth is told now, and again by every link that comes. */
  own(owned: Owned): void {
    this.#owned = owned;
    this.#tell();
  }

  /** It is served elsewhere, or nowhere. */
  disown(): void {
    this.#owned = null;
    this.#events = null;
  }

  get isUp(): boolean {
    return this.#upkeep.connected !== null;
  }

  /** Tails are few: they need not spread as devices do. */
  #lookLater(): void {
    this.#looking = this.#options.env.after(authRetryMs, () => {
      if (!this.isUp) this.#upkeep.nudge();
      this.#lookLater();
    });
  }

  [Symbol.dispose](): void {
    this.#looking?.cancel();
    this.disown();
    this.#upkeep.stop();
  }

  #remote(): Internal {
    return this.#session().remote;
  }

  #session(): Session {
    const session = this.#upkeep.connected;
    if (session === null) throw new Fault('closed', 'Auth cannot be reached.');
    return session;
  }

  #up(): void {
    this.#tell();
    this.#events?.beat({ seq: NEWEST });
  }

  #tell(): void {
    const [owned, session] = [this.#owned, this.#upkeep.connected];
    if (owned === null || session === null) return;
    const { env } = this.#options;
    session.remote
      .own(owned)
      .then(() => env.log('info', 'shard.told', { epoch: owned.epoch }))
      // The link that comes next says it again.
      .catch(() => session.close());
  }

  async #open(): Promise<Session> {
    const { env, primitives, key } = this.#options;
    const link = await sealedLink({
      env,
      primitives,
      link: this.#options.dial(),
      node: key.node,
      device: key.sign,
      blessing: null,
    });
    const pulse = new Pulse(link);
    const events: AuthInternalEvents = {
      change: (message) => this.#events?.change(message),
      beat: (message) => this.#events?.beat(message),
      keys: (message) => this.#events?.keys(message),
    };
    const dialed = dial(authInternal, pulse, events, env);
    const heartbeat = new Heartbeat({
      env,
      pulse,
      ping: (deadlineMs) => dialed.ping(deadlineMs),
      onDead: () => dialed.close(new Fault('deadline', 'auth does not answer')),
    });
    const ended = dialed.ended.finally(() => heartbeat.stop());
    const notify = dialed.facet(notifyInternal, {});
    return { remote: dialed.remote, notify, ended, close: () => dialed.close() };
  }
}
