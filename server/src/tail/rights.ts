/**
 * What users may do, as auth has answered: kept until a change names it or newer answers need the room,
 * and the key epochs of the sites that are in use (SPEC T5, A14, L11).
 *
 * An answer and the change that takes it back travel on two ways. Each bears the sequence of the feed, so
 * an answer that was given before a change is not believed after it.
 */

import type { AuthInternal, authInternal, Change } from 'copse/internal/api/auth.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, LogId, SiteId, StandingId, UserId } from 'copse/internal/base/ids.ts';
import type { Remote } from 'copse/internal/wire/contract.ts';

/** What a connection asks; where its shard is served, says who runs it. */
export type Authority = Omit<Remote<typeof authInternal>, 'own'>;
type Answer = Awaited<ReturnType<AuthInternal['access']>>;

/** What a user may do on a log. */
export interface Access {
  /** Without conditions. */
  readonly permissions: number;
  /** What more is permitted where caveats hold. */
  readonly conditional: Answer['conditional'];
  /** Attestations that it stands on. */
  readonly stands: readonly StandingId[];
  /** A proof that the node does not keep may permit more. */
  readonly provable: boolean;
  readonly keyEpoch: number;
  /** Of the pages that may use the site; none: all. */
  readonly origins: readonly string[];
  /** The change that this already contains. */
  readonly seq: number;
  /** Monotonic time at which it ends. */
  readonly untilMs: number;
  /** False when a change came after it. */
  current: boolean;
}

/** A site that has a log in use. */
export interface Site {
  readonly id: SiteId;
  /** Entries under an older key epoch are refused. */
  keyEpoch: number;
  /** Logs in use. */
  topics: number;
}

export interface Asked {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly site: SiteId;
  readonly log: LogId;
}

interface Question {
  readonly asked: Asked;
  readonly answer: Promise<Access>;
  /** The last change that concerned it while it was under way. */
  changedSeq: number;
}

export class Rights {
  readonly #authority: Authority;
  readonly #env: Env;
  /** By user, site and log. */
  readonly #accessByKey: Cache<string, Access>;
  readonly #questionByKey = new Map<string, Question>();
  readonly #siteById = new Map<SiteId, Site>();
  #lastProof = 0;

  constructor(authority: Authority, env: Env, countMax: number) {
    this.#authority = authority;
    this.#env = env;
    this.#accessByKey = new Cache(countMax);
  }

