/**
 * Auth: identities, rights and keys (SPEC A1-A16). A plain class over a store of accounts; who calls gets
 * a session object that is its permission, the tails get the feed of changes. It holds no state that the
 * store has not: what is acknowledged survives kill -9, and what is in memory is caches and live sessions.
 */

import type { AuthApi, AuthEvents, AuthInternal, AuthInternalEvents } from 'copse/internal/api/auth.ts';
import type { Faceted } from 'copse/internal/api/facets.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key, type UserId } from 'copse/internal/base/ids.ts';
import { adminsToldMax } from 'copse/internal/base/limits-notify.ts';
import type { Blessing } from 'copse/internal/capability/blessing.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import { deviceIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import type { NotifyRemote } from 'copse/internal/api/notify.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { openingsSecret } from 'copse/internal/transparency/label.ts';
import type { Accounts } from '../store/accounts.ts';
import { openMemoryTlog } from '../store/tlog-memory.ts';
import type { Standing, Standings } from '../store/accounts-tree.ts';
import type { Tlog } from '../store/tlog.ts';
import { AccountDesk } from './account-desk.ts';
import { Issuer } from './account-issuer.ts';
import { accessByProof, accessOf, usersOf } from './access.ts';
import { DigestDesk, type DigestOptions } from './digest-desk.ts';
import { DigestTokens } from './digest-token.ts';
import { EmailDesk } from './email-desk.ts';
import { noProviders, type EmailProviders } from './email-providers.ts';
import { Feed } from './feed.ts';
import { HttpAuth } from './http-auth.ts';
import { Proofs, type Grounds } from './grounds.ts';
import { Live } from './live.ts';
import { EmailLooks, type NamesParts } from './names-facet.ts';
import { NodeLog } from './node-log.ts';
import { checkAnyAddress, NoticesParts, type CheckAddress } from './notices.ts';
import { Pairings } from './pairings.ts';
import { publicLog, type PublicLog } from './public-log.ts';
import { RATE_LIMITS, Rates, type RateLimits } from './rates.ts';
import type { SessionParts } from './gate.ts';
import { RekeyLeases } from './rekey-leases.ts';
import { Realm } from './recovery-realm.ts';
import { resumeResets } from './recovery-resets.ts';
import { Session, type Caller } from './session.ts';
import { ShardMap } from './shard-map.ts';
import { Setup } from './setup.ts';
import { admitGuest, recognise, type SignUpMode } from './sign-up.ts';
import { withOrigins } from './site-origins.ts';
import { stateEmail, type SignedInAs } from './statements.ts';
import { Tokens } from './tokens.ts';

export type { Caller } from './session.ts';

type Figures = Awaited<ReturnType<AuthApi['figures']>>;

export interface AuthOptions {
  readonly accounts: Accounts;
  /** Of the log of the node; in memory unless said otherwise, which is for tests. */
  readonly tlog?: Tlog;
  /** Ed25519 seed of the node; token keys and the secret of the first start are derived from it. */
  readonly nodeSeed: Uint8Array;
  readonly primitives: Primitives;
  readonly env: Env;
  readonly signup: SignUpMode;
  /** The tails of this operator; an empty URL is the node itself. */
  readonly shards: readonly { readonly shard: number; readonly url: string }[];
  /** Live figures of the whole node, for its admin. */
  readonly figures: () => Figures;
  readonly rates?: RateLimits;
  /** How many accounts the first admin may make; none unless said otherwise. */
  readonly quota?: number;
  /** Who vouches for e-mail addresses; nobody unless said otherwise. */
  readonly emailProviders?: EmailProviders;
  /** Who tells devices of what is new; nobody unless said otherwise. */
  readonly notify?: NotifyRemote | null;
  /** To which addresses of devices it sends; any https address unless said otherwise. */
  readonly checkAddress?: CheckAddress;
  /** Who sends what waits by e-mail; nobody unless said otherwise. */
  readonly digest?: DigestOptions | null;
}

export class Auth implements AsyncDisposable {
  readonly #grounds: Grounds;
  readonly #live = new Live();
  readonly #setup: Setup;
  readonly #tokens: Tokens;
  readonly #feed: Feed;
  readonly #parts: SessionParts;
  /** What sessions that have gone still have to write. */
  readonly #leaving = new Set<Promise<void>>();

