/**
 * What a client holds of a log: the last checkpoint that it has verified (SPEC M9). It goes on only to one that
 * provably contains everything of that; whatever else the node shows is a `fork`, with both notes in hand, so
 * that others can be shown what was signed twice.
 */

import { equal } from '../base/bytes.ts';
import { asFault, Fault } from '../base/fault.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { openCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { isConsistent } from '../crypto/merkle.ts';
import { writeNote, type NamedKey } from './note.ts';

/** Asks for the hashes that prove that the tree of `size` leaves begins with that of `old`. */
export type AskConsistency = (old: number, size: number) => Promise<readonly Uint8Array[]>;

export type PinAnswer =
  | { readonly kind: 'ok'; readonly checkpoint: SignedCheckpoint }
  /** Why it is none that may follow; `kept` and `shown` are the notes that contradict each other. */
  | { readonly kind: 'fork'; readonly why: string; readonly kept: string; readonly shown: string };

export class Pin {
  readonly #primitives: Primitives;
  readonly #log: NamedKey;
  #kept: SignedCheckpoint | null;

  private constructor(primitives: Primitives, log: NamedKey, kept: SignedCheckpoint | null) {
    this.#primitives = primitives;
    this.#log = log;
    this.#kept = kept;
  }

  /** From the note that was kept, or null when this is the first meeting. */
  static async open(primitives: Primitives, log: NamedKey, kept: string | null): Promise<Pin> {
    return new Pin(primitives, log, kept === null ? null : await openCheckpoint(primitives, log, kept));
  }

  get checkpoint(): SignedCheckpoint | null {
    return this.#kept;
  }

  /** The note to keep; null before the first. */
  get note(): string | null {
    return this.#kept === null ? null : writeNote(this.#kept.note);
  }

  /** Takes the next note of the log. What the node fails to answer is thrown, and nothing is taken. */
  async advance(note: string, ask: AskConsistency): Promise<PinAnswer> {
    const kept = this.#kept;
    const shown = await this.#open(note);
    if (shown === null) return this.#fork(note, 'it is not signed as a checkpoint of this log');
    if (kept === null || kept.size === 0) return this.#take(shown);
    if (shown.size < kept.size) return this.#fork(note, `it has ${shown.size} leaves after ${kept.size}`);
    if (shown.size === kept.size) {
      return equal(shown.root, kept.root) ? this.#take(shown) : this.#fork(note, 'it has another root');
    }
    const proof = await ask(kept.size, shown.size);
    const claim = { old: kept.size, size: shown.size, oldRoot: kept.root, root: shown.root, proof };
    if (!isConsistent(this.#primitives, claim))
      return this.#fork(note, `it is not proven to contain the first ${kept.size} leaves`);
    return this.#take(shown);
  }

  #take(checkpoint: SignedCheckpoint): PinAnswer {
    this.#kept = checkpoint;
    return { kind: 'ok', checkpoint };
  }

  #fork(shown: string, why: string): PinAnswer {
    return { kind: 'fork', why, kept: this.note ?? '', shown };
  }

  async #open(note: string): Promise<SignedCheckpoint | null> {
    try {
      return await openCheckpoint(this.#primitives, this.#log, note);
    } catch (thrown) {
      const { code } = asFault(thrown);
      if (code === 'badProof' || code === 'malformed' || code === 'tooLarge') return null;
      throw new Fault('internal', '', { cause: thrown });
    }
  }
}
