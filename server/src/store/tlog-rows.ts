/** The rows under the log of a node, which an engine keeps: plain, synchronous, without a rule in them. */

import type { Key } from 'copse/internal/base/ids.ts';
import type { LabelHead, StoredClaim, StoredNote } from './tlog.ts';

export interface ClaimRow extends StoredClaim {
  readonly skeleton: string;
}

export interface TlogRows {
  /** All that `task` changes, or nothing; durable when it returns. */
  transaction<T>(task: () => T): T;
  close(): void;

  count(): number;
  putLeaf(index: number, bytes: Uint8Array): void;
  leaf(index: number): Uint8Array | null;
  /** Leaves from an index on. */
  leavesFrom(index: number, count: number): readonly Uint8Array[];
  /** Full tiles only. */
  putTile(
    level: number,
    index: number,
    tile: { readonly hashes: Uint8Array; readonly root: Uint8Array },
  ): void;
  tile(level: number, index: number): Uint8Array | null;
  /** Roots of the full tiles of a level from an index on. */
  tileRoots(level: number, from: number): readonly Uint8Array[];
  putHead(label: Uint8Array, head: LabelHead): void;
  head(label: Uint8Array): LabelHead | null;

  putClaim(claim: ClaimRow): void;
  claim(namespace: string, name: string): StoredClaim | null;
  claimsOf(user: string, countMax: number): readonly StoredClaim[];
  lookAlikes(namespace: string, skeleton: string, countMax: number): readonly string[];
  lastNumber(namespace: string): number;

  putNote(note: StoredNote): void;
  noteOf(size: number): StoredNote | null;
  newestNote(cosignaturesMin: number): StoredNote | null;
  /** Forgets notes smaller than a size, but for one. */
  forgetNotes(below: number, kept: number): void;

  putCosigner(name: string, key: Uint8Array): void;
  deleteCosigner(name: string): boolean;
  cosigners(): readonly { readonly name: string; readonly key: Key }[];
}
