/** Rights in SQLite (interface and promises: `accounts-grants.ts`). */

import { must } from 'copse/internal/base/assert.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import {
  key,
  siteId,
  userId,
  type Key,
  type LogId,
  type SiteId,
  type UserId,
} from 'copse/internal/base/ids.ts';
import type { Attestation } from 'copse/internal/capability/attestation.ts';
import type { ObjectId } from 'copse/internal/capability/cose.ts';
import { folderOf } from 'copse/internal/capability/policy.ts';
import type {
  Attested,
  Attesting,
  Blast,
  GrantRecord,
  Grants,
  GroupRecord,
  Holding,
  HoldingCursor,
  PlacedGrant,
  RevocationRecord,
  Revoked,
  Revoking,
  SealedRecord,
} from './accounts-grants.ts';
import { KINDS, Refused, routeIds, type Attestations } from './accounts-sqlite-attestations.ts';
import { blastOf } from './accounts-sqlite-blast.ts';
import { briefOf } from './accounts-sqlite-layout-step.ts';
import type { ListAsked, Recall } from './accounts-sqlite-recall.ts';
import type { SqliteChanges, Write } from './accounts-sqlite-changes.ts';
import type { Falling } from './accounts-sqlite-falling.ts';
import {
  attestationBy,
  caveatsOf,
  merged,
  resourceOf,
  revocationOf,
  RowHolding,
  standingOf,
  type AttestationRow,
  type GrantsStatements,
  type ListedRow,
} from './accounts-sqlite-grants-rows.ts';

const FIRST = { user: '', number: 0 };

export interface SqliteGrantsParts {
  readonly write: Write;
  readonly changes: SqliteChanges;
  readonly statements: GrantsStatements;
  readonly attestations: Attestations;
  readonly falling: Falling;
  readonly recall: Recall;
  readonly schedule: (task: () => void) => void;
}

export class SqliteGrants implements Grants {
  readonly #parts: SqliteGrantsParts;
  readonly #of: GrantsStatements;

  constructor(parts: SqliteGrantsParts) {
    this.#parts = parts;
    this.#of = parts.statements;
  }

  async held(site: SiteId, user: UserId): Promise<readonly Holding[]> {
    return this.#holdings(this.#of.listed.all(site, user));
  }

