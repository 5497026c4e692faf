/** Sites, memberships and invitations in memory (see `accounts-memory.ts`). */

import { assert, must } from 'copse/internal/base/assert.ts';
import { compare, equal, hex } from 'copse/internal/base/bytes.ts';
import { key, type DeviceId, type Key, type SiteId, type UserId } from 'copse/internal/base/ids.ts';
import type { ObjectId } from 'copse/internal/capability/cose.ts';
import type { MemoryGrants } from './accounts-memory-grants.ts';
import type { MemoryChanges, MemoryPeople } from './accounts-memory-people.ts';
import type { AdmissionBy } from './accounts.ts';
import {
  isWider,
  refusalOf,
  type AccessRecord,
  type InvitationRecord,
  type InvitationRefusal,
  type Joining,
  type LabelStored,
  type MemberRecord,
  type Membership,
  type NewInvitation,
  type NewSite,
  type SiteMembership,
  type SiteRecord,
  type Sites,
  type StoredGrant,
} from './accounts-sites.ts';

type StoredMember = Membership & { readonly leftMs: number | null };

const FIRST_KEY_EPOCH = 1;

export class MemorySites implements Sites {
  readonly #changes: MemoryChanges;
  readonly #people: MemoryPeople;
  readonly #sites = new Map<SiteId, SiteRecord>();
  readonly #grants: MemoryGrants;
  readonly #origins = new Map<SiteId, readonly string[]>();
  readonly #members = new Map<string, StoredMember>();
  readonly #invitations = new Map<string, InvitationRecord>();

  constructor(changes: MemoryChanges, people: MemoryPeople, grants: MemoryGrants) {
    this.#grants = grants;
    this.#changes = changes;
    this.#people = people;
  }

  async site(site: SiteId): Promise<SiteRecord | null> {
    const known = this.#sites.get(site);
    return known === undefined ? null : this.#counted(known);
  }

  keyEpochOf(site: SiteId): number | null {
    return this.#sites.get(site)?.keyEpoch ?? null;
  }

  /** Somebody has left this site. */
  onLeft: (site: SiteId) => void = () => {};

