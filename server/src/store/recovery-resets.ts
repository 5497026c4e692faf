/**
 * What a node keeps of resets (SPEC P12): requests, who took whose place, and the memberships that wait for
 * an admin of their site. A part of `Accounts`, with its promises. Making the new user, ending the old one's
 * devices and memberships is done with the other parts; `unfinished` says what a crash has left to do.
 */

import type { Key, SiteId, UserId } from 'copse/internal/base/ids.ts';

export type ResetState = 'waiting' | 'approved' | 'refused';

export interface ResetRecord {
  /** Random id, hex. */
  readonly request: string;
  /** Whose place is claimed. */
  readonly user: UserId;
  /** Of the new user. */
  readonly key: Key;
  readonly agree: Uint8Array;
  readonly proof: Uint8Array;
  readonly device: Key;
  readonly deviceName: string;
  readonly blessedMs: number;
  readonly words: string;
  readonly createdMs: number;
  readonly state: ResetState;
}

export interface PendingRecord {
  readonly site: SiteId;
  readonly user: UserId;
  readonly was: UserId;
  readonly permissions: number;
  /** The seed of an invitation, sealed to the new user by an admin of the site. */
  readonly sealed: Uint8Array | null;
}

export interface Succession {
  readonly was: UserId;
  readonly user: UserId;
  readonly request: string;
}

/** How many requests may wait, so that who asks for one user keeps nobody else from asking. */
export interface ResetRoom {
  /** Requests made before are forgotten. */
  readonly sinceMs: number;
  readonly waitingMax: number;
  readonly perUserMax: number;
}

export interface Resets {
  /** `taken`: that id is in use. */
  ask(request: ResetRecord, room: ResetRoom): Promise<'ok' | 'taken' | 'full'>;
  request(request: string): Promise<ResetRecord | null>;
  /** Those that wait, the oldest first. */
  waiting(sinceMs: number, countMax: number): Promise<readonly ResetRecord[]>;
  refuse(request: string, by: UserId, atMs: number): Promise<boolean>;
  /** From now on the old key is nobody's. False when the request does not wait, or somebody has that place already. */
  approve(request: string, user: UserId, by: UserId, atMs: number): Promise<boolean>;
  /** Who has taken this user's place. */
  successor(user: UserId): Promise<UserId | null>;
  unfinished(): Promise<readonly Succession[]>;
  finish(was: UserId): Promise<void>;
  /** Repeating it changes nothing. */
  addPending(pending: PendingRecord): Promise<void>;
  pendingsOfSite(site: SiteId, countMax: number): Promise<readonly PendingRecord[]>;
  pendingsOf(user: UserId, countMax: number): Promise<readonly PendingRecord[]>;
  readmit(site: SiteId, user: UserId, sealed: Uint8Array): Promise<boolean>;
  /** What a user who is a member again does not wait for any more. */
  dropPending(site: SiteId, user: UserId): Promise<void>;
  /** The claim by which a user came: her request. */
  claimOf(user: UserId): Promise<ResetRecord | null>;
}
