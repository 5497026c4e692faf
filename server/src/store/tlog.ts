/**
 * The store of the log of a node (SPEC M7): its leaves, the tiles over them, the newest leaf of every label,
 * claimed names, and the notes that were signed. One owner appends; what `append` has answered is durable, and
 * only that may be signed. Asynchronous, so that a server's database can be behind it as well as a file.
 */

import type { NamedKey } from 'copse/internal/transparency/note.ts';
import type { Subtree } from 'copse/internal/crypto/merkle.ts';
import type { TileName } from 'copse/internal/transparency/tile.ts';

/** The newest leaf of a label, and how many there are. */
export interface LabelHead {
  readonly last: number;
  readonly count: number;
}

export interface StoredClaim {
  readonly namespace: string;
  /** In its normal form. */
  readonly name: string;
  readonly number: number;
  /** Key of the user, in hex. */
  readonly user: string;
  /** Index of its leaf. */
  readonly index: number;
  readonly timeMs: number;
}

export interface NewLeaf {
  readonly bytes: Uint8Array;
  readonly labels: readonly { readonly label: Uint8Array; readonly count: number }[];
  readonly claim: (Omit<StoredClaim, 'index'> & { readonly skeleton: string }) | null;
}

export interface StoredNote {
  readonly size: number;
  readonly text: string;
  /** How many cosignatures are on it. */
  readonly cosignatures: number;
}

export interface Tlog extends AsyncDisposable {
  /** Durable leaves. */
  readonly size: number;
  /** Appends leaves, the first of which gets the index `size`; all or none, durable when it resolves. */
  append(leaves: readonly NewLeaf[]): Promise<void>;
  heads(labels: readonly Uint8Array[]): Promise<readonly (LabelHead | null)[]>;
  /** Rejects with `unknown` for an index beyond the size. */
  leaves(indices: readonly number[]): Promise<readonly Uint8Array[]>;
  /** The hashes of complete subtrees. */
  hashes(subtrees: readonly Subtree[]): Promise<readonly Uint8Array[]>;
  /** A tile or a bundle of entries; null when the log is not that far. */
  tile(name: TileName): Promise<Uint8Array | null>;

  claim(namespace: string, name: string): Promise<StoredClaim | null>;
  claimsOf(user: string, countMax: number): Promise<readonly StoredClaim[]>;
  /** Other names of the namespace that have this skeleton. */
  lookAlikes(namespace: string, skeleton: string, countMax: number): Promise<readonly string[]>;
  /** The number of the last claim in a namespace; 0 when there is none. */
  lastNumber(namespace: string): Promise<number>;

  /** The note of the largest size; with cosignatures when only such ones are asked for. */
  note(which: 'newest' | 'witnessed'): Promise<StoredNote | null>;
  noteOf(size: number): Promise<StoredNote | null>;
  /** Keeps a note, in place of one of its size; forgets those that are neither newest nor witnessed last. */
  putNote(note: StoredNote): Promise<void>;

  cosigners(): Promise<readonly NamedKey[]>;
  /** Adds one, in place of one of its name. */
  addCosigner(cosigner: NamedKey): Promise<void>;
  removeCosigner(name: string): Promise<boolean>;
}
