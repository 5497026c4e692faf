/** The rights facet of a session (`api/rights.ts`): who asks, what she may be told, and whom to tell. */

import type { GrantRow, HoldingRow, RightsApi } from 'copse/internal/api/rights.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { SiteId, UserId } from 'copse/internal/base/ids.ts';
import { grantsPageMax, previewNamesMax, sealedPerSiteMax } from 'copse/internal/base/limits.ts';
import type { ObjectId } from 'copse/internal/capability/cose.ts';
import { siteIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import type { GrantRecord, Holding } from '../store/accounts-grants.ts';
import type { Gate } from './gate.ts';
import type { Grounds, Who } from './grounds.ts';
import { leaseToken } from './lease-token.ts';
import { requireOrigins } from './site-origins.ts';
import { attestProof, declareObject, foundGroup, isAdmin, revokeBy, rootOf } from './rights.ts';

type Request<Name extends keyof RightsApi> = Parameters<RightsApi[Name]>[0];
type Answer<Name extends keyof RightsApi> = Awaited<ReturnType<RightsApi[Name]>>;

const NOTHING = {};

export class RightsFacet implements RightsApi {
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  async attest({ site, proof }: Request<'attest'>): Promise<Answer<'attest'>> {
    await this.#gate.user();
    this.#gate.parts.feed.requireRoom();
    const root = await rootOf(this.#grounds, site);
    const { last, fresh } = await attestProof(this.#grounds, root, proof);
    if (fresh) this.#tell(last.site, userIdOf(this.#grounds.primitives, last.subject));
    return { id: last.id, fresh };
  }

  async declare({ object }: Request<'declare'>): Promise<Answer<'declare'>> {
    await this.#gate.user();
    this.#gate.parts.feed.requireRoom();
    const declared = await declareObject(this.#grounds, object);
    if (declared.kind === 'revocation') {
      this.#tell(declared.site, null);
      return { kind: 'revocation', id: declared.id };
    }
    const { grant } = declared;
    this.#tell(grant.site, userIdOf(this.#grounds.primitives, grant.subject));
    return { kind: 'attestation', id: grant.id };
  }

  async revoke({ revocation, force }: Request<'revoke'>): Promise<Answer<'revoke'>> {
    await this.#gate.user();
    this.#gate.parts.feed.requireRoom();
    const { site, fresh } = await revokeBy(this.#grounds, revocation, force);
    if (fresh) this.#tell(site, null);
    return { fresh };
  }

  async proof({ attestation }: Request<'proof'>): Promise<Answer<'proof'>> {
    const who = await this.#gate.user();
    const row = await this.#onPath(who, attestation);
    const { grants } = this.#grounds.accounts;
    const held = await grants.held(row.site, who.user);
    const own = held.find((holding) => holding.via === attestation);
    const proof = own === undefined ? await grants.path(attestation) : await grants.pathOf(own);
    return { root: await this.#rootFor(row, proof), site: row.site, proof };
  }

  /** A group may be known by its members only, whose proofs begin with a site's. */
  async #rootFor(row: GrantRecord, proof: readonly Uint8Array[]) {
    if (proof.length === 0) throw new Fault('unknown', 'no such attestation');
    return rootOf(this.#grounds, row.site);
  }

  async preview({ attestation }: Request<'preview'>): Promise<Answer<'preview'>> {
    const who = await this.#gate.user();
    await this.#onPath(who, attestation);
    const { accounts } = this.#grounds;
    const blast = await accounts.grants.preview(attestation, previewNamesMax);
    if (blast === null) throw new Fault('unknown', 'no such attestation');
    const names = await Promise.all(
      blast.some.map(async (user) => ({ user, name: (await this.#person(user)).name })),
    );
    const { people, out, devices, sites, grants } = blast;
    return { people, out, devices, sites, grants, names };
  }

  async standing({ attestation }: Request<'standing'>): Promise<Answer<'standing'>> {
    const who = await this.#gate.user();
    const { grants } = this.#grounds.accounts;
    const sealed = await grants.sealed(attestation);
    if (sealed?.by !== who.user && (await this.#seen(who, attestation)) === null) return { state: 'unknown' };
    const [state = 'unknown'] = await grants.standing([attestation]);
    return { state: state === 'sealed' ? 'stands' : state };
  }

  /** An attestation, for those on its path and the admins of its site; nobody else learns that it exists. */
  async #onPath(who: Who, attestation: ObjectId): Promise<GrantRecord> {
    const row = await this.#seen(who, attestation);
    if (row === null) throw new Fault('unknown', 'no such attestation');
    return row;
  }

  async #seen(who: Who, attestation: ObjectId): Promise<GrantRecord | null> {
    const { grants } = this.#grounds.accounts;
    const row = await grants.attestation(attestation);
    if (row === null) return null;
    const { issuer, subject } = row.grant;
    if (equal(issuer, who.key) || equal(subject, who.key)) return row;
    const held = await grants.held(row.site, who.user);
    if (held.some((holding) => holding.via === attestation)) return row;
    return (await isAdmin(this.#grounds, who, row.site)) || (await this.#isAbove(who, row)) ? row : null;
  }

  async #isAbove(who: Who, row: GrantRecord): Promise<boolean> {
    const { grants } = this.#grounds.accounts;
    let above = row.above;
    while (above !== null) {
      const next = await grants.attestation(above);
      if (next === null) return false;
      if (equal(next.grant.issuer, who.key) || equal(next.grant.subject, who.key)) return true;
      above = next.above;
    }
    return false;
  }

  async whoHolds({ site, log, after }: Request<'whoHolds'>): Promise<Answer<'whoHolds'>> {
    const who = await this.#gate.user();
    await this.#requireInside(who, site);
    const { grants } = this.#grounds.accounts;
    const rows = await grants.whoHolds(site, log, after, grantsPageMax + 1);
    const holdings = await Promise.all(
      rows.slice(0, grantsPageMax).map(async (row) => ({
        holding: holdingRow(row),
        name: (await this.#person(row.user)).name,
      })),
    );
    return { holdings, more: rows.length > grantsPageMax };
  }

  async #requireInside(who: Who, site: SiteId): Promise<void> {
    const held = await this.#grounds.accounts.grants.held(site, who.user);
    if (held.length === 0) throw new Fault('forbidden', 'you hold nothing there');
  }

  async whatHolds({ user, site, after }: Request<'whatHolds'>): Promise<Answer<'whatHolds'>> {
    const who = await this.#gate.user();
    const { grants } = this.#grounds.accounts;
    const of = user ?? who.user;
    if (site !== null) {
      if (of !== who.user && !(await isAdmin(this.#grounds, who, site)))
        throw new Fault('forbidden', 'you are no admin of this site');
      return { holdings: (await grants.held(site, of)).map(holdingRow), more: false };
    }
    if (of !== who.user) throw new Fault('forbidden', 'name a site that you are an admin of');
    const rows = await grants.whatHolds(of, after, grantsPageMax + 1);
    return { holdings: rows.slice(0, grantsPageMax).map(holdingRow), more: rows.length > grantsPageMax };
  }

  async grants({ site, after }: Request<'grants'>): Promise<Answer<'grants'>> {
    const who = await this.#gate.user();
    await this.#requireInside(who, site);
    const seesAll = await isAdmin(this.#grounds, who, site);
    const rows = await this.#grounds.accounts.grants.page(site, after, grantsPageMax + 1);
    const page = rows.slice(0, grantsPageMax);
    const shown = page.filter(
      ({ grant }) => seesAll || equal(grant.issuer, who.key) || equal(grant.subject, who.key),
    );
    return {
      grants: await Promise.all(shown.map((row) => this.#grantRow(row))),
      next: page.at(-1)?.number ?? after,
      more: rows.length > grantsPageMax,
    };
  }

  async changes({ site, from }: Request<'changes'>): Promise<Answer<'changes'>> {
    const who = await this.#gate.user();
    if (!(await isAdmin(this.#grounds, who, site)))
      throw new Fault('forbidden', 'you are no admin of this site');
    const { grants } = this.#grounds.accounts;
    const granted = await grants.since(site, from.grants, grantsPageMax + 1);
    const revoked = await grants.revocations(site, from.revocations, grantsPageMax + 1);
    const rows = granted.slice(0, grantsPageMax);
    const revocations = revoked
      .slice(0, grantsPageMax)
      .map(({ number, attestation, issuer, atMs }) => ({ number, attestation, issuer, atMs }));
    return {
      grants: await Promise.all(rows.map((row) => this.#grantRow(row))),
      revocations,
      next: {
        grants: rows.at(-1)?.number ?? from.grants,
        revocations: revocations.at(-1)?.number ?? from.revocations,
      },
      more: granted.length > grantsPageMax || revoked.length > grantsPageMax,
    };
  }

  async foundGroup(request: Request<'foundGroup'>): Promise<Answer<'foundGroup'>> {
    const who = await this.#gate.user();
    this.#gate.parts.feed.requireRoom();
    return { group: await foundGroup(this.#grounds, who, request) };
  }

  async groups({ after }: Request<'groups'>): Promise<Answer<'groups'>> {
    const who = await this.#gate.user();
    const { grants } = this.#grounds.accounts;
    const rows = await grants.whatHolds(who.user, after, grantsPageMax);
    const found = await Promise.all(rows.map(async (row) => ({ row, group: await grants.group(row.site) })));
    const groups = found.flatMap(({ row, group }) =>
      group === null
        ? []
        : [{ group: group.group, root: group.root, title: group.title, rights: row.rights }],
    );
    const last = rows.length < grantsPageMax ? undefined : rows.at(-1);
    return { groups, next: last === undefined ? null : { site: last.site, number: last.number } };
  }

  async seal({ site, attestation }: Request<'seal'>): Promise<object> {
    const who = await this.#gate.user();
    const { accounts, env } = this.#grounds;
    const held = await accounts.grants.held(site, who.user);
    if (!held.some(({ rights }) => rights.delegations > 0))
      throw new Fault('forbidden', 'you hold nothing there that could be handed on');
    const order = { id: attestation, site, by: who.user, atMs: env.wallMs() };
    const answer = await accounts.grants.seal(order, sealedPerSiteMax);
    if (answer !== 'ok') throw new Fault(answer, 'a sealed grant');
    return NOTHING;
  }

  async origins({ site }: Request<'origins'>): Promise<Answer<'origins'>> {
    await this.#requireInside(await this.#gate.user(), site);
    return this.#grounds.accounts.sites.origins(site);
  }

  async setOrigins({ site, origins }: Request<'setOrigins'>): Promise<object> {
    const who = await this.#gate.user();
    if (!(await isAdmin(this.#grounds, who, site)))
      throw new Fault('forbidden', 'you are no admin of this site');
    requireOrigins(origins);
    this.#gate.parts.feed.requireRoom();
    const { accounts, env } = this.#grounds;
    if (!(await accounts.sites.setOrigins(site, origins, env.wallMs()))) throw new Fault('unknown');
    return NOTHING;
  }

  async lease({ shard, site, log, want, proof }: Request<'lease'>): Promise<Answer<'lease'>> {
    const who = await this.#gate.user();
    const { parts, address, origin } = this.#gate;
    return leaseToken(parts, { who, order: { shard, site, log, want, proof }, from: { address, origin } });
  }

  get #grounds(): Grounds {
    return this.#gate.parts.grounds;
  }

  #tell(site: SiteId, user: UserId | null): void {
    const { live } = this.#gate.parts.reception;
    live.tellSite(site, null);
    if (user !== null) live.tellUser(user, { what: 'sites', site }, null);
  }

  async #person(user: UserId): Promise<{ readonly name: string }> {
    return { name: (await this.#grounds.accounts.people.user(user))?.profile.name ?? '' };
  }

  async #grantRow(row: GrantRecord): Promise<GrantRow> {
    const { primitives, accounts } = this.#grounds;
    const { grant } = row;
    const issuerUser = userIdOf(primitives, grant.issuer);
    const subjectUser = userIdOf(primitives, grant.subject);
    const group =
      grant.subjectKind === 'group' ? await accounts.grants.group(siteIdOf(primitives, grant.subject)) : null;
    const { permissions, resource, delegations, notBeforeMs, expiresMs, quota, caveats } = grant;
    return {
      id: row.id,
      number: row.number,
      site: row.site,
      above: row.above,
      issuer: grant.issuer,
      issuerUser,
      issuerName: (await this.#person(issuerUser)).name,
      subject: grant.subject,
      subjectKind: grant.subjectKind,
      subjectUser,
      subjectName: group?.title ?? (await this.#person(subjectUser)).name,
      rights: { permissions, resource, delegations, notBeforeMs, expiresMs, quota, caveats },
      below: row.below,
      atMs: row.atMs,
      endedMs: row.endedMs,
    };
  }
}

function holdingRow({ site, user, rights, via, isShared, number }: Holding): HoldingRow {
  return { site, user, rights, via, shared: isShared, number };
}