  /** The access, at once when it is known. */
  access(asked: Asked): Access | Promise<Access> {
    const key = asked.user + asked.site + asked.log;
    const known = this.#accessByKey.get(key);
    if (known !== undefined && known.untilMs > this.#env.nowMs()) return known;
    const question = this.#questionByKey.get(key);
    if (question !== undefined) return question.answer;
    const answer = this.#ask(asked, key);
    this.#questionByKey.set(key, { asked, answer, changedSeq: 0 });
    return answer;
  }

  async #ask(asked: Asked, key: string): Promise<Access> {
    try {
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        const answer = await this.#authority.access(asked);
        const changedSeq = this.#questionByKey.get(key)?.changedSeq ?? 0;
        if (answer.seq >= changedSeq) return this.#keep(key, answer);
      }
      throw new Fault('stale', 'the rights change faster than they are read');
    } finally {
      this.#questionByKey.delete(key);
    }
  }

  #keep(key: string, answer: Answer): Access {
    const access = this.#accessOf(answer);
    // A refusal is not kept: no change tells that somebody has become a member.
    const isRefusal = access.permissions === 0 && access.conditional.length === 0;
    if (!isRefusal) this.#accessByKey.set(key, access);
    return access;
  }

  #accessOf({
    permissions,
    conditional,
    provable,
    keyEpoch,
    origins,
    expiresMs,
    seq,
    stands,
  }: Answer): Access {
    // The wall clock is read once: its later jumps move no right (SPEC T10).
    const leftMs = expiresMs === 0 ? Number.POSITIVE_INFINITY : expiresMs - this.#env.wallMs();
    return {
      permissions,
      // The bytes of caveats are views into the answer.
      conditional: shared(
        conditional.map((each) => ({
          ...each,
          caveats: each.caveats.map(({ kind, value }) => ({ kind, value: value.slice() })),
        })),
      ),
      provable,
      keyEpoch,
      origins: shared(origins),
      seq,
      stands: shared(stands),
      untilMs: this.#env.nowMs() + leftMs,
      current: true,
    };
  }

  /** The access by a proof, asked anew each time: who presents it has no row that a change could name. */
  async prove(asked: Asked, proof: readonly Uint8Array[]): Promise<Access> {
    const question: Question = { asked, answer: Promise.resolve(NO_ACCESS), changedSeq: 0 };
    const key = `proof ${++this.#lastProof}`;
    this.#questionByKey.set(key, question);
    try {
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        const answer = await this.#authority.prove({ ...asked, proof });
        if (answer.seq >= question.changedSeq) return this.#accessOf(answer);
      }
      throw new Fault('stale', 'the rights change faster than they are read');
    } finally {
      this.#questionByKey.delete(key);
    }
  }

  /** Applies changes that are all contained in `seq`: what they concern is asked again. */
  changed(changes: readonly Change[], seq: number): void {
    const grants = new Set<string>();
    const sites = new Set<string>();
    const fallen = fallenOf(changes);
    for (const change of changes) {
      if (change.kind === 'grant' || change.kind === 'widened') grants.add(change.user + change.site);
      if (change.kind === 'origins') sites.add(change.site);
      if (change.kind !== 'site') continue;
      sites.add(change.site);
      const site = this.#siteById.get(change.site);
      if (site !== undefined) site.keyEpoch = Math.max(site.keyEpoch, change.keyEpoch);
    }
    if (grants.size === 0 && sites.size === 0 && fallen.size === 0) return;
    for (const question of this.#questionByKey.values()) {
      const { asked } = question;
      // What an answer under way stands on is not known yet.
      const isHit = fallen.size > 0 || grants.has(asked.user + asked.site) || sites.has(asked.site);
      if (isHit) question.changedSeq = Math.max(question.changedSeq, seq);
    }
    // `get` moves what it finds to the end of the cache, so the keys are taken first.
    const keys = [...this.#accessByKey.keys()];
    for (const key of keys) {
      const isHit = grants.has(key.slice(0, LOG_AT)) || sites.has(key.slice(SITE_AT, LOG_AT));
      if (isHit || this.#standsOn(key, fallen)) this.#drop(key, seq);
    }
  }

  #standsOn(key: string, fallen: ReadonlySet<StandingId>): boolean {
    const access = fallen.size === 0 ? undefined : this.#accessByKey.get(key);
    return access !== undefined && isFallen(access.stands, fallen);
  }

  #drop(key: string, seq: number): void {
    const access = this.#accessByKey.get(key);
    if (access === undefined || access.seq >= seq) return;
    access.current = false;
    this.#accessByKey.delete(key);
  }

  /** Forgets every answer. */
  clear(seq: number): void {
    for (const question of this.#questionByKey.values()) question.changedSeq = seq;
    const keys = [...this.#accessByKey.keys()];
    for (const key of keys) this.#drop(key, Number.POSITIVE_INFINITY);
  }

  /** The site of one more log in use. */
  enter(id: SiteId): Site {
    const site = this.#siteById.get(id) ?? { id, keyEpoch: 0, topics: 0 };
    this.#siteById.set(id, site);
    site.topics++;
    return site;
  }

  leave(site: Site): void {
    site.topics--;
    if (site.topics === 0) this.#siteById.delete(site.id);
  }
}

const NONE: readonly never[] = [];

const NO_ACCESS: Access = {
  permissions: 0,
  conditional: NONE,
  stands: NONE,
  provable: false,
  keyEpoch: 0,
  origins: NONE,
  seq: 0,
  untilMs: 0,
  current: false,
};

/** One list for all that are empty: a node holds an access for each log of each connection. */
function shared<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NONE : list;
}

/** Whether one of these has fallen. */
export function isFallen(stands: readonly StandingId[], fallen: ReadonlySet<StandingId>): boolean {
  return stands.some((each) => fallen.has(each));
}

/** The attestations that no longer count. */
export function fallenOf(changes: readonly Change[]): ReadonlySet<StandingId> {
  return new Set(changes.flatMap((change) => (change.kind === 'fallen' ? [change.attestation] : [])));
}

/** Where the parts of a key begin: a user has 16 characters and a site 32. */
const SITE_AT = 16;
const LOG_AT = SITE_AT + 32;
/** A right that changes between question and answer is asked again this often. */
const ATTEMPTS_MAX = 5;
