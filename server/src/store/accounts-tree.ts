/**
 * What a node keeps of its account tree (SPEC Z10-Z16). A part of `Accounts`, with its promises. Operations are
 * opened and their signatures checked before, by `auth`; what they do is decided here, in one transaction each,
 * by the machine in `core/social/accounts`. The engines differ in their rows alone (`TreeRows`).
 */

import type { DeviceId, Key, UserId } from 'copse/internal/base/ids.ts';
import type { Account, Book, Place } from 'copse/internal/social/accounts/account.ts';
import type { ActKind, Operation } from 'copse/internal/social/accounts/operation.ts';

export interface SignedOperation {
  readonly operation: Operation;
  readonly bytes: Uint8Array;
}

export interface AuditEntry {
  readonly number: number;
  readonly id: string;
  readonly kind: ActKind;
  readonly bytes: Uint8Array;
  readonly actor: Place;
  readonly target: Place;
  readonly atMs: number;
  readonly prev: Uint8Array;
  readonly hash: Uint8Array;
}

/** What the caller of a question about an account sees of it. */
export interface AccountView {
  readonly account: Account;
  /** False: it, or what it hangs on, was removed, or nobody has taken it up. */
  readonly isThere: boolean;
  /** Of those that hang below it directly. */
  readonly children: number;
  /** Who removed it or what it hangs on. */
  readonly ended: { readonly account: Account; readonly by: Account } | null;
}

export interface Preview {
  /** People who would not be there any more, at most `accountPreviewMax`. */
  readonly people: number;
  /** Links that nobody has taken up, which would end. */
  readonly links: number;
  /** Accounts that they may still make. */
  readonly quota: number;
  /** Who goes on below another account. */
  readonly rehung: number;
  readonly more: boolean;
  /** The first of them. */
  readonly first: readonly Account[];
}

export interface AppliedOperation {
  /** False: it was done before, and nothing has been done now. */
  readonly fresh: boolean;
  readonly target: Account;
  /** Of the key that had the account before. */
  readonly ended: readonly DeviceId[];
}

/**
 * What an account is worth to whoever serves people of the node and strangers. A key that another one has
 * replaced is `removed`, with its content kept.
 */
export type Standing =
  | {
      readonly kind: 'friend';
      readonly user: UserId;
      readonly place: Place;
      readonly name: string;
      /** That she may publish. */
      readonly bytes: number;
      readonly isAdmin: boolean;
    }
  | { readonly kind: 'removed'; readonly content: 'keep' | 'hide' }
  | { readonly kind: 'stranger' };

/** Something about the standing of a key has changed: ask again. */
export interface StandingChange {
  readonly key: Key;
  /** Of everybody below it too. */
  readonly below: boolean;
}

/** A key of which nothing is shown, because its account was removed so. */
export interface HiddenKey {
  readonly key: Key;
  /** It cannot be restored any more. */
  readonly isFinal: boolean;
}

/** What other services of the node ask of the tree. */
export interface Standings {
  standing(key: Key): Promise<Standing>;
  /** The keys that the account of this one had before; none of one that has it no longer. */
  formers(key: Key): Promise<readonly Key[]>;
  /** All keys whose content is hidden, those that their accounts had before too. */
  hidden(): Promise<readonly HiddenKey[]>;
  /** Called once a change is durable. Who becomes a user is a friend when she connects again. */
  listen(listener: (change: StandingChange) => void): void;
}

export interface Tree extends Standings {
  /** The node's own key, once it is known; repeating it changes nothing. */
  begin(node: Key): Promise<void>;
  /** Throws a `Fault` when it may not be, and nothing has changed then. */
  apply(signed: SignedOperation, nowMs: number): Promise<AppliedOperation>;
  /** Whether somebody with this key may come in; null: no account has or had it. */
  admits(key: Key): Promise<boolean | null>;
  /** Who acts for the node, and how many accounts the node has given her; null: nobody yet. */
  admin(): Promise<{ readonly account: Account; readonly given: number } | null>;
  /** How many accounts one has given another that can be asked back. */
  given(from: Place, to: Place): Promise<number>;
  /** By a key that it has or had. */
  view(key: Key): Promise<AccountView | null>;
  /** Who is above it, from the nearest up to the node. */
  above(key: Key): Promise<readonly Account[]>;
  /** Those that were made directly below it, in the order in which they were, after a place. */
  below(key: Key, after: Place, countMax: number): Promise<readonly AccountView[]>;
  /** Whether somebody may see an account, by the keys of both. */
  mayView(viewer: Key, target: Key): Promise<boolean>;
  preview(key: Key, extent: 'one' | 'all'): Promise<Preview>;
  /**
   * Operations that concern an account, which sees what is done by and to itself, those above and those below,
   * the newest first, before a number. `next`: where to go on; null: there are no more.
   */
  audit(
    viewer: Key,
    before: number,
    countMax: number,
  ): Promise<{ readonly entries: readonly AuditEntry[]; readonly next: number | null }>;
  /** The last operation; null: there is none. */
  head(): Promise<AuditEntry | null>;
  account(place: Place): Promise<Account | null>;
  /** Accounts in all, those that the node may still be asked for, and what was issued. */
  count(): Promise<{ readonly issued: number; readonly worth: number }>;
  /**
   * Ends devices of whom removals have ended and returns what is final, in slices between which others are
   * answered; `onEnded` hears of each device once its end is durable. Goes on with what a crash has left.
   */
  sweep(atMs: number, onEnded: (device: DeviceId) => void): Promise<void>;
  /** Returns links that are over, and begins to return removals that are final; `sweep` ends it. */
  tidy(nowMs: number): Promise<void>;
}

/** What an engine keeps. All of it is called within one of its transactions or reads. */
export interface TreeRows extends Book {
  admin(): Account | null;
  children(of: Place, after: Place, countMax: number): readonly Account[];
  countChildren(of: Place): number;
  act(id: string): AuditEntry | null;
  addAct(entry: AuditEntry): void;
  lastAct(): AuditEntry | null;
  actsBefore(number: number, countMax: number): readonly AuditEntry[];
  over(nowMs: number, countMax: number): readonly Account[];
  final(removedBeforeMs: number, countMax: number): readonly Account[];
  /** Accounts that were removed with what was written, behind a place. */
  hiding(after: Place, countMax: number): readonly Account[];
  /** The keys that an account has or had. */
  keysOf(place: Place): readonly Key[];
  /** Work on the accounts below a removed one: they end now, or for good. */
  jobs(countMax: number): readonly TreeJob[];
  /** In the place of the same job with another `after`. */
  putJob(job: TreeJob): void;
  dropJob(job: TreeJob): void;
  /** Of all accounts together. */
  worth(): number;
}

export interface TreeJob {
  /** What was removed. */
  readonly removed: Place;
  readonly isFinal: boolean;
  /** Where the work is; those below it follow. */
  readonly place: Place;
  /** Of those below it the last that has been noted; 0: the work has not begun. */
  readonly after: Place;
}

/** What the tree needs of the other parts of its engine, within the same transaction. */
export interface TreeNeighbours {
  /** Voids tokens and sessions of all devices of a user; she may sign in with them when she is there again. */
  endDevices(user: UserId, atMs: number): readonly DeviceId[];
}
