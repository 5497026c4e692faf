/**
 * The keys facet of a session (`api/keys.ts`): what only the caller's own devices may state, what only admins
 * of a site may make, and what members get. Statements are checked here, what is stored decides the store.
 */

import type { KeysApi, RosterRow } from 'copse/internal/api/keys.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import { pause } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { SiteId, UserId } from 'copse/internal/base/ids.ts';
import {
  clockSkewMs,
  keyLinksMax,
  keyRosterBytesMax,
  keyRosterMax,
  keySetPartMax,
} from 'copse/internal/base/limits.ts';
import { openDeviceKey } from 'copse/internal/capability/device-key.ts';
import {
  breaksChain,
  checkKeySet,
  hashOfPart,
  hashOfParts,
  isAnew,
  openKeySet,
} from 'copse/internal/capability/key-set.ts';
import { permission } from 'copse/internal/capability/policy.ts';
import { openUserKey } from 'copse/internal/capability/user-key.ts';
import type { StoredSet } from '../store/keys.ts';
import { requireWhole } from './devices.ts';
import type { Gate } from './gate.ts';
import type { Grounds, Who } from './grounds.ts';
import { takeJob } from './rekey-jobs.ts';
import { isAdmin, permissionsIn } from './rights.ts';
import { membershipOf } from './sites.ts';

type Request<Name extends keyof KeysApi> = Parameters<KeysApi[Name]>[0];
type Answer<Name extends keyof KeysApi> = Awaited<ReturnType<KeysApi[Name]>>;

const NOTHING = {};
const NO_BYTES = new Uint8Array(0);
/** Members whose proofs are looked up in one turn: two milliseconds. */
const ROSTER_SLICE = 96;
/** Envelopes that one transaction forgets. */
const FORGET_MAX = 512;

