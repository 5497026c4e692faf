/** Sites, memberships and invitations in SQLite (interface: `accounts-sites.ts`). */

import { assert, must } from 'copse/internal/base/assert.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import {
  deviceId,
  userId,
  type DeviceId,
  type Key,
  type SiteId,
  type UserId,
} from 'copse/internal/base/ids.ts';
import { spreadMax } from 'copse/internal/base/limits.ts';
import type { ObjectId } from 'copse/internal/capability/cose.ts';
import {
  isWider,
  refusalOf,
  type AccessRecord,
  type InvitationRecord,
  type InvitationRefusal,
  type Joining,
  type LabelStored,
  type MemberRecord,
  type NewInvitation,
  type NewSite,
  type SiteMembership,
  type SiteRecord,
  type Sites,
  type StoredGrant,
} from './accounts-sites.ts';
import type { Grants } from './accounts-grants.ts';
import { routeIds, type Attestations } from './accounts-sqlite-attestations.ts';
import type { SqliteChanges, Write } from './accounts-sqlite-changes.ts';
import type { Falling } from './accounts-sqlite-falling.ts';
import {
  attestationBy,
  rightsOfHeld,
  standsOf,
  type AttestationRow,
  type GrantsStatements,
} from './accounts-sqlite-grants-rows.ts';
import {
  invitationOf,
  memberOf,
  membershipOf,
  sitesStatements,
  siteOf,
  type InvitationRow,
  type MembershipRow,
  type SitesStatements,
} from './accounts-sqlite-rows.ts';
import type { Recall, SiteFacts } from './accounts-sqlite-recall.ts';
import type { Database } from './sqlite.ts';

/** Every site starts with it; a rotation raises it. */
const FIRST_KEY_EPOCH = 1;

export interface SqliteSitesParts {
  readonly database: Database;
  readonly write: Write;
  readonly changes: SqliteChanges;
  readonly rights: GrantsStatements;
  readonly attestations: Attestations;
  readonly falling: Falling;
  readonly recall: Recall;
  readonly grants: Pick<Grants, 'path'>;
}

export class SqliteSites implements Sites {
  readonly #write: Write;
  readonly #changes: SqliteChanges;
  readonly #statements: SitesStatements;
  readonly #rights: GrantsStatements;
  readonly #attestations: Attestations;
  readonly #falling: Falling;
  readonly #recall: Recall;
  readonly #grants: Pick<Grants, 'path'>;

  constructor(parts: SqliteSitesParts) {
    this.#write = parts.write;
    this.#changes = parts.changes;
    this.#statements = sitesStatements(parts.database);
    this.#rights = parts.rights;
    this.#attestations = parts.attestations;
    this.#falling = parts.falling;
    this.#recall = parts.recall;
    this.#grants = parts.grants;
  }

  async site(site: SiteId): Promise<SiteRecord | null> {
    const row = this.#statements.site.get(site);
    return row === null ? null : siteOf(row);
  }

  found(founding: NewSite): Promise<'ok' | 'taken' | 'full'> {
    return this.#write(() => {
      const { site, founder, granted, atMs } = founding;
      if (this.#statements.site.get(site) !== null) return this.#isFoundedBy(founding) ? 'ok' : 'taken';
      if (this.#countSites(founder) >= founding.sitesMax) return 'full';
      this.#statements.addSite.run(site, founding.root, founding.label, FIRST_KEY_EPOCH, atMs);
      const attestation = this.#addGrant(granted, founder, atMs);
      const { envelope } = founding;
      this.#statements.putMember.run(site, founder, attestation, FIRST_KEY_EPOCH, envelope, atMs, null);
      return 'ok';
    });
  }

