/**
 * What the log of a document says, in a `Y.Doc`: a fold over its entries (SPEC Y1, Y4, Y5). Besides the document it
 * keeps what the log has said since the last state, so that `save` answers exactly that while the document shows
 * changes that are not in the log yet, or never will be.
 */

import { Fault, type LogEntry } from 'copse';
import { applyUpdate, applyUpdateV2, Doc, encodeStateAsUpdate, encodeStateAsUpdateV2, transact } from 'yjs';
import { Parts, readEntry } from './entry.ts';
import { isSoundState, isSoundUpdate } from './sound.ts';
import { readState, writeState } from './state-bytes.ts';

export interface FoldOwner {
  /** Origin of transactions that come from the log. */
  readonly origin: unknown;
  /** Whether this value was appended here, so that the document has it already. */
  isOwn(value: Uint8Array): boolean;
  /** Whether the document holds nothing that is not in the log. */
  isClean(): boolean;
  /** The log begins anew: the document may hold what it has lost. */
  onAgain(): void;
}

const EMPTY = encodeStateAsUpdateV2(new Doc());
const NOTHING = encodeStateAsUpdate(new Doc());

export class DocumentFold {
  readonly #doc: Doc;
  readonly #owner: FoldOwner;
  #parts = new Parts();
  #hasBegun = false;
  /** The last state, and the changes since then as the log has them. */
  #base: Uint8Array = EMPTY;
  #since: Uint8Array[] = [];
  /** Entries that are no change of a document: of a hostile member, a newer version, or without their key. */
  skippedCount = 0;
  /** Entries before a state are gone, and no state was there. */
  isTrimmed = false;

  constructor(doc: Doc, owner: FoldOwner) {
    this.#doc = doc;
    this.#owner = owner;
  }

  /** Changes in parts of which some never came. */
  get lostCount(): number {
    return this.#parts.lostCount;
  }

  /**
   * Throws `malformed` for bytes that are no state; the document is then as it was. A second state joins what the
   * document holds: a change is never taken out of it, and what the log has lost is brought back.
   */
  load(bytes: Uint8Array | null): void {
    const state = bytes === null ? { parts: [], document: EMPTY } : readState(bytes);
    if (state === null || !isSoundState(state.document))
      throw new Fault('malformed', 'no state of a document');
    if (bytes !== null) applyUpdateV2(this.#doc, state.document, this.#owner.origin);
    this.#parts = new Parts();
    for (const { device, value } of state.parts) this.#parts.take(device, value);
    this.#base = bytes === null ? EMPTY : state.document.slice();
    this.#since = [];
    if (this.#hasBegun) this.#owner.onAgain();
    this.#hasBegun = true;
  }

  /** Entries in order, in one transaction: whoever renders the document does so once. */
  apply(entries: readonly LogEntry<Uint8Array>[]): void {
    transact(
      this.#doc,
      () => {
        for (const entry of entries) this.#take(entry);
      },
      this.#owner.origin,
      false,
    );
  }

  #take({ broken, device, isPart, mine, value }: LogEntry<Uint8Array>): void {
    if (isPart) return;
    if (broken === 'trimmed') this.isTrimmed ||= this.#base === EMPTY;
    // What a leader has refused is no change, and nothing wrong.
    else if (value !== undefined) this.#takeValue(device, value, mine && this.#owner.isOwn(value));
    else if (broken !== null) this.skippedCount++;
  }

  #takeValue(device: string, value: Uint8Array, isOwn: boolean): void {
    const entry = readEntry(value);
    if (entry === null) {
      this.skippedCount++;
      return;
    }
    const update = entry.kind === 'whole' ? entry.update : this.#parts.take(device, value);
    if (update === null) return;
    if (isOwn || this.add(update)) this.#since.push(update);
    else this.skippedCount++;
  }

  /** Applies an update whatever it is; false when it is none. */
  add(update: Uint8Array): boolean {
    return addUpdate(this.#doc, update, this.#owner.origin);
  }

  /** What the log has said so far. */
  save(): Uint8Array {
    const document = this.#owner.isClean() ? encodeStateAsUpdateV2(this.#doc) : this.#rebuilt();
    this.#base = document;
    this.#since = [];
    return writeState({ parts: [...this.#parts.rows()], document });
  }

  #rebuilt(): Uint8Array {
    const doc = this.confirmed();
    const document = encodeStateAsUpdateV2(doc);
    doc.destroy();
    return document;
  }

  /** A document of its own with what the log has said so far. */
  confirmed(): Doc {
    const doc = new Doc();
    applyUpdateV2(doc, this.#base);
    transact(doc, () => {
      for (const update of this.#since) addUpdate(doc, update, this);
    });
    return doc;
  }
}

function addUpdate(doc: Doc, update: Uint8Array, origin: unknown): boolean {
  if (!isSoundUpdate(update)) return false;
  try {
    applyUpdate(doc, update, origin);
    return true;
  } catch {
    // What came in before the mistake may be what earlier changes wait for, which Yjs looks at with the next update.
    applyUpdate(doc, NOTHING, origin);
    return false;
  }
}
