/** The words of the application's interface: what goes into `openCopse` and what its objects answer. */

import type { Member, InvitationRow } from '../api/auth-acts.ts';
import type { DeviceRow, Profile } from '../api/model.ts';
import type { Env } from '../base/env.ts';
import type { Fault } from '../base/fault.ts';
import type { DeviceId, Key, SiteId, UserId } from '../base/ids.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Link } from '../link/link.ts';
import type { Ruling } from '../wire/entry.ts';
import type { Keep } from './keep.ts';
import type { LockWay, Opener } from './keep-lock.ts';
import type { PeerSource } from './peer.ts';
import type { Store } from './store.ts';

export type { DeviceRow, InvitationRow, Member, Profile };

/**
 * `lagging`: connected, but something that is shown is not yet up to date. A log is `connecting` until it
 * is attached, which it is while somebody reads, writes or watches it.
 */
export type Status = 'connecting' | 'live' | 'lagging' | 'offline';

/** How safe an acknowledged entry is. */
export type Durability = 'memory' | 'synced' | 'replicated';

export interface OpenOptions {
  /** The user's name when this run signs up. */
  readonly name?: string;
  /** What the list of devices calls this one. */
  readonly deviceName?: string;
  /** The user's secret of 32 bytes (from her phrase, `copse/phrase`); otherwise the kept one, otherwise a new one. */
  readonly secret?: Uint8Array;
  /** Later keys of the user, when another device has handed them over with the secret. */
  readonly generations?: readonly { readonly generation: number; readonly secret: Uint8Array }[] | undefined;
  /**
   * Opens the keys of this device when they are locked: told in which ways they open, it answers one. In a browser
   * it is asked again, `isWrong`, after a wrong answer; and in another tab when that takes over.
   */
  readonly unlock?: ((ways: readonly LockWay[], isWrong: boolean) => Promise<Opener>) | undefined;
  /** Where this device keeps its keys and unsent entries. */
  readonly keep?: Keep;
  /** Admission at sign-up: the secret of the link that a node prints at its first start. */
  readonly setup?: Uint8Array;
  /** Admission at sign-up: the seed in an invitation link. */
  readonly invitation?: Uint8Array;
  /** The node's key when it is known; otherwise the kept one, otherwise what the node says the first time. */
  readonly nodeKey?: Key;
  /** How devices reach each other without the node; one that answers null: not at all. */
  readonly peers?: PeerSource;
  /** Seams for tests and the simulator. */
  readonly env?: Env;
  readonly primitives?: Primitives;
  readonly dialer?: (url: string) => Link;
}

export interface FoundOptions {
  readonly title: string;
  /** Names of the logs that members see at once. */
  readonly logs?: readonly string[];
}

export interface InviteOptions {
  /** Bit set: read 1, write 2, lead 4, invite 8, admin 16. Read and write unless said otherwise. */
  readonly permissions?: number;
  /** How long the link works; a week unless said otherwise. */
  readonly days?: number;
}

/** What an invitation link offers, before it is taken up. */
export interface InvitationView {
  readonly site: SiteId;
  readonly title: string;
  readonly logs: readonly string[];
  readonly inviter: string;
  readonly permissions: number;
  readonly expiresMs: number;
  readonly state: 'open' | 'used' | 'expired' | 'withdrawn';
}

/** Who is signed in on a device. */
export interface KnownAccount {
  readonly user: UserId;
  readonly device: DeviceId;
}

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: string;
}

/** `stale`: somebody changed the profile meanwhile; the store shows the newer one, nothing was changed. */
export interface ProfileAnswer {
  readonly kind: 'ok' | 'stale';
  /** A sentence per refused or adjusted change. */
  readonly comments: readonly string[];
}

export interface LogoutAnswer {
  /** False: the node could not be reached and still takes this device for one of the user's. */
  readonly isNodeTold: boolean;
}

/** How the values of a log become bytes. `decode` throws for bytes that are no value. */
export interface Codec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

export interface LogOptions<T> {
  /** JSON in UTF-8 unless said otherwise. */
  readonly codec: Codec<T>;
}

