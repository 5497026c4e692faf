/**
 * What the authority keeps: users, devices, sites, memberships, invitations, and the changes that tails
 * must hear of. One interface, several engines; the contract suite is `lab/suites/accounts.suite.ts`.
 *
 * Every method is one transaction: it takes effect as a whole or not at all, and when a writing method
 * has resolved, its effect survives kill -9 and power loss (SPEC A16). It decides what only the stored
 * state can decide (uniqueness, single use, bounds, versions); signatures and dates of signed objects
 * are checked before, by `auth`.
 */

import type { Change } from 'copse/internal/api/auth.ts';
import type { Profile } from 'copse/internal/api/model.ts';
import type { DeviceId, Key, UserId } from 'copse/internal/base/ids.ts';
import type { Grants } from './accounts-grants.ts';
import type { InvitationRefusal, Sites } from './accounts-sites.ts';
import type { EmailRecords } from './email.ts';
import type { Digests } from './digests.ts';
import type { Keys } from './keys.ts';
import type { Notices } from './notices.ts';
import type { Recoveries } from './recovery.ts';
import type { Resets } from './recovery-resets.ts';
import type { SignedOperation, Tree } from './accounts-tree.ts';

export interface Accounts extends AsyncDisposable {
  readonly people: People;
  readonly tree: Tree;
  readonly sites: Sites;
  readonly grants: Grants;
  readonly changes: Changes;
  readonly keys: Keys;
  readonly recoveries: Recoveries;
  readonly resets: Resets;
  readonly emails: EmailRecords;
  readonly notices: Notices;
  readonly digests: Digests;
}

export interface UserRecord {
  readonly user: UserId;
  readonly key: Key;
  /** Of the node. */
  readonly admin: boolean;
  readonly profile: Profile;
  /** Of the profile; raised with each change. */
  readonly version: number;
}

export interface DeviceRecord {
  readonly device: DeviceId;
  readonly key: Key;
  readonly user: UserId;
  readonly name: string;
  /** Tokens with a lower epoch are void (SPEC A6). */
  readonly minEpoch: number;
  readonly createdMs: number;
  readonly seenMs: number;
  /** The latest end of a blessing that it has shown; no token outlives it. */
  readonly blessedMs: number;
  readonly revokedMs: number | null;
}

export interface NewDevice {
  readonly device: DeviceId;
  readonly key: Key;
  readonly user: UserId;
  readonly name: string;
  readonly atMs: number;
  readonly blessedMs: number;
}

/** By what somebody who is not known yet becomes a user. */
export type AdmissionBy =
  | { readonly kind: 'open' }
  /** The secret of the first start: makes the first admin. */
  | { readonly kind: 'setup' }
  /** An invitation that nobody else has taken up; from now on it is hers. */
  | { readonly kind: 'invitation'; readonly key: Key }
  /** Her account was made before, by whoever let her in (SPEC Z16). */
  | { readonly kind: 'account' };

export interface NewUser {
  readonly user: UserId;
  readonly key: Key;
  readonly profile: Profile;
  readonly device: NewDevice;
  readonly by: AdmissionBy;
  /** The account that she gets unless she has one, issued by the node; without it she hangs below the node, and nobody has signed that. */
  readonly issue?: SignedOperation;
  /** Devices that a user may have; revoked ones do not count. */
  readonly devicesMax: number;
}

/** `taken`: the id or the device belongs to another (SPEC A3). */
export type DeviceRefusal = 'taken' | 'revoked' | 'full';

export type SignedUp =
  | { readonly kind: 'ok'; readonly admin: boolean; readonly fresh: boolean }
  | { readonly kind: DeviceRefusal | InvitationRefusal };

export type Arrived =
  | { readonly kind: 'ok'; readonly fresh: boolean }
  | { readonly kind: DeviceRefusal | 'unknown' };

export interface Issue {
  readonly device: DeviceId;
  readonly guid: Uint8Array;
  readonly token: Uint8Array;
  readonly expiresMs: number;
  readonly atMs: number;
  /** How long the same guid is answered with the same token. */
  readonly replayMs: number;
}

export interface Issued {
  readonly token: Uint8Array;
  readonly expiresMs: number;
}

export type ProfileStored =
  | { readonly kind: 'ok'; readonly version: number }
  | { readonly kind: 'stale'; readonly version: number; readonly profile: Profile }
  | { readonly kind: 'unknown' };

export interface People {
  user(user: UserId): Promise<UserRecord | null>;
  hasAdmin(): Promise<boolean>;
  admins(countMax: number): Promise<readonly UserId[]>;
  /** A known key with a known device is answered again, whatever the admission; a known key with a new device gets it. */
  signUp(person: NewUser): Promise<SignedUp>;
  device(device: DeviceId): Promise<DeviceRecord | null>;
  /** Those in use before the revoked ones, the last seen first. */
  devices(user: UserId, countMax: number): Promise<readonly DeviceRecord[]>;
  /** Registers a device of a known user, or notes when it was seen and how long it is blessed. */
  arrive(device: NewDevice, devicesMax: number): Promise<Arrived>;
  /** Notes the last use. Not waited for by anybody: may be lost. */
  seen(device: DeviceId, atMs: number): Promise<void>;
  renameDevice(user: UserId, device: DeviceId, name: string): Promise<boolean>;
  /** Voids the tokens of a device, and the device itself when it is revoked; false when it already was. */
  endDevice(end: {
    readonly user: UserId;
    readonly device: DeviceId;
    readonly revoke: boolean;
    readonly atMs: number;
  }): Promise<boolean>;
  /** Keeps a token for its guid, or answers the one that is kept (SPEC A10); forgets those that nobody may ask for any more. */
  issue(issue: Issue): Promise<Issued>;
  issued(device: DeviceId, guid: Uint8Array, sinceMs: number): Promise<Issued | null>;
  /** Replaces the profile when `version` is the current one. */
  updateProfile(user: UserId, version: number, profile: Profile): Promise<ProfileStored>;
}

export interface ChangeRecord {
  readonly seq: number;
  readonly atMs: number;
  readonly change: Change;
}

/** Changes are written by the methods that cause them, in the same transaction (SPEC A14). */
export interface Changes {
  /** Called for each change after it is durable, in their order, before its method resolves. */
  listen(listener: (record: ChangeRecord) => void): void;
  /** Those that are kept, oldest first; those up to `floor` are not. */
  kept(): Promise<{ readonly floor: number; readonly records: readonly ChangeRecord[] }>;
  /** Forgets those older than a date. */
  forget(beforeMs: number): Promise<void>;
}
