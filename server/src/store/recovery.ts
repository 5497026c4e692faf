/**
 * What a realm keeps of recoveries (SPEC P6-P9): the secrets of each registration, its guesses, and the
 * grants by which people without an account register. A part of `Accounts`, with its promises: each method is
 * one transaction, and what it counted has survived kill -9 when it resolves. Signatures are checked before.
 *
 * Ids and keys are lower-case hex here, as in the rest of the accounts.
 */

import type { UserId } from 'copse/internal/base/ids.ts';

export interface RecoverySecrets {
  /** Of the key for evaluations. */
  readonly seed: Uint8Array;
  readonly tag: Uint8Array;
  readonly share: Uint8Array;
}

export interface RecoveryRecord {
  readonly id: string;
  /** Public key of whoever may replace and remove it. */
  readonly owner: string;
  readonly card: Uint8Array;
  /** Null when they were destroyed. */
  readonly secrets: RecoverySecrets | null;
  readonly madeMs: number;
  readonly tries: number;
  readonly triesMax: number;
  readonly askedMs: number | null;
  readonly recoveredMs: number | null;
}

/** By whom the node lets an owner in. */
export type LetInBy =
  | { readonly kind: 'user'; readonly user: UserId }
  | { readonly kind: 'grant'; readonly key: string }
  | { readonly kind: 'owner' };

export interface NewRecovery {
  readonly id: string;
  readonly owner: string;
  readonly card: Uint8Array;
  readonly secrets: RecoverySecrets;
  readonly madeMs: number;
  readonly triesMax: number;
  readonly by: LetInBy;
  readonly atMs: number;
  /** Registrations that one user vouches for. */
  readonly perUserMax: number;
}

/**
 * `taken`: the id is another owner's. `stale`: what is there is newer. `forbidden`: nothing lets her in.
 * `full`: that user has vouched for enough.
 */
export type Registered = 'ok' | 'taken' | 'stale' | 'forbidden' | 'used' | 'expired' | 'full';

export interface GuessAt {
  readonly id: string;
  readonly atMs: number;
  /** For an id that nobody registered: as many guesses as usual, and so many such ids are remembered. */
  readonly decoyTriesMax: number;
  readonly decoysMax: number;
}

export type Guessed =
  /** Counted. `secrets` is null for an id that nobody registered. */
  | { readonly kind: 'open'; readonly triesLeft: number; readonly secrets: RecoverySecrets | null }
  /** The secrets are destroyed, now or before. */
  | { readonly kind: 'locked' };

export type Refused = { readonly kind: 'open'; readonly triesLeft: number } | { readonly kind: 'locked' };

export interface GrantRecord {
  readonly key: string;
  readonly by: UserId;
  readonly expiresMs: number;
  readonly usedMs: number | null;
}

export interface Recoveries {
  find(id: string): Promise<RecoveryRecord | null>;
  register(recovery: NewRecovery): Promise<Registered>;
  /** Whether nothing is evaluated for this id any more; the same for one that nobody registered. */
  isLocked(id: string): Promise<boolean>;
  /** Counts a guess before anything is evaluated; destroys the secrets when there have been enough. */
  guess(guess: GuessAt): Promise<Guessed>;
  /** A wrong proof: destroys the secrets when that was the last guess. */
  refuse(guess: GuessAt): Promise<Refused>;
  /** A right proof: forgets the guesses. */
  recovered(id: string, atMs: number): Promise<void>;
  /** False when there is none of this owner. */
  remove(id: string, owner: string): Promise<boolean>;
  grant(grant: {
    readonly key: string;
    readonly by: UserId;
    readonly expiresMs: number;
    readonly atMs: number;
    readonly openMax: number;
  }): Promise<'ok' | 'taken' | 'full'>;
  /** The latest first. */
  grants(by: UserId, countMax: number): Promise<readonly GrantRecord[]>;
}

/** What becomes of a registration, or a decoy, with so many guesses behind it when one more comes. */
export function nextTry(tries: number, triesMax: number): { readonly tries: number } | 'locked' {
  return tries >= triesMax ? 'locked' : { tries: tries + 1 };
}