  allNow(): readonly SiteId[] {
    return [...this.#sites.keys()];
  }

  presentNow(site: SiteId): readonly UserId[] {
    return this.#membersOf(site).map(({ user }) => user);
  }

  hasLeft(site: SiteId, user: UserId): boolean {
    return this.#members.get(nameOf(site, user))?.leftMs !== null;
  }

  /** Those who are or were members. */
  everNow(site: SiteId): readonly UserId[] {
    return [...this.#members.values()].flatMap((member) => (member.site === site ? [member.user] : []));
  }

  sitesNow(user: UserId): readonly SiteId[] {
    return this.#sitesOf(user).map(({ site }) => site);
  }

  /** The envelope with which a member came, when it is of that epoch. */
  joinedWith(site: SiteId, user: UserId, epoch: number): Uint8Array | null {
    const member = this.#members.get(nameOf(site, user));
    return member?.keyEpoch === epoch ? member.envelope : null;
  }

  labelNow(site: SiteId): { readonly version: number; readonly label: Uint8Array } {
    const { version, label } = must(this.#sites.get(site), 'a label is of a site');
    return { version, label };
  }

  /** The next key epoch, with a label that is sealed under it. */
  raise(site: SiteId, keyEpoch: number, label: Uint8Array): void {
    const known = must(this.#sites.get(site), 'an epoch is of a site');
    this.#sites.set(site, { ...known, keyEpoch, version: known.version + 1, label: label.slice() });
  }

  async found(founding: NewSite): Promise<'ok' | 'taken' | 'full'> {
    const { site, founder, granted, atMs } = founding;
    const known = this.#sites.get(site);
    const held = this.#membership(site, founder);
    if (known !== undefined) {
      const same = equal(known.root, founding.root) && held?.attestation === granted.grant.id;
      return same ? 'ok' : 'taken';
    }
    if (this.#sitesOf(founder).length >= founding.sitesMax) return 'full';
    const root = key(founding.root.slice());
    const label = founding.label.slice();
    this.#sites.set(site, { site, root, label, version: 1, keyEpoch: FIRST_KEY_EPOCH, members: 1 });
    this.#enter(granted, {
      site,
      user: founder,
      keyEpoch: FIRST_KEY_EPOCH,
      envelope: founding.envelope.slice(),
      joinedMs: atMs,
      invitedBy: null,
    });
    return 'ok';
  }

  #enter(granted: StoredGrant, member: Omit<Membership, 'rights' | 'attestation'>): void {
    this.#addGrant(granted, member.user, member.joinedMs);
    const { grant } = granted;
    const stored = { ...member, rights: grant, attestation: grant.id, leftMs: null };
    this.#members.set(nameOf(member.site, member.user), stored);
  }

  /** A one-time key's attestation is held by nobody. */
  #addGrant({ grant, bytes, above }: StoredGrant, holder: UserId, atMs: number): void {
    this.#grants.add({ grant, bytes, above, holder, issuer: holder, group: null }, atMs);
  }

  async membership(site: SiteId, user: UserId): Promise<SiteMembership | null> {
    return this.#membership(site, user);
  }

  #membership(site: SiteId, user: UserId): SiteMembership | null {
    const member = this.#members.get(nameOf(site, user));
    const of = this.#sites.get(site);
    if (member === undefined || of === undefined || member.leftMs !== null) return null;
    const held = this.#grants.heldNow(site, user);
    if (held.some((holding) => holding.via === member.attestation))
      return { ...member, of: this.#counted(of) };
    // Her own has fallen: she is a member by what is left to her, or not any more.
    const left = held[0];
    if (left === undefined) return null;
    return { ...member, rights: left.rights, attestation: left.via, of: this.#counted(of) };
  }

  #counted(of: SiteRecord): SiteRecord {
    return { ...of, members: this.#membersOf(of.site).length };
  }

  #membersOf(site: SiteId): readonly StoredMember[] {
    return [...this.#members.values()].filter(
      (member) =>
        member.site === site && member.leftMs === null && this.#grants.heldNow(site, member.user).length > 0,
    );
  }

  async memberships(
    user: UserId,
    after: SiteId | null,
    countMax: number,
  ): Promise<readonly SiteMembership[]> {
    const all = this.#sitesOf(user).filter((member) => member.site > (after ?? ''));
    return all.toSorted((a, b) => (a.site < b.site ? -1 : 1)).slice(0, countMax);
  }

  #sitesOf(user: UserId): SiteMembership[] {
    return [...this.#sites.keys()].flatMap((site) => this.#membership(site, user) ?? []);
  }

  async members(site: SiteId, after: UserId | null, countMax: number): Promise<readonly MemberRecord[]> {
    const all = this.#membersOf(site);
    const behind = all.filter((member) => member.user > (after ?? ''));
    return behind
      .toSorted((a, b) => (a.user < b.user ? -1 : 1))
      .slice(0, countMax)
      .map(({ user, rights, joinedMs, invitedBy }) => {
        const { key, profile } = must(this.#people.userNow(user), 'a member is a user');
        return { user, key, name: profile.name, rights, joinedMs, invitedBy };
      });
  }

  async writers(site: SiteId, devices: readonly DeviceId[]) {
    return devices.flatMap((device) => {
      const user = this.#people.deviceNow(device)?.user;
      if (user === undefined || !this.#members.has(nameOf(site, user))) return [];
      return [{ device, user, name: must(this.#people.userNow(user), 'a device has a user').profile.name }];
    });
  }

  async path(attestation: ObjectId): Promise<readonly Uint8Array[]> {
    return this.#grants.path(attestation);
  }

  async origins(site: SiteId): Promise<readonly string[]> {
    return this.#origins.get(site) ?? [];
  }

  async setOrigins(site: SiteId, origins: readonly string[], atMs: number): Promise<boolean> {
    if (!this.#sites.has(site)) return false;
    this.#origins.set(site, [...origins]);
    this.#changes.append({ kind: 'origins', site }, atMs);
    return true;
  }

  async updateLabel(site: SiteId, version: number, label: Uint8Array): Promise<LabelStored> {
    const known = this.#sites.get(site);
    if (known === undefined) return { kind: 'unknown' };
    if (known.version !== version) return { kind: 'stale', version: known.version, label: known.label };
    this.#sites.set(site, { ...known, version: version + 1, label: label.slice() });
    return { kind: 'ok', version: version + 1 };
  }

  async invite(invitation: NewInvitation): Promise<'ok' | 'taken' | 'full' | 'forbidden'> {
    const { site, by, granted, atMs, expiresMs } = invitation;
    const { grant } = granted;
    const known = this.#invitations.get(hex(grant.subject));
    if (known !== undefined) return known.attestation === grant.id ? 'ok' : 'taken';
    const held = this.#membership(site, by);
    if (held === null || held.attestation !== granted.above) return 'forbidden';
    const above = must(this.#grants.get(held.attestation), 'a member has a grant');
    if (above.quota > 0 && above.below >= above.quota) return 'full';
    const open = [...this.#invitations.values()].filter((row) => row.site === site && isOpen(row, atMs));
    if (open.length >= invitation.openMax) return 'full';
    this.#addGrant(granted, by, atMs);
    this.#invitations.set(hex(grant.subject), {
      key: key(grant.subject.slice()),
      site,
      by,
      rights: grant,
      attestation: grant.id,
      keyEpoch: held.of.keyEpoch,
      envelope: invitation.envelope.slice(),
      createdMs: atMs,
      expiresMs,
      takenBy: null,
      joinedMs: null,
      withdrawnMs: null,
    });
    return 'ok';
  }

  async invitation(key: Key): Promise<InvitationRecord | null> {
    return this.#offered(key);
  }

  /** An invitation falls with what it stands on. */
  #offered(oneTime: Key): InvitationRecord | null {
    const row = this.#invitations.get(hex(oneTime));
    if (row === undefined) return null;
    const isFallen = row.joinedMs === null && row.withdrawnMs === null && !this.#grants.has(row.attestation);
    return isFallen ? { ...row, withdrawnMs: row.createdMs } : row;
  }

  async invitations(site: SiteId, by: UserId | null, countMax: number): Promise<readonly InvitationRecord[]> {
    const all = [...this.#invitations.values()].filter(
      (row) => row.site === site && (by === null || row.by === by),
    );
    return all.toSorted((a, b) => b.createdMs - a.createdMs || compare(a.key, b.key)).slice(0, countMax);
  }

  /** Reserves an invitation for somebody who signs up with it. */
  take(by: AdmissionBy & { kind: 'invitation' }, user: UserId, nowMs: number): InvitationRefusal | null {
    const invitation = this.#offered(by.key);
    if (invitation === null) return 'unknown';
    const refusal = refusalOf(invitation, user, nowMs);
    if (refusal === null) this.#invitations.set(hex(by.key), { ...invitation, takenBy: user });
    return refusal;
  }

  async withdraw(site: SiteId, key: Key, atMs: number): Promise<'ok' | 'unknown' | 'used'> {
    const invitation = this.#invitations.get(hex(key));
    if (invitation === undefined || invitation.site !== site) return 'unknown';
    if (invitation.joinedMs !== null) return 'used';
    this.#invitations.set(hex(key), { ...invitation, withdrawnMs: invitation.withdrawnMs ?? atMs });
    return 'ok';
  }

  async join(joining: Joining): Promise<'ok' | InvitationRefusal | 'taken' | 'full'> {
    const { site, user, granted, atMs } = joining;
    const invitation = this.#offered(joining.key);
    if (invitation === null || invitation.site !== site) return 'unknown';
    const held = this.#membership(site, user);
    if (held !== null && invitation.joinedMs !== null && invitation.takenBy === user) return 'ok';
    const refusal = refusalOf(invitation, user, atMs);
    if (refusal !== null) return refusal;
    assert(granted.above === invitation.attestation, 'the exchange stands on its invitation');
    const of = must(this.#sites.get(site), 'an invitation is of a site');
    if (held !== null && !isWider(granted.grant, held.rights, atMs)) return 'taken';
    const isFull =
      this.#membersOf(site).length >= joining.membersMax || this.#sitesOf(user).length >= joining.sitesMax;
    if (held === null && isFull) return 'full';
    this.#enter(granted, {
      site,
      user,
      keyEpoch: invitation.keyEpoch,
      envelope: joining.envelope.slice(),
      joinedMs: held?.joinedMs ?? atMs,
      invitedBy: held === null ? invitation.by : held.invitedBy,
    });
    this.#invitations.set(hex(joining.key), { ...invitation, takenBy: user, joinedMs: atMs });
    if (held !== null) this.#changes.append({ kind: 'site', site, keyEpoch: of.keyEpoch }, atMs);
    return 'ok';
  }

  async leave(site: SiteId, user: UserId, atMs: number): Promise<boolean> {
    const member = this.#members.get(nameOf(site, user));
    const of = this.#sites.get(site);
    if (member === undefined || of === undefined || member.leftMs !== null) return false;
    this.#members.set(nameOf(site, user), { ...member, leftMs: atMs });
    this.onLeft(site);
    this.#grants.giveBack(site, user);
    for (const [name, row] of this.#invitations) {
      if (row.site !== site || row.by !== user || row.joinedMs !== null) continue;
      this.#invitations.set(name, { ...row, withdrawnMs: row.withdrawnMs ?? atMs });
    }
    this.#changes.append({ kind: 'grant', user, site }, atMs);
    return true;
  }

  async access(user: UserId, device: DeviceId, site: SiteId): Promise<AccessRecord | null> {
    const holdings = this.#grants.heldNow(site, user);
    const known = this.#people.deviceNow(device);
    const of = this.#sites.get(site);
    if (holdings.length === 0 || of === undefined || known?.user !== user) return null;
    const plain = holdings.map(({ rights, stands, number }) => ({ site, user, rights, stands, number }));
    return { holdings: plain, keyEpoch: of.keyEpoch, revokedMs: known.revokedMs };
  }
}

function nameOf(site: SiteId, user: UserId): string {
  return `${site} ${user}`;
}

function isOpen(row: InvitationRecord, nowMs: number): boolean {
  return row.joinedMs === null && row.withdrawnMs === null && nowMs < row.expiresMs;
}
