/** Sites, memberships and invitations: the other half of the interface in `accounts.ts`, with its promises. */

import type { DeviceId, Key, SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { Attestation } from 'copse/internal/capability/attestation.ts';
import type { ObjectId } from 'copse/internal/capability/cose.ts';
import { isAtMost, type Rights } from 'copse/internal/capability/policy.ts';
import type { Holding } from './accounts-grants.ts';

export interface SiteRecord {
  readonly site: SiteId;
  readonly root: Key;
  readonly label: Uint8Array;
  /** Of the label. */
  readonly version: number;
  /** The oldest key epoch under which entries are accepted. */
  readonly keyEpoch: number;
  readonly members: number;
}

/** What a member holds in a site. */
export interface Membership {
  readonly site: SiteId;
  readonly user: UserId;
  readonly rights: Rights;
  /** The last attestation of the path that gives them. */
  readonly attestation: ObjectId;
  /** Of the envelope. */
  readonly keyEpoch: number;
  readonly envelope: Uint8Array;
  readonly joinedMs: number;
  readonly invitedBy: UserId | null;
}

export interface SiteMembership extends Membership {
  readonly of: SiteRecord;
}

export interface MemberRecord {
  readonly user: UserId;
  readonly key: Key;
  readonly name: string;
  readonly rights: Rights;
  readonly joinedMs: number;
  readonly invitedBy: UserId | null;
}

/** A verified attestation with its bytes; `above` is the one before it on its path. */
export interface StoredGrant {
  readonly grant: Attestation;
  readonly bytes: Uint8Array;
  readonly above: ObjectId | null;
}

export interface InvitationRecord {
  readonly key: Key;
  readonly site: SiteId;
  readonly by: UserId;
  readonly rights: Rights;
  readonly attestation: ObjectId;
  readonly keyEpoch: number;
  readonly envelope: Uint8Array;
  readonly createdMs: number;
  readonly expiresMs: number;
  /** Who signed up with it or joined by it: nobody else can any more. */
  readonly takenBy: UserId | null;
  readonly joinedMs: number | null;
  readonly withdrawnMs: number | null;
}

export interface NewSite {
  readonly site: SiteId;
  readonly root: Key;
  readonly founder: UserId;
  readonly granted: StoredGrant;
  readonly label: Uint8Array;
  readonly envelope: Uint8Array;
  readonly atMs: number;
  readonly sitesMax: number;
}

export interface NewInvitation {
  readonly site: SiteId;
  readonly by: UserId;
  readonly granted: StoredGrant;
  readonly envelope: Uint8Array;
  readonly atMs: number;
  readonly expiresMs: number;
  /** Open invitations that a site may have. */
  readonly openMax: number;
}

export interface Joining {
  readonly site: SiteId;
  readonly user: UserId;
  /** Of the invitation. */
  readonly key: Key;
  /** From the one-time key to the user. */
  readonly granted: StoredGrant;
  readonly envelope: Uint8Array;
  readonly atMs: number;
  readonly membersMax: number;
  readonly sitesMax: number;
}

export type InvitationRefusal = 'unknown' | 'used' | 'expired' | 'withdrawn';

export type LabelStored =
  | { readonly kind: 'ok'; readonly version: number }
  | { readonly kind: 'stale'; readonly version: number; readonly label: Uint8Array }
  | { readonly kind: 'unknown' };

export interface AccessRecord {
  /** Every right of the user in the site; at least one. */
  readonly holdings: readonly Omit<Holding, 'via' | 'isShared'>[];
  readonly keyEpoch: number;
  /** When the device was revoked. */
  readonly revokedMs: number | null;
}

export interface Sites {
  site(site: SiteId): Promise<SiteRecord | null>;
  /** Repeating the same founding is answered `ok`; another site with this id is `taken`. */
  found(founding: NewSite): Promise<'ok' | 'taken' | 'full'>;
  membership(site: SiteId, user: UserId): Promise<SiteMembership | null>;
  /** Sites of a user after one of them, in the order of their ids. */
  memberships(user: UserId, after: SiteId | null, countMax: number): Promise<readonly SiteMembership[]>;
  members(site: SiteId, after: UserId | null, countMax: number): Promise<readonly MemberRecord[]>;
  /** Whose these devices are, as far as they belong to somebody who is or was a member. */
  writers(
    site: SiteId,
    devices: readonly DeviceId[],
  ): Promise<readonly { readonly device: DeviceId; readonly user: UserId; readonly name: string }[]>;
  /** As `Grants.path`. */
  path(attestation: ObjectId): Promise<readonly Uint8Array[]>;
  /** Web origins of the pages that may use the site; none: all. */
  origins(site: SiteId): Promise<readonly string[]>;
  /** Replaces them, which is a change that tails hear of; false when there is no such site. */
  setOrigins(site: SiteId, origins: readonly string[], atMs: number): Promise<boolean>;
  /** Replaces the label when `version` is the current one. */
  updateLabel(site: SiteId, version: number, label: Uint8Array): Promise<LabelStored>;
  /** `forbidden`: the inviter does not hold (any more) what the attestation stands on. `full` also when its quota is used up. */
  invite(invitation: NewInvitation): Promise<'ok' | 'taken' | 'full' | 'forbidden'>;
  invitation(key: Key): Promise<InvitationRecord | null>;
  /** The latest of a site, or those of one inviter. */
  invitations(site: SiteId, by: UserId | null, countMax: number): Promise<readonly InvitationRecord[]>;
  /** Ends an invitation by which nobody has joined. */
  withdraw(site: SiteId, key: Key, atMs: number): Promise<'ok' | 'unknown' | 'used'>;
  /**
   * Uses up the invitation and makes or widens the membership (SPEC A11). A wider one is a change of the
   * site, so that tails ask anew. `taken`: already a member with at least these rights.
   */
  join(joining: Joining): Promise<'ok' | InvitationRefusal | 'taken' | 'full'>;
  /** Ends the membership and the open invitations of the one who leaves. */
  leave(site: SiteId, user: UserId, atMs: number): Promise<boolean>;
  access(user: UserId, device: DeviceId, site: SiteId): Promise<AccessRecord | null>;
}

/** Why an invitation admits `user` (null: somebody not yet known) not any more; the same for every engine. */
export function refusalOf(
  invitation: Pick<InvitationRecord, 'takenBy' | 'joinedMs' | 'withdrawnMs' | 'expiresMs'>,
  user: UserId | null,
  nowMs: number,
): Exclude<InvitationRefusal, 'unknown'> | null {
  if (invitation.withdrawnMs !== null) return 'withdrawn';
  if (invitation.joinedMs !== null) return 'used';
  if (invitation.takenBy !== null) return invitation.takenBy === user ? null : 'used';
  return nowMs >= invitation.expiresMs ? 'expired' : null;
}

/** Whether a member gains by exchanging what she holds for `given`; otherwise the invitation is not used up. */
export function isWider(given: Rights, held: Rights, nowMs: number): boolean {
  if (held.expiresMs !== 0 && nowMs >= held.expiresMs) return true;
  return isAtMost(held, given) && !isAtMost(given, held);
}
