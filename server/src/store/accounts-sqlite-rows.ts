/** The statements about sites, their rows, and the records that the rows mean. */

import { key, siteId, userId } from 'copse/internal/base/ids.ts';
import type { Rights } from 'copse/internal/capability/policy.ts';
import type { InvitationRecord, MemberRecord, SiteMembership, SiteRecord } from './accounts-sites.ts';
import { resourceOf } from './accounts-sqlite-grants-rows.ts';
import type { Database, Statement } from './sqlite.ts';

const SITE = 'SELECT id, root, label, version, key_epoch, members FROM site WHERE id = ?';
const ADD_SITE = `
  INSERT INTO site (id, root, label, version, key_epoch, members, created_ms) VALUES (?, ?, ?, 1, ?, 1, ?)`;
const SET_LABEL = 'UPDATE site SET label = ?, version = version + 1 WHERE id = ? AND version = ?';
const COUNT_MEMBER = 'UPDATE site SET members = members + ? WHERE id = ?';

const RIGHTS = 'a.permissions, a.resource, a.delegations, a.not_before_ms, a.expires_ms, a.quota';
const MEMBERSHIP_COLUMNS = `
  m.site, m.user, m.key_epoch, m.envelope, m.joined_ms, m.invited_by, a.hash, a.stands, ${RIGHTS},
  s.root, s.label, s.version, s.key_epoch AS site_key_epoch, s.members
  FROM member m JOIN site s ON s.id = m.site JOIN attestation a ON a.id = m.attestation`;
const MEMBERSHIP = `SELECT ${MEMBERSHIP_COLUMNS} WHERE m.site = ? AND m.user = ? AND m.left_ms IS NULL`;
const MEMBERSHIPS = `
  SELECT ${MEMBERSHIP_COLUMNS} WHERE m.user = ? AND m.site > ? AND m.left_ms IS NULL ORDER BY m.site LIMIT ?`;
const COUNT_SITES = 'SELECT count(*) AS count FROM member WHERE user = ? AND left_ms IS NULL';
const MEMBERS = `
  SELECT m.user, u.key, u.name, m.joined_ms, m.invited_by, a.stands, ${RIGHTS}
  FROM member m JOIN user u ON u.id = m.user JOIN attestation a ON a.id = m.attestation
  WHERE m.site = ? AND m.user > ? AND m.left_ms IS NULL ORDER BY m.user LIMIT ?`;
const WRITER = `
  SELECT d.id AS device, u.id AS user, u.name
  FROM device d JOIN user u ON u.id = d.user JOIN member m ON m.user = u.id
  WHERE d.id = ? AND m.site = ?`;
const PUT_MEMBER = `
  INSERT INTO member (site, user, attestation, key_epoch, envelope, joined_ms, invited_by)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (site, user) DO UPDATE SET attestation = excluded.attestation, key_epoch = excluded.key_epoch,
    envelope = excluded.envelope, joined_ms = excluded.joined_ms, invited_by = excluded.invited_by,
    left_ms = NULL`;
const LEAVE = 'UPDATE member SET left_ms = ? WHERE site = ? AND user = ? AND left_ms IS NULL';
/** Look-ups by key, one after the other: every further cursor of a statement costs more than a statement. */
const KEY_EPOCH = 'SELECT key_epoch FROM site WHERE id = ?';
const DEVICE = 'SELECT user, revoked_ms FROM device WHERE id = ?';

const INVITATION_COLUMNS = `
  i.key, i.site, i.by_user, i.key_epoch, i.envelope, i.created_ms, i.expires_ms AS ends_ms, i.taken_by, i.joined_ms,
  i.withdrawn_ms, a.hash, a.stands, ${RIGHTS}
  FROM invitation i JOIN attestation a ON a.id = i.attestation`;
const INVITATION = `SELECT ${INVITATION_COLUMNS} WHERE i.key = ?`;
const INVITATIONS = `
  SELECT ${INVITATION_COLUMNS} WHERE i.site = ? AND (? IS NULL OR i.by_user = ?)
  ORDER BY i.created_ms DESC, i.key LIMIT ?`;
