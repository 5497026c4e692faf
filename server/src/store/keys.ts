/**
 * Keys as the authority keeps them (SPEC section K): statements and envelopes, none of which it can open, and
 * which sites wait for a new key. Part of `Accounts`, with its promises: a method is one transaction, and what
 * makes a key due (a device that ends, a member who leaves) notes it in its own transaction.
 */

import type { DeviceId, Key, SiteId, UserId } from 'copse/internal/base/ids.ts';

export interface UserKeyRecord {
  readonly generation: number;
  readonly statement: Uint8Array;
  /** A device that could open it has ended. */
  readonly due: boolean;
}

export interface DeviceKeyRecord {
  readonly device: DeviceId;
  readonly key: Key;
  /** Of its exchange key. */
  readonly statement: Uint8Array | null;
  /** It has an envelope of the newest key. */
  readonly holds: boolean;
}

export interface DeviceEnvelope {
  readonly device: DeviceId;
  readonly envelope: Uint8Array;
}

export interface UserKeyPublishing {
  readonly user: UserId;
  /** The newest generation before; 0: none. */
  readonly from: number;
  readonly statement: Uint8Array;
  readonly envelopes: readonly DeviceEnvelope[];
  readonly atMs: number;
}

export type UserKeyPublished =
  | { readonly kind: 'ok' }
  | { readonly kind: 'stale'; readonly generation: number }
  | { readonly kind: 'incomplete'; readonly device: DeviceId };

export interface SiteEnvelope {
  readonly user: UserId;
  readonly generation: number;
  readonly envelope: Uint8Array;
}

/** A set with what proves its maker, as received. */
export interface StoredSet {
  readonly epoch: number;
  readonly set: Uint8Array;
  readonly blessing: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

export interface SiteKeyRecord {
  readonly epoch: number;
  readonly set: StoredSet | null;
  readonly due: DueRecord | null;
}

export interface DueRecord {
  readonly site: SiteId;
  /** A new key is needed, not only envelopes of the newest. */
  readonly rotate: boolean;
  readonly sinceMs: number;
}

export interface RosterRecord {
  readonly user: UserId;
  readonly key: Key;
  /** Of her newest key. */
  readonly statement: Uint8Array;
}

export interface Beginning {
  readonly site: SiteId;
  readonly from: number;
  readonly user: UserId;
  readonly device: DeviceId;
  readonly resume: Uint8Array;
  /** What was begun is not taken up. */
  readonly anew: boolean;
  readonly atMs: number;
}

export type Begun =
  | { readonly kind: 'ok' }
  | {
      readonly kind: 'resumed';
      readonly resume: Uint8Array;
      readonly parts: readonly Uint8Array[];
      /** The last member of the last part. */
      readonly after: UserId | null;
    }
  /** Another epoch, or a device that has ended knows the key of the maker's user. */
  | { readonly kind: 'stale'; readonly epoch: number };

export interface Part {
  readonly site: SiteId;
  readonly epoch: number;
  readonly device: DeviceId;
  readonly part: number;
  readonly hash: Uint8Array;
  readonly envelopes: readonly SiteEnvelope[];
}

export interface Committing {
  readonly site: SiteId;
  readonly device: DeviceId;
  readonly set: StoredSet;
  /** Hashes of the parts that the set was checked against. */
  readonly parts: readonly Uint8Array[];
  readonly version: number;
  readonly label: Uint8Array;
  readonly lackingMax: number;
  readonly atMs: number;
}

export type Committed =
  | { readonly kind: 'ok' }
  /** Another epoch, another maker, or somebody left meanwhile who was given the new key: begin again. */
  | { readonly kind: 'stale'; readonly epoch: number }
  | { readonly kind: 'label'; readonly version: number; readonly label: Uint8Array }
  | { readonly kind: 'incomplete'; readonly users: readonly UserId[] };

export interface Keys {
  putExchange(device: DeviceId, statement: Uint8Array): Promise<void>;
  userKey(user: UserId): Promise<UserKeyRecord | null>;
  /** Those in use. */
  devicesOf(user: UserId): Promise<readonly DeviceKeyRecord[]>;
  /** Of the newest generation. */
  userEnvelope(user: UserId, device: DeviceId): Promise<Uint8Array | null>;
  /** Also notes sites whose newest key she could not be given until now. */
  publishUserKey(publishing: UserKeyPublishing): Promise<UserKeyPublished>;
  addUserEnvelopes(
    user: UserId,
    generation: number,
    envelopes: readonly DeviceEnvelope[],
  ): Promise<'ok' | 'stale' | 'unknown'>;
  /** Newest first. */
  userKeysBelow(user: UserId, below: number, countMax: number): Promise<readonly Uint8Array[]>;
  siteKey(site: SiteId): Promise<SiteKeyRecord | null>;
  /** Newest first. */
  setsBelow(site: SiteId, below: number, countMax: number): Promise<readonly StoredSet[]>;
  /** The envelope of a member for an epoch, however she came by it. */
  envelope(site: SiteId, epoch: number, user: UserId): Promise<Uint8Array | null>;
  /** Members to whose newest key can be sealed, or only those of them who hold no envelope of the newest site key. */
  roster(
    site: SiteId,
    missing: boolean,
    after: UserId | null,
    countMax: number,
  ): Promise<readonly RosterRecord[]>;
  begin(beginning: Beginning): Promise<Begun>;
  /** `unknown`: this device makes no such set, or the part before is not there. */
  putPart(part: Part): Promise<'ok' | 'unknown'>;
  /** Hashes of the parts of the set that is being made, and for which epoch by which device. */
  making(site: SiteId): Promise<{
    readonly epoch: number;
    readonly device: DeviceId;
    readonly parts: readonly Uint8Array[];
  } | null>;
  commit(committing: Committing): Promise<Committed>;
  /** Those for another than the newest key of a member are passed over: she still waits. */
  addSiteEnvelopes(site: SiteId, epoch: number, envelopes: readonly SiteEnvelope[]): Promise<'ok' | 'stale'>;
  /** Forgets envelopes that the next epoch opens; answers whether some are left. */
  forgetEnvelopes(site: SiteId, epoch: number, countMax: number): Promise<boolean>;
  /** Sites that wait, in the order of their ids. */
  dueSites(after: SiteId | null, countMax: number): Promise<readonly SiteId[]>;
  /** What waits in the sites of a user, in the order of their ids. */
  due(user: UserId, after: SiteId | null, countMax: number): Promise<readonly DueRecord[]>;
}
