/**
 * Entries of this device that have no position yet, kept over restarts (SPEC S2, S7). A row is written
 * before its entry is sent and deleted after its fate is known, so that whoever has the keep next sends
 * again exactly what may be missing, under the same identity.
 *
 * Rows come and go in groups: while one group is on its way to the disk, the next one is built.
 */

import { assert } from '../base/assert.ts';
import { fromHex, hex } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { logId, siteId, type LogId, type SiteId } from '../base/ids.ts';
import {
  entryBytesMax,
  outcomesKeptMax,
  queueBytesMax,
  queueCountMax,
  unsyncedCountMax,
} from '../base/limits.ts';
import { positionShape } from '../api/model.ts';
import { list, struct } from '../wire/compound.ts';
import { bytes, decode, encode, id, uint } from '../wire/shape.ts';
import { deferred, type Deferred } from './deferred.ts';
import type { Keep, KeepChange } from './keep.ts';

export interface Place {
  readonly site: SiteId;
  readonly log: LogId;
}

/** One entry that waits for its position. */
export interface Waiting {
  /** 8 random bytes in hex: names the append, whatever becomes of the writer's identity. */
  readonly id: string;
  readonly epoch: number;
  readonly seq: number;
  /** The log's tail when the entry was made, as far as it was known: it stands nowhere before. */
  readonly from: number;
  /** The entry as it is sent. */
  readonly bytes: Uint8Array;
  /** Asked for by another tab: its outcome is remembered for a while. */
  readonly foreign: boolean;
}

const idShape = id(8, (text) => text);
const rowShape = struct({
  id: idShape,
  from: positionShape,
  foreign: uint(1),
  bytes: bytes(entryBytesMax),
});
const outcomesShape = list(struct({ id: idShape, at: positionShape }), outcomesKeptMax);

const PREFIX = 'queue/';
const OUTCOMES = 'outcomes';

interface Group {
  readonly changes: Map<string, KeepChange>;
  readonly done: Deferred<void>;
  /** Rows that were not there before. */
  readonly fresh: Set<string>;
  /** Some entry gets another identity. */
  isRenaming: boolean;
}

export class Queue {
  readonly #keep: Keep;
  readonly #countMax: number;
  readonly #waitingByPlace = new Map<string, Waiting[]>();
  readonly #outcomes: { id: string; at: number }[] = [];
  readonly #onSynced = new Set<() => void>();
  #count = 0;
  #bytes = 0;
  #next: Group | null = null;
  #writing: Promise<void> | null = null;
  /** Outcomes are written with the deletions that they belong to. */
  #hasNewOutcomes = false;
  /** Deletions that the keep refused: they go with the next write. Without them an entry would be sent once more at every start. */
  readonly #owed = new Map<string, KeepChange>();
  /** Rows that the keep refused and never had. */
  readonly #refused = new Set<string>();
  /** Under the name of a row that is not written yet, the rows that it replaces, of which the keep has one. */
  readonly #replacedBy = new Map<string, Set<string>>();
  /** Rows that were deleted since the last strict write. */
  #unsynced = 0;

  private constructor(keep: Keep, countMax: number) {
    this.#keep = keep;
    this.#countMax = countMax;
  }

  static async load(keep: Keep, countMax: number = queueCountMax): Promise<Queue> {
    const queue = new Queue(keep, countMax);
    for (const { name, value } of await keep.list(PREFIX)) queue.#loadRow(name, value);
    const outcomes = await keep.get(OUTCOMES);
    if (outcomes !== null) queue.#outcomes.push(...decode(outcomesShape, outcomes));
    return queue;
  }