const ADD_INVITATION = `
  INSERT INTO invitation (key, site, by_user, attestation, key_epoch, envelope, created_ms, expires_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const COUNT_OPEN = `
  SELECT count(*) AS count FROM invitation
  WHERE site = ? AND expires_ms > ? AND joined_ms IS NULL AND withdrawn_ms IS NULL`;
const USE_INVITATION = 'UPDATE invitation SET taken_by = ?, joined_ms = ? WHERE key = ?';
const WITHDRAW = 'UPDATE invitation SET withdrawn_ms = coalesce(withdrawn_ms, ?) WHERE key = ?';
const WITHDRAW_ALL = `
  UPDATE invitation SET withdrawn_ms = ?
  WHERE site = ? AND by_user = ? AND joined_ms IS NULL AND withdrawn_ms IS NULL`;

export interface SiteRow {
  readonly id: string;
  readonly root: Uint8Array;
  readonly label: Uint8Array;
  readonly version: number;
  readonly key_epoch: number;
  readonly members: number;
}

export interface RightsRow {
  readonly permissions: number;
  readonly resource: string;
  readonly delegations: number;
  readonly not_before_ms: number;
  readonly expires_ms: number;
  readonly quota: number;
}

export interface MembershipRow extends RightsRow {
  readonly site: string;
  readonly user: string;
  readonly key_epoch: number;
  readonly envelope: Uint8Array;
  readonly joined_ms: number;
  readonly invited_by: string | null;
  readonly hash: string;
  readonly stands: Uint8Array;
  readonly root: Uint8Array;
  readonly label: Uint8Array;
  readonly version: number;
  readonly site_key_epoch: number;
  readonly members: number;
}

export interface MemberRow extends RightsRow {
  readonly user: string;
  readonly key: Uint8Array;
  readonly name: string;
  readonly joined_ms: number;
  readonly invited_by: string | null;
  readonly stands: Uint8Array;
}

export interface InvitationRow extends RightsRow {
  readonly key: Uint8Array;
  readonly site: string;
  readonly by_user: string;
  readonly key_epoch: number;
  readonly envelope: Uint8Array;
  readonly created_ms: number;
  /** Of the invitation; `expires_ms` is that of the rights. */
  readonly ends_ms: number;
  readonly taken_by: string | null;
  readonly joined_ms: number | null;
  readonly withdrawn_ms: number | null;
  readonly hash: string;
  readonly stands: Uint8Array;
}

type Count = Statement<{ readonly count: number }>;

export interface SitesStatements {
  readonly site: Statement<SiteRow>;
  readonly addSite: Statement<object>;
  readonly setLabel: Statement<object>;
  readonly countMember: Statement<object>;
  readonly membership: Statement<MembershipRow>;
  readonly memberships: Statement<MembershipRow>;
  readonly countSites: Count;
  readonly members: Statement<MemberRow>;
  readonly writer: Statement<{ readonly device: string; readonly user: string; readonly name: string }>;
  readonly putMember: Statement<object>;
  readonly leave: Statement<object>;
  readonly keyEpoch: Statement<{ readonly key_epoch: number }>;
  readonly origins: Statement<{ readonly origin: string }>;
  readonly dropOrigins: Statement<unknown>;
  readonly addOrigin: Statement<unknown>;
  readonly device: Statement<{ readonly user: string; readonly revoked_ms: number | null }>;
  readonly invitation: Statement<InvitationRow>;
  readonly invitations: Statement<InvitationRow>;
  readonly addInvitation: Statement<object>;
  readonly countOpen: Count;
  readonly useInvitation: Statement<object>;
  readonly withdraw: Statement<object>;
  readonly withdrawAll: Statement<object>;
}

export function sitesStatements(database: Database): SitesStatements {
  return {
    site: database.prepare(SITE),
    addSite: database.prepare(ADD_SITE),
    setLabel: database.prepare(SET_LABEL),
    countMember: database.prepare(COUNT_MEMBER),
    membership: database.prepare(MEMBERSHIP),
    memberships: database.prepare(MEMBERSHIPS),
    countSites: database.prepare(COUNT_SITES),
    members: database.prepare(MEMBERS),
    writer: database.prepare(WRITER),
    putMember: database.prepare(PUT_MEMBER),
    leave: database.prepare(LEAVE),
    keyEpoch: database.prepare(KEY_EPOCH),
    origins: database.prepare('SELECT origin FROM site_origin WHERE site = ? ORDER BY place'),
    dropOrigins: database.prepare('DELETE FROM site_origin WHERE site = ?'),
    addOrigin: database.prepare('INSERT INTO site_origin (site, place, origin) VALUES (?, ?, ?)'),
    device: database.prepare(DEVICE),
    invitation: database.prepare(INVITATION),
    invitations: database.prepare(INVITATIONS),
    addInvitation: database.prepare(ADD_INVITATION),
    countOpen: database.prepare(COUNT_OPEN),
    useInvitation: database.prepare(USE_INVITATION),
    withdraw: database.prepare(WITHDRAW),
    withdrawAll: database.prepare(WITHDRAW_ALL),
  };
}

export function siteOf(row: SiteRow): SiteRecord {
  const { root, label, version, members } = row;
  return { site: siteId(row.id), root: key(root), label, version, keyEpoch: row.key_epoch, members };
}

function rightsOf(row: RightsRow): Rights {
  return {
    permissions: row.permissions,
    resource: resourceOf(row.resource),
    delegations: row.delegations,
    notBeforeMs: row.not_before_ms,
    expiresMs: row.expires_ms,
    quota: row.quota,
  };
}

export function membershipOf(row: MembershipRow): SiteMembership {
  const { site, root, label, version, members, site_key_epoch } = row;
  return {
    site: siteId(site),
    user: userId(row.user),
    rights: rightsOf(row),
    attestation: row.hash,
    keyEpoch: row.key_epoch,
    envelope: row.envelope,
    joinedMs: row.joined_ms,
    invitedBy: row.invited_by === null ? null : userId(row.invited_by),
    of: siteOf({ id: site, root, label, version, members, key_epoch: site_key_epoch }),
  };
}

export function memberOf(row: MemberRow): MemberRecord {
  return {
    user: userId(row.user),
    key: key(row.key),
    name: row.name,
    rights: rightsOf(row),
    joinedMs: row.joined_ms,
    invitedBy: row.invited_by === null ? null : userId(row.invited_by),
  };
}

export function invitationOf(row: InvitationRow): InvitationRecord {
  return {
    key: key(row.key),
    site: siteId(row.site),
    by: userId(row.by_user),
    rights: rightsOf(row),
    attestation: row.hash,
    keyEpoch: row.key_epoch,
    envelope: row.envelope,
    createdMs: row.created_ms,
    expiresMs: row.ends_ms,
    takenBy: row.taken_by === null ? null : userId(row.taken_by),
    joinedMs: row.joined_ms,
    withdrawnMs: row.withdrawn_ms,
  };
}
