/** Who wants to be told by e-mail what waits, and what she was told (SPEC I22). */

import type { UserId } from 'copse/internal/base/ids.ts';

export interface DigestWish {
  readonly user: UserId;
  /** In its normal form. */
  readonly email: string;
  readonly afterMs: number;
}

export interface DigestRecord extends DigestWish {
  /** Since when she has looked at nothing, as far as anybody knows. */
  readonly sinceMs: number | null;
  /** When she was told last. */
  readonly sentMs: number | null;
  /** When to look at her again. */
  readonly lookMs: number;
}

export interface Digests {
  of(user: UserId): Promise<DigestRecord | null>;
  /** In place of what she wished before; what she was told is forgotten with it. */
  wish(wish: DigestWish, lookMs: number): Promise<void>;
  /** False when that is not what she wishes. */
  end(user: UserId, email: string): Promise<boolean>;
  /** At whom to look, who waits longest first. */
  due(nowMs: number, countMax: number): Promise<readonly DigestRecord[]>;
  /** What was found out about a wish; of another one of hers it says nothing. */
  note(record: DigestRecord): Promise<void>;
}