  private constructor(options: AuthOptions, parts: OpenParts) {
    const { grounds, setup, tokens, feed, names, notices, digest, issuer } = parts;
    this.#grounds = grounds;
    this.#setup = setup;
    this.#tokens = tokens;
    this.#feed = feed;
    this.#parts = {
      grounds,
      reception: { grounds, live: this.#live, setup, issuer, mode: options.signup },
      accountDesk: new AccountDesk(grounds, this.#live),
      tokens,
      feed,
      rates: new Rates(options.env, options.rates ?? RATE_LIMITS),
      realm: new Realm(grounds, options.nodeSeed),
      shards: new ShardMap(options.shards, () => this.#live.tellAll({ what: 'shards', site: null })),
      figures: options.figures,
      leave: (work) => this.#own(work),
      rekey: new RekeyLeases({ env: options.env, live: this.#live, accounts: options.accounts }),
      names,
      pairings: new Pairings(options.env),
      notices,
      digest,
      email: new EmailDesk({
        grounds,
        names,
        live: this.#live,
        providers: options.emailProviders ?? noProviders,
        state: (signedIn, except) => stateEmail(this.#parts, signedIn, except),
      }),
    };
  }

  static async open(options: AuthOptions): Promise<Auth> {
    const { accounts, primitives, env, nodeSeed } = options;
    const node = key(await primitives.ed25519PublicKey(nodeSeed));
    const grounds = { accounts, primitives, env, node, proofs: new Proofs(primitives, env) };
    const shards = new Set(options.shards.map(({ shard }) => shard));
    const tokens = new Tokens(grounds, { nodeSeed, shards });
    const feed = await Feed.open({
      changes: accounts.changes,
      env,
      today: () => tokens.today(),
      keysOf: (shard) => tokens.keysOf(shard),
    });
    const setup = new Setup(primitives, nodeSeed, await accounts.people.hasAdmin());
    const tlog = options.tlog ?? openMemoryTlog(primitives);
    const names = {
      log: await NodeLog.open({ tlog, primitives, env, nodeSeed, node }),
      openings: openingsSecret(primitives, nodeSeed),
      looks: new EmailLooks(env),
    };
    const notices = noticesOf(options, grounds);
    const digest = digestOf(options, grounds);
    await accounts.tree.begin(node);
    const issuer = new Issuer({ accounts, primitives, env, node, nodeSeed, quota: options.quota ?? 0 });
    const auth = new Auth(options, { grounds, setup, tokens, feed, names, notices, digest, issuer });
    await resumeResets(auth.#parts.reception);
    await auth.#parts.accountDesk.begin(issuer);
    notices?.teller.begin();
    digest?.begin();
    return auth;
  }

  /** Whether a device that has finished its handshake may have a session; the fault is told to it. */
  async admit(device: Key, blessing: Blessing | null): Promise<Fault | null> {
    const standing = await recognise(this.#parts.reception, device, blessing);
    return standing.kind === 'over' ? new Fault(standing.fault) : null;
  }

  /** The same for who speaks by a blessing at another service; the device is not registered. */
  async admitGuest(device: Key, blessing: Blessing | null): Promise<Fault | null> {
    const fault = await admitGuest(this.#parts.reception, device, blessing);
    return fault === null ? null : new Fault(fault);
  }

  /** What a key is worth here: a user of this node, somebody who was removed, or a stranger. */
  standing(user: Key): Promise<Standing> {
    return this.#grounds.accounts.tree.standing(user);
  }

  /** What keys are worth here, and a word whenever that may have changed. */
  get standings(): Standings {
    return this.#grounds.accounts.tree;
  }

  /** Whether a key is that of an admin of this node. */
  async isAdmin(user: Key): Promise<boolean> {
    const { accounts, primitives } = this.#grounds;
    const record = await accounts.people.user(userIdOf(primitives, user));
    return record !== null && record.admin && equal(record.key, user);
  }

  /** Those who answer for the node. */
  admins(): Promise<readonly UserId[]> {
    return this.#grounds.accounts.people.admins(adminsToldMax);
  }

  /** The session of one connection. */
  open(caller: Caller, events: AuthEvents): AuthApi & Faceted & Disposable {
    const device = deviceIdOf(this.#grounds.primitives, caller.device);
    return new Session({ parts: this.#parts, caller, device, events });
  }

  /** What calls over HTTP ask beside the session of their device (SPEC section O). */
  http(): HttpAuth {
    return new HttpAuth(this.#parts);
  }

  /** What a tail asks and follows; the operator decides who gets one. */
  internal(events: AuthInternalEvents): AuthInternal & Disposable {
    return {
      access: (request) =>
        withOrigins(this.#grounds, request.site, accessOf(this.#grounds, request, this.#feed.seq)),
      prove: (request) =>
        withOrigins(this.#grounds, request.site, accessByProof(this.#grounds, request, this.#feed.seq)),
      follow: ({ shard, from }) => {
        if (!this.#parts.shards.has(shard)) throw new Fault('unknown');
        const page = this.#feed.follow(events, shard, from);
        return { ...page, keys: this.#tokens.keysOf(shard), node: this.#grounds.node };
      },
      own: (row) => {
        this.#parts.shards.own(row);
        return {};
      },
      usersOf: ({ devices }) => usersOf(this.#grounds, devices),
      [Symbol.dispose]: () => this.#feed.unfollow(events),
    };
  }

  /** The secret of the link that the first start prints; null when there is an admin (SPEC N5). */
  setupSecret(): Uint8Array | null {
    return this.#setup.secret();
  }

  /** Says in the log of the node that a device has signed in with an e-mail address, which the caller has verified. */
  stateEmail(signedIn: SignedInAs): Promise<number> {
    return stateEmail(this.#parts, signedIn, null);
  }

  /** Where browsers come back to from e-mail providers. */
  get email(): Pick<EmailDesk, 'returned'> {
    return this.#parts.email;
  }

  /** Ends the digest whose link holds this; false when there is none. */
  async endDigest(token: string): Promise<boolean> {
    return (await this.#parts.digest?.end(token)) ?? false;
  }

  /** What anybody may read of the log of the node. */
  publicLog(): PublicLog {
    return publicLog(this.#parts.names.log);
  }

  figures(): readonly { readonly name: string; readonly unit: string; readonly value: string }[] {
    return [
      { name: 'authSessions', unit: '', value: String(this.#live.size) },
      { name: 'authFollowers', unit: '', value: String(this.#feed.followers) },
      { name: 'authShardEpoch', unit: '', value: String(this.#parts.shards.answer.epoch) },
      { name: 'authSeq', unit: '', value: String(this.#feed.seq) },
      ...this.#parts.names.log.figures(),
    ];
  }

  /** The accounts belong to whoever opened them and stay open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#leaving);
    await this.#parts.notices?.[Symbol.asyncDispose]();
    await this.#parts.digest?.[Symbol.asyncDispose]();
    await this.#parts.accountDesk[Symbol.asyncDispose]();
    await this.#parts.rekey[Symbol.asyncDispose]();
    await this.#parts.names.log[Symbol.asyncDispose]();
    await this.#feed[Symbol.asyncDispose]();
  }

  #own(work: Promise<void>): void {
    const owned = work
      .catch((thrown: unknown) => this.#grounds.env.log('warn', 'auth.leave', { cause: String(thrown) }))
      .finally(() => this.#leaving.delete(owned));
    this.#leaving.add(owned);
  }
}

interface OpenParts {
  readonly grounds: Grounds;
  readonly setup: Setup;
  readonly tokens: Tokens;
  readonly feed: Feed;
  readonly issuer: Issuer;
  readonly names: NamesParts;
  readonly notices: NoticesParts | null;
  readonly digest: DigestDesk | null;
}

function noticesOf({ notify = null, checkAddress = checkAnyAddress }: AuthOptions, grounds: Grounds) {
  return notify === null ? null : new NoticesParts({ grounds, notify, checkAddress });
}

function digestOf({ digest = null, primitives, nodeSeed }: AuthOptions, grounds: Grounds): DigestDesk | null {
  if (digest === null) return null;
  return new DigestDesk({ grounds, tokens: new DigestTokens(primitives, nodeSeed), options: digest });
}