  #holdings(rows: readonly ListedRow[]): readonly Holding[] {
    const { falling } = this.#parts;
    const standing = falling.isSettled ? rows : rows.filter((row) => !falling.has(row.stands));
    return standing.map((row) => new RowHolding(row));
  }

  #hashOf(id: number): ObjectId {
    return must(this.#of.hashOf.get(id), 'a row stands on an attestation').hash;
  }

  async attest(order: Attesting): Promise<Attested> {
    try {
      return await this.#parts.write(() => this.#attest(order));
    } catch (thrown) {
      if (thrown instanceof Refused) return thrown.answer;
      throw thrown;
    }
  }

  #attest(order: Attesting): Attested {
    const rows: AttestationRow[] = [];
    let isNew = false;
    for (const [at, link] of order.path.entries()) {
      const known = attestationBy(this.#of, link.grant.id);
      if (known !== null && known.revoked_ms !== null) return this.#refuse(isNew, 'revoked');
      if (known !== null && known.ended_ms === null) {
        if (this.#parts.falling.has(known.stands)) return this.#refuse(isNew, 'revoked');
        rows.push(known);
        continue;
      }
      const above = link.above === null ? null : must(rowOf(rows, link.above), 'above comes before');
      const refusal = this.#refusal(order, link, above);
      if (refusal !== null) return this.#refuse(isNew, refusal);
      const { grant, bytes, group, holder } = link;
      const route = rows.slice(link.from, at);
      const entry = { grant, bytes, above, route, holder, group, atMs: order.atMs };
      const added = this.#parts.attestations.put(entry, known);
      const owner = grant.subjectKind === 'user' ? holder : null;
      const sites = this.#parts.attestations.spread(added, owner, order.spreadMax);
      this.#tellWidened(sites, owner, order.atMs);
      rows.push(added);
      isNew = true;
    }
    return isNew ? 'ok' : 'known';
  }

  /** So that tails ask anew: what one user has more, or a whole group. */
  #tellWidened(sites: ReadonlySet<string>, user: UserId | null, atMs: number): void {
    const { changes } = this.#parts;
    for (const site of sites) {
      if (user !== null) changes.append({ kind: 'widened', user, site: siteId(site) }, atMs);
      const epoch = user === null ? this.#of.keyEpoch.get(site) : null;
      if (epoch !== null)
        changes.append({ kind: 'site', site: siteId(site), keyEpoch: epoch.key_epoch }, atMs);
    }
  }

  /** What was added of the path before it broke is taken back with it. */
  #refuse(isNew: boolean, answer: Attested): Attested {
    if (isNew) throw new Refused(answer);
    return answer;
  }

  #refusal(order: Attesting, link: PlacedGrant, above: AttestationRow | null): Attested | null {
    const { grant } = link;
    // What comes from a one-time key is admitted by joining, which uses it up.
    if (above !== null && KINDS[above.kind] === 'oneTime') return 'used';
    if (grant.subjectKind === 'user') {
      const { count } = must(this.#of.heldCount.get(grant.site, link.holder), 'a count');
      if (count >= order.holdingsMax) return 'full';
    }
    if (above === null) return null;
    if (above.quota > 0 && above.below >= above.quota) return 'quota';
    if (above.below >= order.belowMax) return 'full';
    const holds = this.#of.heldBy.get(above.site, link.issuer, above.id) !== null;
    return holds ? null : 'forbidden';
  }

  async attestation(id: ObjectId): Promise<GrantRecord | null> {
    const row = attestationBy(this.#of, id);
    return row === null ? null : this.#recordOf(row);
  }

  #recordOf(row: AttestationRow): GrantRecord {
    const isFalling = this.#parts.falling.has(row.stands);
    return {
      id: row.hash,
      number: row.id,
      site: siteId(row.site),
      grant: grantOf(row),
      above: row.above === null ? null : this.#hashOf(row.above),
      atMs: row.at_ms,
      below: row.below,
      endedMs: row.revoked_ms ?? row.ended_ms ?? (isFalling ? row.at_ms : null),
    };
  }

  async path(id: ObjectId): Promise<readonly Uint8Array[]> {
    const row = attestationBy(this.#of, id);
    return row === null ? [] : [...this.#routeOf(row), row].map((link) => link.body);
  }

  #routeOf(row: AttestationRow): readonly AttestationRow[] {
    return routeIds(row).map((id) => must(this.#of.byId.get(id), 'a path is stored whole'));
  }

  async pathOf({ number }: Pick<Holding, 'number'>): Promise<readonly Uint8Array[]> {
    const path: Uint8Array[] = [];
    for (let row = this.#of.heldOne.get(number); row !== null;) {
      const via = must(this.#of.byId.get(row.via), 'a row stands on an attestation');
      path.push(...[...this.#routeOf(via), via].map((link) => link.body));
      row = row.through === null ? null : this.#of.heldOne.get(row.through);
    }
    return path;
  }

  async standing(ids: readonly ObjectId[]) {
    return ids.map((id) => this.#standing(id));
  }

  #standing(id: ObjectId): 'stands' | 'fallen' | 'sealed' | 'unknown' {
    const row = attestationBy(this.#of, id);
    if (row !== null) {
      return row.ended_ms === null && row.revoked_ms === null && !this.#parts.falling.has(row.stands)
        ? 'stands'
        : 'fallen';
    }
    const sealed = this.#of.sealed.get(id);
    if (sealed === null) return 'unknown';
    return sealed.revoked_ms === null ? 'sealed' : 'fallen';
  }

  async revoke(order: Revoking): Promise<Revoked> {
    let begun = 0;
    try {
      const answer = await this.#parts.write(() => {
        const row = attestationBy(this.#of, order.attestation);
        if (row === null) return this.#revokeSealed(order);
        if (row.site !== order.site) return 'unknown';
        const issuers = [row, ...this.#routeOf(row)].map((link) => link.issuer);
        if (!issuers.some((issuer) => equal(issuer, order.issuer))) return 'forbidden';
        if (row.revoked_ms !== null) return 'known';
        if (this.#lacksKey(order)) return 'stale';
        begun = row.id;
        this.#of.end.run(order.atMs, row.id);
        this.#record(order);
        this.#parts.falling.begin(row.id, row.hash, order.atMs);
        return 'ok';
      });
      if (begun !== 0) this.#parts.falling.work();
      return answer;
    } catch (thrown) {
      if (begun !== 0) this.#parts.falling.undo(begun);
      throw thrown;
    }
  }

  #record({ id, site, attestation, issuer, atMs, bytes }: Revoking): void {
    this.#of.addRevocation.run(id, site, attestation, issuer, atMs, bytes);
    this.#parts.changes.append({ kind: 'fallen', attestation: standingOf(attestation) }, atMs);
  }

  /** Of a sealed grant only its hash is known: who may revoke it is whoever sealed it, and shown by the proof else. */
  #revokeSealed(order: Revoking): Revoked {
    const sealed = this.#of.sealed.get(order.attestation);
    if (sealed === null || sealed.site !== order.site) return 'unknown';
    if (sealed.revoked_ms !== null) return 'known';
    if (this.#lacksKey(order)) return 'stale';
    this.#of.revokeSealed.run(order.atMs, order.attestation);
    this.#record(order);
    return 'ok';
  }

  /** In the transaction of the revocation: a key that is made meanwhile comes before it or after it. */
  #lacksKey({ site, holder }: Revoking): boolean {
    return holder !== null && this.#of.lacksKey.get(site, holder) !== null;
  }

  settled(): Promise<void> {
    return this.#parts.falling.settled();
  }

  async preview(id: ObjectId, someMax: number): Promise<Blast | null> {
    const row = attestationBy(this.#of, id);
    if (row === null) return null;
    return blastOf(this.#of, row.id, { someMax, schedule: this.#parts.schedule });
  }

  async whoHolds(
    site: SiteId,
    log: LogId | null,
    after: HoldingCursor | null,
    countMax: number,
  ): Promise<readonly Holding[]> {
    const asked = { log, after, countMax };
    return this.#holdings(this.#parts.recall.list(site, asked, () => this.#who(site, asked)));
  }

  #who(site: SiteId, { log, after, countMax }: ListAsked): readonly ListedRow[] {
    const { user, number } = after ?? FIRST;
    if (log === null) return this.#of.who.all(site, user, number, countMax);
    const narrower = [folderOf(log), log].flatMap((resource) =>
      this.#of.whoOf.all(site, resource, user, number, countMax),
    );
    const rows = [...this.#of.whoOfAll.all(site, user, number, countMax), ...narrower];
    const sorted = rows.toSorted((a, b) => (a.user === b.user ? a.id - b.id : a.user < b.user ? -1 : 1));
    return sorted.slice(0, countMax);
  }

  async whatHolds(
    user: UserId,
    after: { readonly site: SiteId; readonly number: number } | null,
    countMax: number,
  ): Promise<readonly Holding[]> {
    const brief = briefOf(user);
    const from = after?.number ?? 0;
    const found = this.#of.what.all(brief, from, user, countMax);
    const get = (id: number): ListedRow | null => {
      const row = this.#of.listedOne.get(id);
      return row?.user === user ? row : null;
    };
    return this.#holdings(merged(found, this.#of.late.persons.waiting(brief, from), { countMax, get }));
  }

  async page(site: SiteId, after: number, countMax: number): Promise<readonly GrantRecord[]> {
    const found = this.#of.page.all(briefOf(site), after, site, countMax);
    return this.#paged(site, after, { found, countMax, isIn: (row) => row.ended_ms === null });
  }

  async since(site: SiteId, after: number, countMax: number): Promise<readonly GrantRecord[]> {
    const found = this.#of.since.all(briefOf(site), after, site, countMax);
    return this.#paged(site, after, { found, countMax, isIn: () => true });
  }

  #paged(site: SiteId, after: number, page: GrantsPage): readonly GrantRecord[] {
    const { found, countMax, isIn } = page;
    const get = (id: number): AttestationRow | null => {
      const row = this.#of.byId.get(id);
      return row?.site === site && isIn(row) ? row : null;
    };
    const waiting = this.#of.late.places.waiting(briefOf(site), after);
    return merged(found, waiting, { countMax, get }).map((row) => this.#recordOf(row));
  }

  async revocations(site: SiteId, after: number, countMax: number): Promise<readonly RevocationRecord[]> {
    return this.#of.revocations.all(site, after, countMax).map(revocationOf);
  }

  foundGroup(group: GroupRecord & { readonly by: UserId }): Promise<'ok' | 'taken'> {
    return this.#parts.write(() => {
      const known = this.#of.group.get(group.group);
      if (known !== null) return known.by_user === group.by && known.title === group.title ? 'ok' : 'taken';
      this.#of.addGroup.run(group.group, group.root, group.title, group.by, group.atMs);
      return 'ok';
    });
  }

  async group(id: SiteId): Promise<GroupRecord | null> {
    const row = this.#of.group.get(id);
    if (row === null) return null;
    return { group: siteId(row.id), root: key(row.root), title: row.title, atMs: row.at_ms };
  }

  seal(grant: Omit<SealedRecord, 'revokedMs'>, countMax: number): Promise<'ok' | 'taken' | 'full'> {
    return this.#parts.write(() => {
      const known = this.#of.sealed.get(grant.id);
      if (known !== null) return known.site === grant.site && known.by_user === grant.by ? 'ok' : 'taken';
      if (attestationBy(this.#of, grant.id) !== null) return 'taken';
      if ((this.#of.sealedIn.get(grant.site, countMax)?.count ?? 0) >= countMax) return 'full';
      this.#of.addSealed.run(grant.id, grant.site, grant.by, grant.atMs);
      // Whom it is for nobody knows: a tail that was told that no proof helps here asks anew for all.
      this.#tellWidened(new Set([grant.site]), null, grant.atMs);
      return 'ok';
    });
  }

  async sealed(id: ObjectId): Promise<SealedRecord | null> {
    const row = this.#of.sealed.get(id);
    if (row === null) return null;
    const { hash, site, by_user, at_ms, revoked_ms } = row;
    return { id: hash, site: siteId(site), by: userId(by_user), atMs: at_ms, revokedMs: revoked_ms };
  }

  async hasSealed(site: SiteId): Promise<boolean> {
    return (this.#of.sealedIn.get(site, 1)?.count ?? 0) > 0;
  }
}

interface GrantsPage {
  readonly found: readonly AttestationRow[];
  readonly countMax: number;
  readonly isIn: (row: AttestationRow) => boolean;
}

function rowOf(rows: readonly AttestationRow[], hash: ObjectId): AttestationRow | null {
  return rows.find((row) => row.hash === hash) ?? null;
}

function grantOf(row: AttestationRow): Attestation {
  return {
    id: row.hash,
    issuer: key(row.issuer) satisfies Key,
    subject: key(row.subject),
    subjectKind: must(KINDS[row.kind], 'a stored kind is one'),
    site: siteId(row.site),
    resource: resourceOf(row.resource),
    permissions: row.permissions,
    delegations: row.delegations,
    notBeforeMs: row.not_before_ms,
    expiresMs: row.expires_ms,
    quota: row.quota,
    caveats: caveatsOf(row.own_caveats),
    nonce: new Uint8Array(0),
  };
}
