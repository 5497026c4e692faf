/**
 * What notify keeps: who hears what (from auth), what is news and what of it was read and told (its own), and
 * how messages ended. It may be lost without anything being lost but a repeated notification: the epoch says
 * that it has begun anew. What `commit` answered is durable, all of a batch or nothing (SPEC I11, I12).
 */

import type { DeviceId, LogId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { Difference, Endpoint, Held, Listener } from 'copse/internal/social/subscriptions/held.ts';

export interface SiteRecord {
  readonly site: SiteId;
  /** Of the last log with news; it only grows. */
  readonly ordinal: number;
}

export interface LogRecord {
  readonly site: SiteId;
  readonly log: LogId;
  /** Of the newest entry that is news. This and what follows only grow. */
  readonly length: number;
  readonly ordinal: number;
  /** Among the logs of all sites. */
  readonly order: number;
}

export interface ListenerName {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly site: SiteId;
}

/** What a device was told of a site, and its user has read there. One for whom nobody listens is passed over. */
export interface ReadingRecord extends ListenerName {
  /** Ordinal up to which she has read everything. */
  readonly readAll: number;
  readonly told: number;
  readonly isOutstanding: boolean;
  readonly isShown: boolean;
  /** Mentions that wait. */
  readonly mentions: readonly { readonly log: LogId; readonly ordinal: number }[];
}

export interface ListenerRecord extends ReadingRecord {
  readonly listener: Listener;
}

/** A log that was read while others of its site were not. */
export interface MarkRecord {
  readonly user: UserId;
  readonly site: SiteId;
  readonly log: LogId;
  readonly ordinal: number;
}

export interface WindowRecord {
  readonly user: UserId;
  readonly device: DeviceId;
  /** How often it has grown; 0 is none. */
  readonly step: number;
  readonly untilMs: number;
}

/** How it went with the address of a device; one that the device has left since is passed over. */
export interface DeliveryRecord {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly url: string;
  /** In a row, and since when. */
  readonly failures: number;
  readonly sinceMs: number;
  /** When the push service said that it is gone; 0: it is not. Auth names it until the device has another one. */
  readonly goneMs: number;
}

export interface EndpointRecord extends Omit<DeliveryRecord, 'url'> {
  readonly endpoint: Endpoint;
}

/** An update as it was decided. */
export interface SubscriptionRecord {
  readonly user: UserId;
  readonly version: number;
  readonly hash: Uint8Array;
  readonly digest: Uint8Array;
  readonly difference: Difference;
}

/** What is held of a user; `state` is good until something is awaited. */
export interface StoredUser extends Omit<SubscriptionRecord, 'user' | 'difference'> {
  readonly state: Held;
}

export interface UserRecord extends Omit<SubscriptionRecord, 'difference'> {
  readonly quiet: Held['quiet'];
}

/** What became of a notification, or why there was none: for the user to look at. */
export interface ToldRecord {
  readonly user: UserId;
  readonly device: DeviceId;
  /** Null: of several, or a test. */
  readonly site: SiteId | null;
  readonly atMs: number;
  /** A word of the program, as `sent` or `quiet`. */
  readonly what: string;
}

/** A message that could not be delivered. */
export interface LetterRecord {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly atMs: number;
  /** A word of the program, and what the push service said last. */
  readonly why: string;
  readonly last: string;
  /** Of the push service, as `https://push.example`. */
  readonly origin: string;
}

export interface KeptLetter extends LetterRecord {
  /** They rise. */
  readonly id: number;
}

/** Up to where the messages of the neighbourhood have been told to notify (SPEC I25). */
export interface FollowedRecord {
  /** Of the store of messages; positions of another one mean nothing. */
  readonly epoch: Uint8Array;
  readonly seq: number;
  /** Of the strangers who have knocked. */
  readonly knock: number;
  /** What is added to positions of this store, so that they stand above those of earlier ones. */
  readonly base: number;
}

/** Written in this order, so that a batch may say who joins and what she has read. Of one name the last counts. */
export interface NewsBatch {
  readonly subscriptions?: readonly SubscriptionRecord[];
  readonly sites?: readonly SiteRecord[];
  /** Sites of which no log is known any more, before those that follow. */
  readonly logsGone?: readonly SiteId[];
  readonly logs?: readonly LogRecord[];
  readonly readings?: readonly ReadingRecord[];
  readonly marksGone?: readonly Omit<MarkRecord, 'ordinal'>[];
  readonly marks?: readonly MarkRecord[];
  readonly windows?: readonly WindowRecord[];
  readonly deliveries?: readonly DeliveryRecord[];
  /** `toldPerUserMax` are kept of a user; the oldest go. */
  readonly told?: readonly ToldRecord[];
  /** `deadLettersMax` are kept; the oldest go. */
  readonly letters?: readonly LetterRecord[];
  readonly lettersGone?: readonly number[];
  /** With their logs and all marks in them. */
  readonly sitesGone?: readonly SiteId[];
  readonly followed?: FollowedRecord;
}

/** What a start reads, in this order. */
export type NewsPage =
  | { readonly kind: 'sites'; readonly rows: readonly SiteRecord[] }
  | { readonly kind: 'logs'; readonly rows: readonly LogRecord[] }
  | { readonly kind: 'users'; readonly rows: readonly UserRecord[] }
  | { readonly kind: 'endpoints'; readonly rows: readonly EndpointRecord[] }
  | { readonly kind: 'windows'; readonly rows: readonly WindowRecord[] }
  | { readonly kind: 'listeners'; readonly rows: readonly ListenerRecord[] }
  | { readonly kind: 'marks'; readonly rows: readonly MarkRecord[] };

export interface NewsStore extends AsyncDisposable {
  /** Eight bytes, drawn when the store was made. */
  readonly epoch: Uint8Array;
  commit(batch: NewsBatch): Promise<void>;
  /**
   * As `commit`, of what nobody was promised and what is found again: it outlives the process, and a loss of power
   * may undo the last of it. What is committed later makes it durable too.
   */
  note(batch: NewsBatch): Promise<void>;
  /** Page by page of `newsPageRows`, with a turn for others after each. What is committed meanwhile may be in it. */
  load(): AsyncIterable<NewsPage>;
  stored(user: UserId): Promise<StoredUser>;
  endpoint(user: UserId, device: DeviceId): Promise<EndpointRecord | null>;
  /** The newest first. */
  told(user: UserId, countMax: number): Promise<readonly ToldRecord[]>;
  /** Null: nothing was followed yet. */
  followed(): Promise<FollowedRecord | null>;
  /** The oldest first. */
  letters(after: number, countMax: number): Promise<readonly KeptLetter[]>;
}

export const NEWS_EPOCH_BYTES = 8;