  #loadRow(name: string, value: Uint8Array): void {
    const [, site, log, epoch, seq] = name.split('/');
    assert(seq !== undefined, 'a row of the queue names site, log, epoch and seq');
    const row = decode(rowShape, value);
    const waiting = { ...row, foreign: row.foreign === 1, epoch: fromWord(epoch ?? ''), seq: fromWord(seq) };
    const place = `${site}/${log}`;
    const others = this.#waitingByPlace.get(place);
    if (others === undefined) this.#waitingByPlace.set(place, [waiting]);
    else others.push(waiting);
    this.#count++;
    this.#bytes += waiting.bytes.length;
  }

  /** What an earlier run left for each log, in the order of its making; each place is taken once. */
  *leftover(): Generator<{ readonly place: Place; readonly waiting: readonly Waiting[] }> {
    for (const [name, waiting] of this.#waitingByPlace) {
      const [site = '', log = ''] = name.split('/');
      yield { place: { site: siteId(site), log: logId(log) }, waiting };
    }
    this.#waitingByPlace.clear();
  }

  get count(): number {
    return this.#count;
  }

  /** Whether deleted rows could come back in a number that a log might not recognise (SPEC L2). */
  get isUnsynced(): boolean {
    return this.#unsynced >= unsyncedCountMax;
  }

  /** Tries once more what the keep refused: a write that makes the deletions before it last. */
  sync(): void {
    if (this.isUnsynced && this.#writing === null)
      this.#changeQuietly({ name: OUTCOMES, value: encode(outcomesShape, this.#outcomes) });
  }

  /** Calls back when `isUnsynced` has ended. */
  onSynced(listener: () => void): () => void {
    this.#onSynced.add(listener);
    return () => this.#onSynced.delete(listener);
  }

  /** Throws `full` when one more entry of that size does not fit. */
  requireRoom(size: number): void {
    if (this.#count < this.#countMax && this.#bytes + size <= queueBytesMax) return;
    throw new Fault('full', `${this.#count} entries of this device wait for a connection.`);
  }

  /** Resolves when the entry will survive the end of this process. */
  put(place: Place, waiting: Waiting): Promise<void> {
    const name = rowName(place, waiting);
    const kept = this.#put(name, waiting);
    this.#group().fresh.add(name);
    return kept;
  }

  #put(name: string, { id: of, from, foreign, bytes: entry }: Waiting): Promise<void> {
    this.#count++;
    this.#bytes += entry.length;
    const value = encode(rowShape, { id: of, from, foreign: foreign ? 1 : 0, bytes: entry });
    return this.#change({ name, value });
  }

  /**
   * Puts an entry sealed anew in the place of another. Under another identity it is not sent before that lasts: if
   * the old row came back after a power loss, the log would take its entry for one more. Where the keep refuses it
   * the old row stays, until it is replaced or its entry dropped.
   */
  replace(place: Place, old: Waiting, next: Waiting): Promise<void> {
    const [from, to] = [rowName(place, old), rowName(place, next)];
    this.#uncount(old);
    if (from === to) return this.#putAnew(to, next);
    const replaced = this.#replacedBy.get(from) ?? new Set();
    this.#replacedBy.delete(from);
    if (!this.#refused.delete(from)) replaced.add(from);
    this.#replacedBy.set(to, replaced);
    const kept = this.put(place, next);
    const group = this.#group();
    for (const name of replaced) group.changes.set(name, { name, value: null });
    group.isRenaming = true;
    return kept;
  }

  /** Under an identity that the keep may have refused: its row is on its way again, and what it replaces goes with it. */
  #putAnew(name: string, waiting: Waiting): Promise<void> {
    const kept = this.#put(name, waiting);
    const group = this.#group();
    if (this.#refused.delete(name)) group.fresh.add(name);
    for (const replaced of this.#replacedBy.get(name) ?? []) {
      group.changes.set(replaced, { name: replaced, value: null });
      group.isRenaming = true;
    }
    return kept;
  }

  /** The entry's fate is known: its position, or null when it will never have one. */
  drop(place: Place, waiting: Waiting, at: number | null): void {
    this.#forget(place, waiting);
    this.#unsynced++;
    if (!waiting.foreign || at === null) return;
    this.#outcomes.push({ id: waiting.id, at });
    if (this.#outcomes.length > outcomesKeptMax) this.#outcomes.shift();
    this.#hasNewOutcomes = true;
  }

  #forget(place: Place, waiting: Waiting): void {
    const name = rowName(place, waiting);
    const replaced = this.#replacedBy.get(name) ?? [];
    this.#replacedBy.delete(name);
    const own = this.#refused.delete(name) ? [] : [name];
    this.#uncount(waiting);
    for (const each of [...replaced, ...own]) this.#changeQuietly({ name: each, value: null });
  }

  #uncount({ bytes: { length } }: Waiting): void {
    this.#count--;
    this.#bytes -= length;
    assert(this.#count >= 0, 'an entry leaves the queue once');
  }

  /** Position of an entry that another tab asked for and that has left the queue. */
  outcome(name: string): number | undefined {
    return this.#outcomes.find((outcome) => outcome.id === name)?.at;
  }

  /** A deletion that fails leaves a row that is sent again and recognised by the log. */
  #changeQuietly(change: KeepChange): void {
    this.#change(change).catch(() => {});
  }

  #change(change: KeepChange): Promise<void> {
    const group = this.#group();
    group.changes.set(change.name, change);
    return group.done.promise;
  }

  #group(): Group {
    // In a later turn, so that everything that is appended at once becomes one group.
    this.#writing ??= Promise.resolve().then(() => this.#write());
    return (this.#next ??= newGroup());
  }

  async #write(): Promise<void> {
    for (let group = this.#next; group !== null; group = this.#next) {
      this.#next = null;
      if (this.#hasNewOutcomes) {
        this.#hasNewOutcomes = false;
        group.changes.set(OUTCOMES, { name: OUTCOMES, value: encode(outcomesShape, this.#outcomes) });
      }
      for (const [name, change] of this.#owed) if (!group.changes.has(name)) group.changes.set(name, change);
      const covered = this.#unsynced;
      const safety = group.isRenaming || covered >= unsyncedCountMax / 2 ? 'strict' : 'relaxed';
      try {
        // One group after the other: their order is what a restart relies on.
        await this.#keep.write([...group.changes.values()], safety);
        this.#written(group);
        if (safety === 'strict') this.#synced(covered);
        group.done.resolve();
      } catch (thrown) {
        this.#notWritten(group);
        group.done.reject(thrown);
      }
    }
    this.#writing = null;
  }

  #written({ changes }: Group): void {
    this.#owed.clear();
    for (const { name, value } of changes.values()) if (value !== null) this.#replacedBy.delete(name);
  }

  #notWritten({ changes, fresh }: Group): void {
    if (changes.has(OUTCOMES)) this.#hasNewOutcomes = true;
    for (const name of fresh) if (changes.get(name)?.value !== null) this.#neverHad(name);
    const needed = new Set([...this.#replacedBy.values()].flatMap((names) => [...names]));
    for (const [name, change] of changes)
      if (change.value === null && !needed.has(name)) this.#owed.set(name, change);
  }

  /** A row that is sealed anew meanwhile is on its way once more. */
  #neverHad(name: string): void {
    const later = this.#next?.changes.get(name);
    if (later === undefined) this.#refused.add(name);
    else if (later.value !== null) this.#next?.fresh.add(name);
  }

  #synced(count: number): void {
    const wasUnsynced = this.isUnsynced;
    this.#unsynced -= count;
    if (!wasUnsynced || this.isUnsynced) return;
    for (const listener of this.#onSynced) listener();
  }

  /** Resolves when everything so far has been written. */
  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }
}

function newGroup(): Group {
  const done = deferred<void>();
  // Deletions are not awaited by anybody.
  done.promise.catch(() => {});
  return { changes: new Map(), done, fresh: new Set(), isRenaming: false };
}

/** Four bytes in hex per epoch and seven per seq, so that names sort as numbers do. */
function rowName(place: Place, { epoch, seq }: Pick<Waiting, 'epoch' | 'seq'>): string {
  return `${PREFIX}${place.site}/${place.log}/${toWord(epoch, 8)}/${toWord(seq, 14)}`;
}

function toWord(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}

function fromWord(word: string): number {
  const padded = fromHex(word);
  assert(padded !== null && hex(padded) === word, 'a row of the queue has hex numbers');
  return Number.parseInt(word, 16);
}