export class KeysFacet implements KeysApi {
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  async deviceKey({ statement }: Request<'deviceKey'>): Promise<object> {
    const { user, device, key } = await this.#gate.user();
    const stated = await openDeviceKey(this.#grounds.primitives, statement);
    if (stated === null || !equal(stated.device, this.#gate.deviceKey) || !equal(stated.user, key))
      throw new Fault('badProof', 'the exchange key of another device');
    await this.#keys.putExchange(device, statement);
    if ((await this.#keys.userEnvelope(user, device)) === null) this.#tellUser(user);
    return NOTHING;
  }

  async userKey(): Promise<Answer<'userKey'>> {
    const { user, device } = await this.#gate.user();
    const now = await this.#keys.userKey(user);
    const devices = await this.#keys.devicesOf(user);
    return {
      generation: now?.generation ?? 0,
      statement: now?.statement ?? NO_BYTES,
      envelope: await this.#keys.userEnvelope(user, device),
      due: now?.due ?? false,
      devices: devices.map((row) => ({ ...row, statement: row.statement ?? NO_BYTES })),
    };
  }

  async userKeyPublish(request: Request<'userKeyPublish'>): Promise<Answer<'userKeyPublish'>> {
    const who = await this.#gate.user();
    requireWhole(who);
    const { from, statement, envelopes } = request;
    const { primitives, env } = this.#grounds;
    const stated = await openUserKey(primitives, statement);
    const isBy = stated?.device === null || (stated !== null && equal(stated.device, this.#gate.deviceKey));
    if (stated === null || !isBy || !equal(stated.user, who.key))
      throw new Fault('badProof', 'the key of another user');
    if (stated.generation !== from + 1) throw new Fault('malformed', 'a generation follows the one before');
    const atMs = env.wallMs();
    if (Math.abs(stated.issuedMs - atMs) > clockSkewMs) throw new Fault('expired', 'the statement of a key');
    const answer = await this.#keys.publishUserKey({ user: who.user, from, statement, envelopes, atMs });
    if (answer.kind !== 'ok') return answer;
    this.#tellUser(who.user);
    this.#gate.parts.rekey.notice();
    return answer;
  }

  async userKeyAdd({ generation, envelopes }: Request<'userKeyAdd'>): Promise<object> {
    const who = await this.#gate.user();
    requireWhole(who);
    const answer = await this.#keys.addUserEnvelopes(who.user, generation, envelopes);
    if (answer !== 'ok') throw new Fault(answer === 'stale' ? 'stale' : 'unknown', 'a device or its key');
    this.#tellUser(who.user);
    return NOTHING;
  }

  async userKeyLinks({ below }: Request<'userKeyLinks'>): Promise<Answer<'userKeyLinks'>> {
    const { user } = await this.#gate.user();
    return this.#keys.userKeysBelow(user, below, keyLinksMax);
  }

  async siteKey({ site }: Request<'siteKey'>): Promise<Answer<'siteKey'>> {
    const who = await this.#gate.user();
    await membershipOf(this.#grounds, who, site);
    const record = await this.#keys.siteKey(site);
    if (record === null) throw new Fault('unknown', 'no such site');
    const { epoch, set, due } = record;
    const isTaken = this.#gate.parts.rekey.holder(site) !== null;
    const waiting = due?.rotate === true ? 'due' : 'current';
    return {
      epoch,
      set,
      envelope: await this.#keys.envelope(site, epoch, who.user),
      state: isTaken ? 'rekeying' : waiting,
      sinceMs: due?.sinceMs ?? 0,
      missing: due?.rotate === false,
    };
  }

  async siteKeySets({ site, below }: Request<'siteKeySets'>): Promise<Answer<'siteKeySets'>> {
    const who = await this.#gate.user();
    await membershipOf(this.#grounds, who, site);
    const sets: (StoredSet | null)[] = [...(await this.#keys.setsBelow(site, below, keyLinksMax))];
    // The first epoch has an envelope and no set.
    if (sets.length < keyLinksMax && below > 1) sets.push(null);
    const rows = [];
    let bytes = 0;
    for (const set of sets) {
      const epoch = set?.epoch ?? 1;
      const envelope = await this.#keys.envelope(site, epoch, who.user);
      bytes += set === null ? 0 : sizeOf([set.set, set.blessing, ...set.proof]);
      if (rows.length > 0 && bytes > keyRosterBytesMax) break;
      rows.push({ epoch, set, envelope });
    }
    return rows;
  }

  async roster({ site, missing, after }: Request<'roster'>): Promise<Answer<'roster'>> {
    const who = await this.#requireAdmin(site);
    const { grants } = this.#grounds.accounts;
    // Who has just lost her right is a member until the rows are gone.
    await grants.settled();
    const rows = await this.#keys.roster(site, missing, after, keyRosterMax + 1);
    const members: RosterRow[] = [];
    let bytes = 0;
    for (const [i, row] of rows.slice(0, keyRosterMax).entries()) {
      if (i % ROSTER_SLICE === ROSTER_SLICE - 1) await pause(this.#grounds.env, 0);
      const [held] = await grants.held(site, row.user);
      const proof = held === undefined ? [] : await grants.pathOf(held);
      bytes += sizeOf([row.statement, ...proof]);
      if (members.length > 0 && bytes > keyRosterBytesMax) return { members, more: true };
      members.push({ ...row, proof });
    }
    this.#gate.parts.rekey.renew(site, who.device);
    return { members, more: rows.length > keyRosterMax };
  }

  async rotate({ site, from, resume, anew }: Request<'rotate'>): Promise<Answer<'rotate'>> {
    const who = await this.#requireAdmin(site);
    const { rekey } = this.#gate.parts;
    if (!rekey.take(site, who.device)) {
      const device = rekey.holder(site);
      if (device !== null && device !== who.device) return { kind: 'busy', device };
      throw new Fault('tooMany', 'sites that this device makes keys for');
    }
    const { user, device } = who;
    const atMs = this.#grounds.env.wallMs();
    const answer = await this.#keys.begin({ site, from, user, device, resume, anew, atMs });
    if (answer.kind === 'stale') rekey.giveBack(site, device);
    return answer;
  }

  async rotatePart({ site, epoch, part, envelopes }: Request<'rotatePart'>): Promise<object> {
    const { device } = await this.#requireAdmin(site);
    if (!this.#gate.parts.rekey.renew(site, device))
      throw new Fault('unknown', 'another device makes this set');
    const hash = hashOfPart(this.#grounds.primitives, envelopes);
    const answer = await this.#keys.putPart({ site, epoch, device, part, hash, envelopes });
    if (answer !== 'ok') throw new Fault('unknown', 'another device makes this set');
    return NOTHING;
  }

  async rotateCommit({
    site,
    set,
    version,
    label,
  }: Request<'rotateCommit'>): Promise<Answer<'rotateCommit'>> {
    const who = await this.#requireAdmin(site);
    const { primitives, accounts, env } = this.#grounds;
    this.#gate.parts.feed.requireRoom();
    await accounts.grants.settled();
    const record = await this.#keys.siteKey(site);
    const making = await this.#keys.making(site);
    const parts = making?.parts ?? [];
    const epoch = await this.#checked(site, set, { before: record?.set ?? null, parts });
    const stored = { epoch, set: set.set, blessing: set.blessing, proof: set.proof };
    const answer = await this.#keys.commit({
      site,
      device: who.device,
      set: stored,
      parts,
      version,
      label,
      lackingMax: keySetPartMax,
      atMs: env.wallMs(),
    });
    const { rekey, reception } = this.#gate.parts;
    if (answer.kind === 'stale') rekey.giveBack(site, who.device);
    if (answer.kind !== 'ok') return answer;
    env.log('info', 'auth.rekeyed', { site, epoch, parts: parts.length });
    rekey.done(site);
    reception.live.tellSite(site, null);
    const isLinked = (await openKeySet(primitives, set.set))?.history === true;
    if (isLinked) this.#gate.parts.leave(this.#forget(site, epoch - 1));
    return { kind: 'ok', epoch };
  }

  /** The epoch of a set that its maker may make, after the one before, over these parts. */
  async #checked(
    site: SiteId,
    given: Request<'rotateCommit'>['set'],
    over: { readonly before: StoredSet | null; readonly parts: readonly Uint8Array[] },
  ): Promise<number> {
    const { primitives, accounts, node, env } = this.#grounds;
    const of = await accounts.sites.site(site);
    if (of === null) throw new Fault('unknown', 'no such site');
    const set = await checkKeySet(primitives, { site, root: of.root, node }, given);
    if (!equal(set.maker, this.#gate.deviceKey)) throw new Fault('badProof', 'the set of another device');
    if (Math.abs(set.issuedMs - env.wallMs()) > clockSkewMs) throw new Fault('expired', 'a key set');
    const before = over.before === null ? null : await openKeySet(primitives, over.before.set);
    // A set that comes too late is answered as such, not as a broken chain.
    if (set.epoch <= of.keyEpoch) return set.epoch;
    const breach = breaksChain(set, before);
    if (breach !== null) throw new Fault('badProof', `a key set: ${breach}`);
    if (!equal(set.envelopes, hashOfParts(primitives, over.parts)))
      throw new Fault('badProof', 'a key set over other envelopes');
    if (isAnew(set)) await this.#requireLost(site, of.keyEpoch);
    return set.epoch;
  }

  /** Who makes a key without the one before could be handed that by an admin who is here (SPEC K10). */
  async #requireLost(site: SiteId, epoch: number): Promise<void> {
    const { user: own } = await this.#gate.user();
    for (const user of this.#gate.parts.reception.live.usersAt(site)) {
      if (user === own || (await this.#keys.envelope(site, epoch, user)) === null) continue;
      const { everywhere } = await permissionsIn(this.#grounds, user, site);
      if ((everywhere & permission.admin) !== 0)
        throw new Fault('taken', 'an admin is here who was given the newest key');
    }
  }

  async #forget(site: SiteId, epoch: number): Promise<void> {
    while (await this.#keys.forgetEnvelopes(site, epoch, FORGET_MAX));
  }

  async rotateAdd({ site, epoch, envelopes }: Request<'rotateAdd'>): Promise<object> {
    await this.#requireAdmin(site);
    const answer = await this.#keys.addSiteEnvelopes(site, epoch, envelopes);
    if (answer !== 'ok') throw new Fault('stale', 'the site has a newer key');
    for (const { user } of envelopes)
      this.#gate.parts.reception.live.tellUser(user, { what: 'sites', site }, this.#gate.session);
    return NOTHING;
  }

  async rekeyTake(): Promise<Answer<'rekeyTake'>> {
    const who = await this.#gate.user();
    const { rekey } = this.#gate.parts;
    const job = await takeJob({ grounds: this.#grounds, rekey }, who);
    return { job: job && { site: job.site, rotate: job.rotate } };
  }

  async rekeyRenew({ site }: Request<'rekeyRenew'>): Promise<object> {
    const { device } = await this.#gate.user();
    if (!this.#gate.parts.rekey.renew(site, device)) throw new Fault('unknown', 'the lease has ended');
    return NOTHING;
  }

  async rekeyReturn({ site }: Request<'rekeyReturn'>): Promise<object> {
    const { device } = await this.#gate.user();
    this.#gate.parts.rekey.giveBack(site, device);
    return NOTHING;
  }

  async #requireAdmin(site: SiteId): Promise<Who> {
    const who = await this.#gate.user();
    if (!(await isAdmin(this.#grounds, who, site)))
      throw new Fault('forbidden', 'you are no admin of this site');
    return who;
  }

  #tellUser(user: UserId): void {
    this.#gate.parts.reception.live.tellUser(user, { what: 'keys', site: null }, this.#gate.session);
  }

  get #grounds(): Grounds {
    return this.#gate.parts.grounds;
  }

  get #keys(): Grounds['accounts']['keys'] {
    return this.#grounds.accounts.keys;
  }
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
