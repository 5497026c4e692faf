/**
 * What the devices of users hear, as auth keeps it for them, and how far notify has been told (SPEC I7, I11,
 * I19). A user has rows from the moment on at which a device of hers has an address or she has quiet hours.
 *
 * Every change of her rights and of her devices is marked in its own transaction, whatever makes it; marks of
 * what has not changed do no harm. Who has looked at it says up to which mark. All writes of a user come from
 * one writer in turn.
 */

import type { QuietSpec } from 'copse/internal/api/notify.ts';
import type { DeviceId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { Difference, Endpoint, Listener } from 'copse/internal/social/subscriptions/held.ts';

export interface NoticeHead {
  /** Of the store of notify; null while nothing is known of it. */
  readonly epoch: Uint8Array | null;
  readonly version: number;
  /** Whether that version is what the rows say. */
  readonly isSettled: boolean;
}

export interface NoticeGlance {
  readonly head: NoticeHead;
  readonly quiet: QuietSpec | null;
  /** Counts changes of her rights and devices. */
  readonly moved: number;
  /** Up to which of them the rows have been brought. */
  readonly looked: number;
}

export interface NoticeUser extends NoticeGlance {
  readonly state: Difference;
  /** The epoch of each device when it gave its address: it has logged out since when its own is higher. */
  readonly epochs: ReadonlyMap<DeviceId, number>;
}

export interface NoticeWrite {
  readonly user: UserId;
  readonly head: NoticeHead;
  readonly difference: Difference | null;
  /** Of devices that have an address. */
  readonly epochs?: readonly (readonly [DeviceId, number])[];
  readonly looked?: {
    readonly upTo: number;
    /** When what she holds changes by itself; null: never. */
    readonly dueMs: number | null;
  };
}

export interface NoticeRow {
  readonly site: SiteId;
  readonly listener: Listener;
}

export interface Notices {
  /** Called after commits that may have left something to do, often for nothing. */
  listen(listener: () => void): void;
  /** Makes the row of a user, who is to be looked at; one that is there stays. */
  begin(user: UserId): Promise<void>;
  glance(user: UserId): Promise<NoticeGlance | null>;
  read(user: UserId): Promise<NoticeUser | null>;
  /** What a device hears, by site. */
  rows(user: UserId, device: DeviceId, after: SiteId | null, countMax: number): Promise<readonly NoticeRow[]>;
  endpoint(user: UserId, device: DeviceId): Promise<Endpoint | null>;
  /** Of a user who has a row. What is long is written in parts, the head last: before it she is not settled. */
  write(write: NoticeWrite): Promise<void>;
  /** Who is not settled, or not looked at, by id. */
  waiting(after: UserId | null, countMax: number): Promise<readonly UserId[]>;
  /** Marks those whose rights change by themselves by now; answers when the next ones do. */
  due(nowMs: number): Promise<number | null>;
  /** All, by id, with the store of notify that heard of them last. */
  heads(after: UserId | null, countMax: number): Promise<readonly (NoticeHead & { readonly user: UserId })[]>;
  /** What notify holds of them is not known any more. */
  unsettle(users: readonly UserId[]): Promise<void>;
}