export type Broken =
  /** Sealed under a site key that this user does not hold. */
  | 'noKey'
  /** It does not open: altered, moved here from elsewhere, or attributed to another writer (SPEC S6). */
  | 'altered'
  /** It opens, but the codec does not understand its value. */
  | 'value'
  /** A part of a snapshot that stands for other entries than those that this device has read (SPEC Q4). */
  | 'chain'
  /** It and those up to the next entry are no longer kept by the node. */
  | 'trimmed';

export interface LogEntry<T = unknown> {
  readonly at: number;
  readonly device: DeviceId;
  /** Null while it is not known whose device that is. */
  readonly user: UserId | null;
  /** What that user is called; empty while it is not known. */
  readonly name: string;
  /** When its writer claims to have written it. */
  readonly timeMs: number;
  /** Undefined when `broken` is not null. */
  readonly value: T | undefined;
  readonly broken: Broken | null;
  /** Of a led log: the leader has changed the value, or refused it; then there is none, and `reason` says why. */
  readonly ruling: Ruling | null;
  readonly reason: string | null;
  /** A part of a snapshot: no value. */
  readonly isPart: boolean;
  /** Written by this device. */
  readonly mine: boolean;
}

/** An entry of this device that has no position yet. */
export interface PendingEntry<T = unknown> {
  readonly id: string;
  readonly timeMs: number;
  readonly value: T | undefined;
}

/** A window on the end of a log. */
export interface LogView<T = unknown> {
  readonly entries: readonly LogEntry<T>[];
  readonly waiting: readonly PendingEntry<T>[];
  readonly status: Status;
  /** The first position that the node still keeps. */
  readonly first: number;
  /** The position that the next entry will get. */
  readonly tail: number;
}

/** It reads while somebody is subscribed, and rests otherwise. */
export interface LogWindow<T = unknown> extends Store<LogView<T>> {
  /** Moves the beginning of the window back by `count` entries, as far as the log goes. */
  older(count?: number): Promise<void>;
}

export interface AppendOptions {
  /** Those who are away are to hear of it, as soon as nodes notify; nothing is news unless it is said (SPEC I1). */
  readonly news?: boolean;
  /** Whom it mentions, at most 16; what mentions somebody is news. */
  readonly mentions?: readonly UserId[] | 'everyone';
}

export interface ReadOptions {
  /** First position; the first kept one unless said otherwise. */
  readonly from?: number;
  readonly signal?: AbortSignal;
}

export interface PageOptions {
  /** First position; the first kept one unless said otherwise. */
  readonly from?: number;
  /** Or the last so many entries. */
  readonly last?: number;
  /** At most so many entries; as many as in a window unless said otherwise. */
  readonly limit?: number;
}

/** A part of a log as it is at one moment. */
export interface LogPage<T = unknown> {
  readonly entries: readonly LogEntry<T>[];
  /** The first position that the node still keeps. */
  readonly first: number;
  /** The position that the next entry will get. */
  readonly tail: number;
}

export interface Appended {
  readonly kind: 'ok';
  readonly at: number;
  readonly durability: Durability;
  /** Of a led log: the value that its leader has placed instead. */
  readonly changedTo?: unknown;
}

/** The log had another tail than the one asked for; nothing was appended. */
export interface Conflict {
  readonly kind: 'conflict';
  readonly tail: number;
}

/** An ephemeral message of somebody else. */
export interface Said<T = unknown> {
  /** The connection, as in `presence`. */
  readonly who: number;
  readonly user: UserId | null;
  readonly device: DeviceId;
  readonly value: T | undefined;
}

/** Somebody who has the log open. */
export interface Present<T = unknown> {
  readonly who: number;
  readonly user: UserId;
  readonly device: DeviceId;
  /** Empty when the user is no member (any more) or not yet known. */
  readonly name: string;
  readonly state: T | undefined;
  /** This connection. */
  readonly mine: boolean;
}

/** Why the device is not connected and will not be without help, for people to read; null when all is well. */
export type Trouble = Fault | null;