  #isFoundedBy(founding: NewSite): boolean {
    const held = this.#membership(founding.site, founding.founder);
    return (
      held !== null && equal(held.of.root, founding.root) && held.attestation === founding.granted.grant.id
    );
  }

  async membership(site: SiteId, user: UserId): Promise<SiteMembership | null> {
    return this.#membership(site, user);
  }

  #membership(site: SiteId, user: UserId): SiteMembership | null {
    const row = this.#statements.membership.get(site, user);
    return row === null ? null : this.#standing(row);
  }

  /** As it will be when what has fallen is cleaned up: by another path, or not at all. */
  #standing(row: MembershipRow): SiteMembership | null {
    if (!this.#falling.has(row.stands)) return membershipOf(row);
    const rows = this.#rights.held.all(row.site, row.user);
    const left = rows.find((held) => !this.#falling.has(held.stands));
    if (left === undefined) return null;
    const via = must(this.#rights.byId.get(left.via), 'a row stands on an attestation');
    return { ...membershipOf(row), rights: rightsOfHeld(left), attestation: via.hash };
  }

  async memberships(
    user: UserId,
    after: SiteId | null,
    countMax: number,
  ): Promise<readonly SiteMembership[]> {
    return this.#statements.memberships
      .all(user, after ?? '', countMax)
      .flatMap((row) => this.#standing(row) ?? []);
  }

  async members(site: SiteId, after: UserId | null, countMax: number): Promise<readonly MemberRecord[]> {
    return this.#statements.members
      .all(site, after ?? '', countMax)
      .filter((row) => !this.#falling.has(row.stands) || this.#membership(site, userId(row.user)) !== null)
      .map(memberOf);
  }

  async writers(site: SiteId, devices: readonly DeviceId[]) {
    return devices.flatMap((device) => {
      const row = this.#statements.writer.get(device, site);
      return row === null ? [] : [{ device: deviceId(row.device), user: userId(row.user), name: row.name }];
    });
  }

  async path(attestation: ObjectId): Promise<readonly Uint8Array[]> {
    return this.#grants.path(attestation);
  }

  async origins(site: SiteId): Promise<readonly string[]> {
    return this.#facts(site)?.origins ?? [];
  }

  #facts(site: SiteId): SiteFacts | null {
    return this.#recall.site(site, () => {
      const of = this.#statements.keyEpoch.get(site);
      if (of === null) return null;
      const origins = this.#statements.origins.all(site).map(({ origin }) => origin);
      return { keyEpoch: of.key_epoch, origins };
    });
  }

  setOrigins(site: SiteId, origins: readonly string[], atMs: number): Promise<boolean> {
    return this.#write(() => {
      if (this.#statements.keyEpoch.get(site) === null) return false;
      this.#statements.dropOrigins.run(site);
      for (const [place, origin] of origins.entries()) this.#statements.addOrigin.run(site, place, origin);
      this.#changes.append({ kind: 'origins', site }, atMs);
      return true;
    });
  }

  updateLabel(site: SiteId, version: number, label: Uint8Array): Promise<LabelStored> {
    return this.#write((): LabelStored => {
      if (this.#statements.setLabel.run(label, site, version) > 0)
        return { kind: 'ok', version: version + 1 };
      const row = this.#statements.site.get(site);
      if (row === null) return { kind: 'unknown' };
      return { kind: 'stale', version: row.version, label: row.label };
    });
  }

  invite(invitation: NewInvitation): Promise<'ok' | 'taken' | 'full' | 'forbidden'> {
    return this.#write(() => {
      const { site, by, granted, envelope, atMs, expiresMs } = invitation;
      const known = this.#invitation(granted.grant.subject);
      if (known !== null) return known.attestation === granted.grant.id ? 'ok' : 'taken';
      const held = this.#membership(site, by);
      if (held === null || held.attestation !== granted.above) return 'forbidden';
      const above = this.#rowOf(held.attestation);
      if (above.quota > 0 && above.below >= above.quota) return 'full';
      const open = this.#statements.countOpen.get(site, atMs)?.count ?? 0;
      if (open >= invitation.openMax) return 'full';
      const { subject } = granted.grant;
      const attestation = this.#addGrant(granted, null, atMs);
      const { keyEpoch } = held.of;
      this.#statements.addInvitation.run(subject, site, by, attestation, keyEpoch, envelope, atMs, expiresMs);
      return 'ok';
    });
  }

  async invitation(key: Key): Promise<InvitationRecord | null> {
    return this.#invitation(key);
  }

  #invitation(key: Key): InvitationRecord | null {
    const row = this.#statements.invitation.get(key);
    return row === null ? null : this.#offered(row);
  }

  async invitations(site: SiteId, by: UserId | null, countMax: number): Promise<readonly InvitationRecord[]> {
    return this.#statements.invitations.all(site, by, by, countMax).map((row) => this.#offered(row));
  }

  /** An invitation falls with what it stands on. */
  #offered(row: InvitationRow): InvitationRecord {
    const invitation = invitationOf(row);
    const isFallen = invitation.withdrawnMs === null && this.#falling.has(row.stands);
    return isFallen ? { ...invitation, withdrawnMs: invitation.createdMs } : invitation;
  }

  withdraw(site: SiteId, key: Key, atMs: number): Promise<'ok' | 'unknown' | 'used'> {
    return this.#write(() => {
      const invitation = this.#invitation(key);
      if (invitation === null || invitation.site !== site) return 'unknown';
      if (invitation.joinedMs !== null) return 'used';
      this.#statements.withdraw.run(atMs, key);
      return 'ok';
    });
  }

  join(joining: Joining): Promise<'ok' | InvitationRefusal | 'taken' | 'full'> {
    return this.#write(() => {
      const { site, user, granted, atMs } = joining;
      const invitation = this.#invitation(joining.key);
      if (invitation === null || invitation.site !== site) return 'unknown';
      const held = this.#membership(site, user);
      // Asked again by whom it has admitted, for instance because the answer was lost.
      if (held !== null && invitation.joinedMs !== null && invitation.takenBy === user) return 'ok';
      const refusal = refusalOf(invitation, user, atMs);
      if (refusal !== null) return refusal;
      assert(granted.above === invitation.attestation, 'the exchange stands on its invitation');
      const blocked = held === null ? this.#isFull(joining) : !isWider(granted.grant, held.rights, atMs);
      if (blocked) return held === null ? 'full' : 'taken';
      this.#enter(joining, invitation, held);
      return 'ok';
    });
  }

  #isFull(joining: Joining): boolean {
    const members = this.#statements.site.get(joining.site)?.members ?? 0;
    return members >= joining.membersMax || this.#countSites(joining.user) >= joining.sitesMax;
  }

  #enter(joining: Joining, invitation: InvitationRecord, held: SiteMembership | null): void {
    const { site, user, granted, envelope, atMs } = joining;
    const joinedMs = held?.joinedMs ?? atMs;
    const invitedBy = held === null ? invitation.by : held.invitedBy;
    const attestation = this.#addGrant(granted, user, atMs);
    const { keyEpoch } = invitation;
    this.#statements.putMember.run(site, user, attestation, keyEpoch, envelope, joinedMs, invitedBy);
    this.#statements.useInvitation.run(user, atMs, joining.key);
    if (held === null) this.#statements.countMember.run(1, site);
    else this.#changes.append({ kind: 'site', site, keyEpoch: held.of.keyEpoch }, atMs);
  }

  leave(site: SiteId, user: UserId, atMs: number): Promise<boolean> {
    return this.#write(() => {
      if (this.#statements.leave.run(atMs, site, user) === 0) return false;
      this.#statements.countMember.run(-1, site);
      this.#statements.withdrawAll.run(atMs, site, user);
      this.#rights.giveBack.run(site, user);
      this.#recall.dropped();
      this.#changes.append({ kind: 'grant', user, site }, atMs);
      return true;
    });
  }

  async access(user: UserId, device: DeviceId, site: SiteId): Promise<AccessRecord | null> {
    const rows = this.#rights.access.all(site, user);
    if (rows.length === 0) return null;
    const known = this.#recall.device(device, () => this.#statements.device.get(device));
    if (known?.user !== user) return null;
    const holdings: AccessRecord['holdings'][number][] = [];
    for (const row of rows) {
      if (this.#falling.has(row.stands)) continue;
      holdings.push({ site, user, rights: rightsOfHeld(row), stands: standsOf(row.stands), number: row.id });
    }
    const of = this.#facts(site);
    if (holdings.length === 0 || of === null) return null;
    return { holdings, keyEpoch: of.keyEpoch, revokedMs: known.revoked_ms };
  }

  #countSites(user: UserId): number {
    return this.#statements.countSites.get(user)?.count ?? 0;
  }

  /** The row of a verified attestation, which is added when it is new. */
  #addGrant(granted: StoredGrant, holder: UserId | null, atMs: number): number {
    const { grant, bytes } = granted;
    const known = attestationBy(this.#rights, grant.id);
    if (known !== null) return known.id;
    const above = granted.above === null ? null : this.#rowOf(granted.above);
    const route = above === null ? [] : [...this.#routeOf(above), above];
    const entry = { grant, bytes, above, route, holder, group: null, atMs };
    const row = this.#attestations.put(entry, null);
    this.#attestations.spread(row, holder, spreadMax);
    return row.id;
  }

  #routeOf(row: AttestationRow): readonly AttestationRow[] {
    return routeIds(row).map((id) => must(this.#rights.byId.get(id), 'a path is stored whole'));
  }

  #rowOf(attestation: ObjectId): AttestationRow {
    return must(attestationBy(this.#rights, attestation), 'a path is stored from above');
  }
}
