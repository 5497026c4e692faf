/** What applications import, whatever their runtime; `browser/index.ts` and `native/index.ts` add `openCopse`. */

export { Fault, FAULTS, type FaultCode, type Retry } from '../base/fault.ts';
export { hintOf } from './fault-hint.ts';
export type { DeviceId, Key, LogId, SiteId, UserId } from '../base/ids.ts';
export { permission, permissionsAll } from '../api/model.ts';
export type { AtRest } from './at-rest.ts';
export type { Copse } from './copse.ts';
export type {
  EmailConfirmed,
  EmailFailure,
  EmailProvider,
  EmailRow,
  Emails,
  EmailStep,
  EmailVisit,
  Knock,
  LettingIn,
} from './email.ts';
export type { EmailInvitation } from './email-types.ts';
export type { EmailEntry, EntryConfirmed, EntryEnd, EntryOptions } from './email-entry.ts';
export type { Approval, DeviceDesk, Revocation } from './device-desk.ts';
export type { LockWay, Opener } from './keep-lock.ts';
export { MemoryKeep, type Keep, type KeepChange, type KeepRow, type Safety } from './keep.ts';
export type { KeyState, RotateOptions } from './key-state.ts';
export type { Decision, Lead, LeadStatus, Maker, Sequencer } from './lead.ts';
export type { Log } from './log.ts';
export type { SnapshotRow } from './log-snapshots.ts';
export type { Fold, FoldOptions, LogFold } from './log-fold.ts';
export type { Answered, Asking, Handed } from './pair-asking.ts';
export type { Recovery } from './recovery.ts';
export type { RealmFailure, RealmStatus, SetUp, SetUpOptions } from './recovery-owner.ts';
export type { PinWeakness } from './recovery-pin.ts';
export type { RealmReport, RecoverOptions, Recovered } from './recovery-recover.ts';
export type { PendingMember, WaitingReset } from './recovery-reset.ts';
export type {
  Alarms,
  ClaimAnswer,
  ClaimedName,
  KeyOfEmail,
  Names,
  NodeCheckpoint,
  Notice,
  PastAlarm,
} from './names.ts';
export type { Attention } from './attention.ts';
export type {
  AddressState,
  DeadLetter,
  DigestState,
  Level,
  NoticeTold,
  Notifications,
  NotificationsState,
  PushAddress,
  QuietHours,
  SiteLevel,
  TestAnswer,
} from './notifications.ts';
export type {
  BlastRow,
  ChangesFrom,
  ChangesPage,
  BlessOptions,
  Group,
  GrantRow,
  HeldRight,
  HoldingRow,
  Shared,
  RevokeOptions,
  ShareOptions,
} from './rights.ts';
export type { RightsDesk } from './rights-desk.ts';
export type { KeptProof } from './proof-shelf.ts';
export type { Site } from './site.ts';
export type { Trust } from './trust.ts';
export type { Store } from './store.ts';
export type {
  Appended,
  Broken,
  Codec,
  Conflict,
  DeviceRow,
  Durability,
  Figure,
  FoundOptions,
  InvitationRow,
  InvitationView,
  InviteOptions,
  KnownAccount,
  LogEntry,
  LogOptions,
  LogPage,
  LogView,
  LogWindow,
  LogoutAnswer,
  Member,
  OpenOptions,
  PageOptions,
  PendingEntry,
  Present,
  Profile,
  ProfileAnswer,
  AppendOptions,
  ReadOptions,
  Said,
  Status,
  Trouble,
} from './types.ts';
