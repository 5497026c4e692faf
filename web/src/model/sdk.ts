/**
 * The part of the SDK that the app stands on. Rooms know these interfaces and nothing else of `copse`, so
 * that a real node and the people of `src/fake` are the same to them.
 */

import type { DeviceId, Key, SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { AtRest as SdkAtRest } from 'copse/internal/client/at-rest.ts';
import type * as SdkPasskeys from 'copse/internal/browser/passkey.ts';
import type { PushObstacle } from 'copse/push';
import type { LockWay, Opener } from 'copse/internal/client/keep-lock.ts';
import type { Approval as SdkApproval, Revocation } from 'copse/internal/client/device-desk.ts';
import type {
  EmailConfirmed,
  EmailProvider,
  EmailRow,
  Emails as SdkEmails,
  EmailVisit,
  Knock,
  LettingIn,
} from 'copse/internal/client/email.ts';
import type { EmailEntry as SdkEmailEntry, EntryConfirmed } from 'copse/internal/client/email-entry.ts';
import type { KeyState, RotateOptions } from 'copse/internal/client/key-state.ts';
import type {
  ClaimedName,
  KeyOfEmail,
  Names as SdkNames,
  NodeCheckpoint,
  Notice,
  PastAlarm,
} from 'copse/internal/client/names.ts';
import type { Notifications as SdkNotifications } from 'copse/internal/client/notifications.ts';
import type {
  DigestState,
  Level,
  NoticeTold,
  NotificationsState,
  QuietHours,
  SiteLevel,
  TestAnswer,
} from 'copse/internal/client/notifications.ts';
import type { Recovery as SdkRecovery } from 'copse/internal/client/recovery.ts';
import type { RealmFailure, RealmStatus, SetUp } from 'copse/internal/client/recovery-owner.ts';
import type { Answered, Asking as SdkAsking, Handed } from 'copse/internal/client/pair-asking.ts';
import type { PinWeakness } from 'copse/internal/client/recovery-pin.ts';
import type { PendingMember, WaitingReset } from 'copse/internal/client/recovery-reset.ts';
import type { ResetEntry as SdkResetEntry, ResetRequest } from 'copse/internal/client/reset-entry.ts';
import type { Recovered, RecoverOptions } from 'copse/internal/client/recovery-recover.ts';
import type { Trust } from 'copse/internal/client/trust.ts';
import type { RightsDesk } from 'copse/internal/client/rights-desk.ts';
import type {
  BlastRow,
  GrantRow,
  Group,
  HeldRight,
  HoldingRow,
  Shared,
  ShareOptions,
} from 'copse/internal/client/rights.ts';
import type { Store } from 'copse/internal/client/store.ts';
import type { DocumentLog as YjsLog } from 'copse-yjs';
import type {
  AppendOptions,
  Appended,
  Codec,
  DeviceRow,
  Figure,
  InvitationRow,
  InvitationView,
  InviteOptions,
  LogEntry,
  LogView,
  LogoutAnswer,
  LogWindow,
  Member,
  OpenOptions as SdkOpenOptions,
  PendingEntry,
  Present,
  Profile,
  ProfileAnswer,
  ReadOptions,
  Said,
  Status,
  Trouble,
} from 'copse/internal/client/types.ts';
import type { Files } from './sdk-files.ts';
import type { Neighbourhood, Visit } from './sdk-street.ts';
import type { AccountFileDesk } from './sdk-account-file.ts';
import type { AccountOffer, Accounts } from './sdk-accounts.ts';

export type {
  DigestState,
  Level,
  NoticeTold,
  NotificationsState,
  QuietHours,
  SiteLevel,
  TestAnswer,
  PendingMember,
  WaitingReset,
  EmailConfirmed,
  EmailProvider,
  EmailRow,
  EmailVisit,
  EntryConfirmed,
  Knock,
  LettingIn,
  Answered,
  BlastRow,
  ClaimedName,
  DeviceId,
  DeviceRow,
  Figure,
  GrantRow,
  Group,
  Handed,
  HeldRight,
  HoldingRow,
  InvitationRow,
  InvitationView,
  KeyOfEmail,
  KeyState,
  LogEntry,
  LogView,
  LogoutAnswer,
  LogWindow,
  Member,
  NodeCheckpoint,
  Notice,
  PastAlarm,
  PendingEntry,
  PinWeakness,
  Present,
  Profile,
  ProfileAnswer,
  RealmFailure,
  RealmStatus,
  Recovered,
  RecoverOptions,
  ResetRequest,
  Revocation,
  Said,
  SetUp,
  Shared,
  ShareOptions,
  SiteId,
  Status,
  Store,
  Trouble,
  Trust,
  UserId,
};

export interface Log {
  readonly name: string;
  /** What may be done here now: more than in the site when a right is on this log alone, or sealed. */
  readonly permissions: Store<number>;
  readonly trouble: Store<Trouble>;
  readonly presence: Store<readonly Present[]>;
  append(value: unknown, options?: AppendOptions): Promise<Appended>;
  entries(options?: ReadOptions): AsyncIterableIterator<LogEntry>;
  view(options?: { readonly last?: number }): LogWindow;
  say(value: unknown): void;
  said(listener: (message: Said) => void): () => void;
  appear(state: unknown): void;
}

/** The log of a document, whose values are bytes. */
export interface DocumentLog extends YjsLog {
  readonly trouble: Store<Trouble>;
}

export interface Site {
  readonly id: SiteId;
  readonly title: Store<string>;
  readonly logs: Store<readonly string[]>;
  readonly permissions: Store<number>;
  readonly memberCount: Store<number>;
  rename(title: string): Promise<void>;
  addLog(name: string): Promise<void>;
  log(name: string): Log;
  log(name: string, options: { readonly codec: Codec<Uint8Array> }): DocumentLog;
  invite(options?: InviteOptions): Promise<string>;
  invitations(): Promise<readonly InvitationRow[]>;
  withdraw(key: Uint8Array): Promise<void>;
  members(): Promise<readonly Member[]>;
  leave(): Promise<void>;
  share(options: ShareOptions): Promise<Shared>;
  grants(): Promise<readonly GrantRow[]>;
  whoHolds(log?: string): Promise<readonly HeldRight[]>;
  preview(grant: string): Promise<BlastRow>;
  revoke(grant: string): Promise<void>;
  keyState(): Promise<KeyState>;
  rotate(options?: RotateOptions): Promise<number>;
  followKey(): Promise<number>;
  history(isShown: boolean): Promise<number>;
}

/** What this user holds, what a name of a site means in a right, and for whom and whose pages a site is. */
export type Rights = Pick<
  RightsDesk,
  | 'whatHolds'
  | 'resourceOf'
  | 'origins'
  | 'setOrigins'
  // Groups: they are made, and people in them are as rights in a site are.
  | 'groups'
  | 'foundGroup'
  | 'grants'
  | 'whoHolds'
  | 'share'
  | 'preview'
  | 'revoke'
  // Sealed grants: this device shows what it was handed.
  | 'keepProof'
  | 'keptProofs'
  | 'forgetProof'
>;

/** Addresses of the user, and devices that signed in with one and wait. */
export type Emails = Pick<
  SdkEmails,
  'providers' | 'begin' | 'list' | 'forget' | 'knocks' | 'meet' | 'deny' | 'invite' | 'open'
>;

/** A sign-in with e-mail of a device that has no account yet. */
export interface EmailEntry
  extends Pick<SdkEmailEntry, 'url' | 'untilMs' | 'confirm' | 'digits' | 'handed'>, Disposable {
  open(): Promise<Copse>;
}

export type Recovery = Pick<
  SdkRecovery,
  | 'weaknesses'
  | 'setUp'
  | 'status'
  | 'remove'
  | 'grant'
  | 'resets'
  | 'decideReset'
  | 'pending'
  | 'readmit'
  | 'rejoin'
>;

/** A new device that waits to be let in. */
export type Asking = Pick<SdkAsking, 'link' | 'code' | 'untilMs' | 'answered' | 'handed' | 'cancel'>;

/** One that this device has answered. */
export type Approval = Pick<SdkApproval, 'deviceName' | 'scanned' | 'approve' | 'deny'>;

export type { LockWay, Opener };

/** A request to begin anew, which an admin of the node decides. */
export type ResetEntry = Pick<SdkResetEntry, 'ask' | 'look' | 'secret' | 'forget'>;

/** The keys of this device where they lie. */
export type AtRest = Pick<SdkAtRest, 'ways' | 'lock' | 'unlock'>;
export type Passkeys = typeof SdkPasskeys;

export interface DeviceDesk {
  answer(text: string): Promise<Approval>;
  preview(device: DeviceId): Promise<Revocation>;
}

export type Names = Pick<
  SdkNames,
  | 'checkpoint'
  | 'cosigners'
  | 'notices'
  | 'claims'
  | 'keysOf'
  | 'trustIn'
  | 'check'
  | 'digitsWith'
  | 'compared'
  | 'alarms'
  | 'acknowledgeAlarm'
>;

/** What this device hears of its sites, and what became of what was sent. */
export type Notifications = Pick<
  SdkNotifications,
  | 'state'
  | 'look'
  | 'subscribe'
  | 'unsubscribe'
  | 'level'
  | 'mute'
  | 'unmute'
  | 'quiet'
  | 'test'
  | 'history'
  | 'unread'
  | 'readPosts'
  | 'digest'
  | 'setDigest'
>;

/** Whether somebody looks, and what she has read. */
export interface Attention {
  look(isHere: boolean): void;
  read(log: Log, at?: number): void;
}

/** The push of this browser. */
export interface Push {
  /** What stands in the way before anybody is asked, or null. */
  obstacle(): PushObstacle | null;
  /** Asks the person, and has this device reached; answers what stands in the way. */
  begin(notifications: Notifications): Promise<PushObstacle | null>;
  end(notifications: Notifications): Promise<void>;
  /** Node and browser agree about the address again. */
  renew(notifications: Notifications): Promise<void>;
  /** The browser gives the address up; for who signs out. */
  forget(): Promise<void>;
}

export type { AppendOptions, PushObstacle };

export interface Copse {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly admin: boolean;
  readonly node: { readonly url: string; readonly key: Key };
  readonly status: Store<Status>;
  readonly trouble: Store<Trouble>;
  readonly sites: Store<readonly Site[]>;
  readonly profile: Store<Profile>;
  readonly devicesChanged: Store<number>;
  /** The log of the node was caught in a contradiction, or null. */
  readonly alarm: Store<Trouble>;
  /** The last thing said about this user that this device did not cause. */
  readonly noticed: Store<Notice | null>;
  readonly rights: Promise<Rights>;
  readonly recovery: Recovery;
  names(): Promise<Names>;
  notifications(): Promise<Notifications>;
  attention(): Promise<Attention>;
  emails(): Promise<Emails>;
  accounts(): Promise<Accounts>;
  files(): Promise<Files>;
  secret(): Promise<Uint8Array | null>;
  found(options: { readonly title: string; readonly logs?: readonly string[] }): Promise<Site>;
  peek(link: string): Promise<InvitationView>;
  join(link: string): Promise<Site>;
  updateProfile(changes: Partial<Profile>): Promise<ProfileAnswer>;
  devices(): Promise<readonly DeviceRow[]>;
  renameDevice(device: DeviceId, name: string): Promise<void>;
  revokeDevice(device: DeviceId): Promise<void>;
  deviceDesk(): Promise<DeviceDesk>;
  atRest(): Promise<AtRest>;
  figures(): Promise<readonly Figure[]>;
  logout(): Promise<LogoutAnswer>;
  close(): Promise<void>;
}

/** The seams for tests stay out of the app. */
export type OpenOptions = Pick<
  SdkOpenOptions,
  'name' | 'deviceName' | 'secret' | 'generations' | 'unlock' | 'setup' | 'invitation' | 'nodeKey'
>;

export interface NodeAbout {
  readonly version: string;
  readonly protocol: string;
}

/** Everything the app needs from outside: the product hands over the SDK, tests and screenshots the fake. */
export interface Gate {
  /** Whether this browser keeps an account of this node. */
  remembers(): Promise<boolean>;
  open(options: OpenOptions): Promise<Copse>;
  /** The e-mail providers of the node. */
  emailProviders(): Promise<readonly EmailProvider[]>;
  enterWithEmail(options: OpenOptions & { readonly provider: string }): Promise<EmailEntry>;
  /** What a link offers, asked without an account. */
  peek(link: string): Promise<InvitationView>;
  /** What a link to an account is, asked without one. */
  lookAtAccount(link: string): Promise<AccountOffer>;
  takeUpAccount(link: string, options: OpenOptions): Promise<Copse>;
  about(): Promise<NodeAbout>;
  /** Makes this a device that waits for another one of its user's; needs no account. */
  pair(): Promise<Asking>;
  passkeys(): Promise<Passkeys>;
  push(): Promise<Push>;
  neighbourhood(copse: Copse): Promise<Neighbourhood>;
  /** The same for who has no account, under a key of this browser. */
  visit(): Promise<Visit>;
  /** The account as one file, out of the node and into it. */
  accountFile(copse: Copse): Promise<AccountFileDesk>;
  /** Takes what this device has of it away. */
  forgetNeighbourhood(copse: Copse): Promise<void>;
  /** Asks the realms of a recovery code; needs no account. */
  recover(options: RecoverOptions): Promise<Recovered>;
  /** Begins anew in the place of a user who has lost everything. */
  reset(): Promise<ResetEntry>;
}
