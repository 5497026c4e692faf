/**
 * What a peer keeps: messages and where they are found. One interface; SQLite on two engines (`sqlite.ts`) and
 * memory (`memory.ts`) behind it; the contract suite is `lab/suites/peer-store.suite.ts`.
 *
 * Everything happens on the thread of the caller and at once: whoever puts messages gathers them first, because
 * a commit costs the same for one and for a hundred. When `put` has returned, its messages survive kill -9 and
 * loss of power, in a node; in a browser as far as its storage does.
 */

import type { Key } from '../../base/ids.ts';
import type { Message } from '../message/terms.ts';

export interface NewMessage {
  readonly message: Message;
  /** Whose account it counts for: the user who brought it here, whoever wrote it (SPEC Z25). */
  readonly payer: Key;
  /** What that account may hold. */
  readonly bytesMax: number;
  /** Milliseconds since 1970, by the clock of the node. */
  readonly atMs: number;
}

/** What became of a message. */
export type Put =
  | { readonly kind: 'stored'; readonly seq: number }
  /** It is here already, or was, and has been taken back. */
  | { readonly kind: 'known' }
  /** Older than what the account can keep: it would be the next to go (SPEC Z26). */
  | { readonly kind: 'old'; readonly markMs: number }
  /** A newer statement of the same name is here, or a newer edit. */
  | { readonly kind: 'overtaken' }
  /** It is larger than what the account may hold and may fall out, or one statement of its user too many. */
  | { readonly kind: 'full' };

export interface StoredMessage {
  /** Position in what has arrived here: rises, is never given twice. */
  readonly seq: number;
  readonly timeMs: number;
  readonly bytes: Uint8Array;
  /** Its edit: it reads as this one says. */
  readonly edit: Uint8Array | null;
}

/** Where a page begins: behind this message, in the order of reading. */
export interface PageCursor {
  readonly timeMs: number;
  readonly seq: number;
}

export interface CurrentName {
  readonly kind: number;
  readonly name: string;
}

export interface PageOf {
  /** Keys of `message/refs.ts`; of several the rows are merged. */
  readonly refs: readonly Uint8Array[];
  /** The newest first, older than this one; null: from the newest on. */
  readonly before: PageCursor | null;
  readonly rowsMax: number;
  readonly bytesMax: number;
}

/** A message as two sets of them are compared by. */
export interface ItemRow {
  readonly seq: number;
  readonly timeMs: number;
  readonly id: Uint8Array;
}

export interface Usage {
  readonly bytes: number;
  readonly messages: number;
  /** Nothing older is taken for this account; what fell out does not come back (SPEC Z26). */
  readonly markMs: number;
}

export interface PeerStore extends AsyncDisposable {
  /** Drawn when the store was made: positions of another one mean nothing here. */
  readonly epoch: Uint8Array;
  /** The last position that was given. */
  head(): number;
  /** Takes a message away as if it had never come: what nobody else has taken. False when it is not here. */
  forget(id: Uint8Array): boolean;
  /** Answers in the order of what was asked; one that is refused leaves the others alone. */
  put(batch: readonly NewMessage[]): readonly Put[];
  /** Whether a message is here, or has been taken back. */
  knows(id: Uint8Array): boolean;
  get(id: Uint8Array): StoredMessage | null;
  page(of: PageOf): readonly StoredMessage[];
  /** What has arrived behind a position, in the order of arrival. */
  after(seq: number, rowsMax: number): readonly StoredMessage[];
  /** Positions at which a key is found, of (`from`, `to`], unordered; at most `countMax` of the oldest by time. */
  seqs(ref: Uint8Array, range: { readonly from: number; readonly to: number }, countMax: number): number[];
  /**
   * What a key leads to, by (time, seq), behind a place in that order, without what replaces and is of no use to
   * others: what two peers compare (SPEC Z89).
   */
  items(ref: Uint8Array, behind: PageCursor, rowsMax: number): readonly ItemRow[];
  /** The time of the oldest of the newest messages that these lead to, at most `countMax`, and how many they are. */
  newest(
    refs: readonly Uint8Array[],
    countMax: number,
  ): { readonly count: number; readonly oldestMs: number };
  /** Messages at positions, those that are still there, in the order asked. */
  at(seqs: readonly number[]): readonly StoredMessage[];
  /** The newest statement of a user with this kind and name. */
  current(from: Key, kind: number, name: string): StoredMessage | null;
  /** Statements of a user that replace earlier ones, by kind and name; behind one of them, or from the first on. */
  currents(from: Key, after: CurrentName | null, rowsMax: number): readonly StoredMessage[];
  /** Keeps a message whatever the bounds say, or no longer; false when it is not here. What replaces is kept anyway. */
  pin(id: Uint8Array, isPinned: boolean): boolean;
  /** Takes a post away whoever wrote it, with its edit; it does not come again. False when it is not here. */
  takeAway(id: Uint8Array): boolean;
  /** Whether it is kept so. */
  isPinned(id: Uint8Array): boolean;
  /** What counts for one account counts for another one from now on, with the higher of their marks. */
  inherit(from: Key, to: Key): void;
  usage(payer: Key): Usage;
  totals(): { readonly messages: number; readonly bytes: number };
  /** Takes away what arrived first until no more than `bytesMax` are left, a bounded number at once; answers how many went. */
  prune(bytesMax: number): number;
  /** Brings an account down to so many bytes, its oldest first, a bounded number at once; answers how many went. */
  pruneAccount(payer: Key, bytesMax: number): number;
  /** Puts the next messages into the index of words; answers whether there are more. `known` spares reading some. */
  indexWords(rowsMax: number, known?: (seq: number) => Message | null): boolean;
  /** Posts with all of these words, as they read now; the last that arrived first. */
  search(words: string, before: PageCursor | null, rowsMax: number): readonly StoredMessage[];
}
