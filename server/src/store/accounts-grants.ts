/**
 * Rights as the authority answers for them (SPEC R4, R5): every verified attestation with its place, and
 * the closure of them, one row per user and path, so that "may she", "who holds this", "what does she
 * hold" and "what falls with that" are look-ups. Groups are in the closure: a row of theirs names the
 * member, and stands on the grant and on the membership.
 *
 * A revocation counts from the moment its commit is durable, for everything that stands on it; the rows
 * that it ends are removed after, in slices between which other requests are answered.
 */

import type { Key, LogId, SiteId, StandingId, UserId } from 'copse/internal/base/ids.ts';
import type { Attestation } from 'copse/internal/capability/attestation.ts';
import type { Caveat } from 'copse/internal/capability/caveat.ts';
import type { ObjectId } from 'copse/internal/capability/cose.ts';
import type { Rights } from 'copse/internal/capability/policy.ts';

/** One right of one user by one path. */
export interface Holding {
  readonly site: SiteId;
  readonly user: UserId;
  readonly rights: Rights & { readonly caveats: readonly Caveat[] };
  /** The last attestation of the site on its path. */
  readonly via: ObjectId;
  /** Whether it came through a group. */
  readonly isShared: boolean;
  /** Every attestation of its path, shortened. */
  readonly stands: readonly StandingId[];
  /** Orders the holdings of a user in a site. */
  readonly number: number;
}

export interface GrantRecord {
  readonly id: ObjectId;
  /** Orders attestations by when they came. */
  readonly number: number;
  readonly site: SiteId;
  readonly grant: Attestation;
  readonly above: ObjectId | null;
  readonly atMs: number;
  /** How many stand directly on it, those that fell included. */
  readonly below: number;
  readonly endedMs: number | null;
}

/** An attestation of a verified path, and where on it its own namespace begins (`capability/route.ts`). */
export interface PlacedGrant {
  readonly grant: Attestation;
  readonly bytes: Uint8Array;
  readonly above: ObjectId | null;
  readonly from: number;
  /** The users whose keys issued it and hold it; a one-time key's and a group's are nobody's. */
  readonly issuer: UserId;
  readonly holder: UserId;
  /** The namespace of its subject, when that is a group. */
  readonly group: SiteId | null;
}

export interface Attesting {
  /** From the root's down; those that are known already stay as they are. */
  readonly path: readonly PlacedGrant[];
  readonly atMs: number;
  /** Rows that one attestation may add: a group's members, or the grants of a group. */
  readonly spreadMax: number;
  /** Rows that a user may have in one site. */
  readonly holdingsMax: number;
  /** Attestations directly on one. */
  readonly belowMax: number;
}

/**
 * `forbidden`: somebody on the path does not hold (any more) what she hands on. `quota`: she has handed on
 * as often as she may. `used`: a one-time key, which only joining uses up.
 */
export type Attested = 'ok' | 'known' | 'forbidden' | 'revoked' | 'quota' | 'full' | 'used';

export interface Revoking {
  readonly site: SiteId;
  readonly attestation: ObjectId;
  /** Who signed the revocation. */
  readonly issuer: Key;
  /** A member without whose having the newest key of the site it is not done; null: it is in any case. */
  readonly holder: UserId | null;
  readonly id: ObjectId;
  readonly bytes: Uint8Array;
  readonly atMs: number;
}

export type Revoked =
  | 'ok'
  | 'known'
  | 'unknown'
  /** The signer issued neither it nor anything it stands on. */
  | 'forbidden'
  /** The holder was not given the newest key. */
  | 'stale';

/** What falls with an attestation. */
export interface Blast {
  /** Users who lose a right by it, and those of them who have nothing left there. */
  readonly people: number;
  readonly out: number;
  /** Devices in use of those people. */
  readonly devices: number;
  readonly sites: number;
  /** Further attestations. */
  readonly grants: number;
  /** Some of the people, for the question whether one is sure. */
  readonly some: readonly UserId[];
}

export interface RevocationRecord {
  readonly number: number;
  readonly site: SiteId;
  readonly attestation: ObjectId;
  readonly issuer: Key;
  readonly atMs: number;
}

export interface GroupRecord {
  readonly group: SiteId;
  readonly root: Key;
  readonly title: string;
  readonly atMs: number;
}

/** Where a page of holdings goes on. */
export interface HoldingCursor {
  readonly user: UserId;
  readonly number: number;
}

export interface SealedRecord {
  readonly id: ObjectId;
  readonly site: SiteId;
  readonly by: UserId;
  readonly atMs: number;
  readonly revokedMs: number | null;
}

export interface Grants {
  /** What a user holds in a site or group; dates and caveats are not looked at. */
  held(site: SiteId, user: UserId): Promise<readonly Holding[]>;
  attest(order: Attesting): Promise<Attested>;
  attestation(id: ObjectId): Promise<GrantRecord | null>;
  /** The attestations of the whole path, from the root's down to this one. */
  path(id: ObjectId): Promise<readonly Uint8Array[]>;
  /** The attestations by which a user holds a right, those of groups included. */
  pathOf(holding: Pick<Holding, 'site' | 'user' | 'via' | 'number'>): Promise<readonly Uint8Array[]>;
  /** Whether each of them is known, stands and has not fallen with another. */
  standing(ids: readonly ObjectId[]): Promise<readonly ('stands' | 'fallen' | 'sealed' | 'unknown')[]>;
  revoke(order: Revoking): Promise<Revoked>;
  /** Resolves when everything that has fallen is cleaned up. */
  settled(): Promise<void>;
  preview(id: ObjectId, someMax: number): Promise<Blast | null>;
  /** By user; of one log when it is given. */
  whoHolds(
    site: SiteId,
    log: LogId | null,
    after: HoldingCursor | null,
    countMax: number,
  ): Promise<readonly Holding[]>;
  /** In the order in which she came by them. */
  whatHolds(
    user: UserId,
    after: { readonly site: SiteId; readonly number: number } | null,
    countMax: number,
  ): Promise<readonly Holding[]>;
  /** Attestations of a site or group after a number, those that stand. */
  page(site: SiteId, after: number, countMax: number): Promise<readonly GrantRecord[]>;
  /** The same, those that have fallen too. */
  since(site: SiteId, after: number, countMax: number): Promise<readonly GrantRecord[]>;
  revocations(site: SiteId, after: number, countMax: number): Promise<readonly RevocationRecord[]>;
  /** `taken`: the group has another title or founder already. */
  foundGroup(group: GroupRecord & { readonly by: UserId }): Promise<'ok' | 'taken'>;
  group(id: SiteId): Promise<GroupRecord | null>;
  /** Registers the hash of an attestation that its holder will present (SPEC R8). */
  seal(grant: Omit<SealedRecord, 'revokedMs'>, countMax: number): Promise<'ok' | 'taken' | 'full'>;
  sealed(id: ObjectId): Promise<SealedRecord | null>;
  /** Whether a site has sealed grants at all. */
  hasSealed(site: SiteId): Promise<boolean>;
}
