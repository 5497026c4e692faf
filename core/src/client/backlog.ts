/**
 * The entries of one log that have an identity and no position yet: sealed once, kept in the queue, and
 * sealed anew only when the log asks for another key or forgot the writer (SPEC S2, S6, L6, L11).
 */

import { assert } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import type { Queued } from '../log/writer.ts';
import { EntryCursor } from '../wire/entry.ts';
import type { Identity } from './identity.ts';
import type { Place, Queue, Waiting } from './queue.ts';
import type { SiteKeys } from './site-keys.ts';

export interface AppendRequest {
  readonly id: string;
  readonly value: Uint8Array;
  /** Required position, or null. */
  readonly at: number | null;
  readonly timeMs: number;
  /** Asked for by another tab. */
  readonly foreign: boolean;
  /** A part of a snapshot, of which no application is told. */
  readonly isPart?: boolean;
  /** As in the header of an entry; null: it is no news. */
  readonly news?: Uint8Array | null;
}

export interface BacklogOwner {
  readonly identity: Identity;
  readonly queue: Queue;
  readonly place: Place;
  readonly keys: SiteKeys;
}

/** An entry and the promise that it survives the end of this process. */
export interface Joined {
  readonly waiting: Waiting;
  readonly kept: Promise<void>;
}

interface WriterSeq {
  readonly epoch: number;
  readonly seq: number;
}

export class Backlog {
  readonly #owner: BacklogOwner;
  /** By identity, oldest first. */
  readonly #waiting = new Map<string, Waiting>();
  /** Those whose row is not written yet. */
  readonly #unkept = new Set<string>();
  #epoch: number;
  #seq = 0;

  constructor(owner: BacklogOwner, leftover: readonly Waiting[]) {
    const { identity } = owner;
    this.#owner = owner;
    for (const waiting of leftover) this.#waiting.set(nameOf(waiting), waiting);
    // A run may have ended between the row of an entry and that of its epoch.
    const newest = this.all().at(-1)?.epoch ?? 0;
    this.#epoch = newest < identity.epoch ? identity.epoch : identity.raise(newest);
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** The epoch under which the next entry is written. */
  get epoch(): number {
    return this.#epoch;
  }

  get(identity: WriterSeq): Waiting | undefined {
    return this.#waiting.get(nameOf(identity));
  }

  /** Everything, in the order of its identities. */
  all(): readonly Waiting[] {
    return [...this.#waiting.values()].toSorted((a, b) => a.epoch - b.epoch || a.seq - b.seq);
  }

  /** Those of the present epoch after `seq`. */
  after(seq: number): readonly Waiting[] {
    return this.all().filter((waiting) => waiting.epoch === this.#epoch && waiting.seq > seq);
  }

  /** Seals a request under the next identity. Throws `tooLarge`. */
  seal(request: AppendRequest): Queued {
    const own = { epoch: this.#epoch, seq: this.#seq + 1 };
    const bytes = this.#seal(request, own);
    this.#seq = own.seq;
    return { ...own, at: request.at, bytes };
  }

  /** A sealed entry joins. */
  add(request: AppendRequest, entry: Queued, from: number): Joined {
    const { id, foreign } = request;
    const waiting = { id, foreign, from, epoch: entry.epoch, seq: entry.seq, bytes: entry.bytes };
    return this.#join(waiting, this.#owner.queue.put(this.#owner.place, waiting));
  }

  #join(waiting: Waiting, kept: Promise<void>): Joined {
    this.#waiting.set(nameOf(waiting), waiting);
    this.#unkept.add(nameOf(waiting));
    return { waiting, kept };
  }

  /** The row of an entry is written; answers the entry as it is now, or undefined when it is gone. */
  confirm(waiting: WriterSeq): Waiting | undefined {
    this.#unkept.delete(nameOf(waiting));
    return this.get(waiting);
  }

  confirmAll(joined: readonly Joined[]): void {
    for (const { waiting } of joined) this.confirm(waiting);
  }

  /** Everything before the first whose row is not written, in the order of its identities: what may be sent. */
  kept(): readonly Waiting[] {
    return this.all().slice(0, this.#unkeptAt());
  }

  /** Everything else, likewise. */
  unkept(): readonly Waiting[] {
    return this.all().slice(this.#unkeptAt());
  }

  #unkeptAt(): number {
    const all = this.all();
    const at = all.findIndex((waiting) => this.#unkept.has(nameOf(waiting)));
    return at < 0 ? all.length : at;
  }

  /** The identity was not used after all; when it is the last one, it is free again. */
  unuse(entry: WriterSeq): void {
    if (entry.epoch === this.#epoch && entry.seq === this.#seq) this.#seq = entry.seq - 1;
  }

  /** An entry's fate is known; false when it was known before. */
  settle(waiting: Waiting, at: number | null): boolean {
    if (!this.#waiting.delete(nameOf(waiting))) return false;
    this.#unkept.delete(nameOf(waiting));
    this.#owner.queue.drop(this.#owner.place, waiting, at);
    return true;
  }

  /**
   * A new epoch above `floor`, under which these entries, in this order, are sent from now on. Answers
   * them; their rows are being written. A log that was set back may end before where they were to stand.
   */
  renumber(entries: readonly Waiting[], floor: number, tail: number): readonly Joined[] {
    this.#epoch = this.#owner.identity.raise(floor);
    this.#seq = 0;
    return entries.map((waiting) => {
      const own = { epoch: this.#epoch, seq: ++this.#seq };
      const from = Math.min(waiting.from, tail);
      const next = { ...waiting, ...own, from, bytes: this.#seal(this.requestOf(waiting), own) };
      this.#waiting.delete(nameOf(waiting));
      this.#unkept.delete(nameOf(waiting));
      return this.#join(next, this.#owner.queue.replace(this.#owner.place, waiting, next));
    });
  }

  /** What was sealed under an older key than this epoch's, sealed under the newest one; answers the new entries. */
  reseal(keyEpoch: number): readonly Waiting[] {
    const old = this.all().filter((waiting) => cursorOf(waiting.bytes).keyEpoch < keyEpoch);
    return old.map((waiting) => {
      const next = { ...waiting, bytes: this.#seal(this.requestOf(waiting), waiting) };
      this.#waiting.set(nameOf(next), next);
      // Without the new row the old one stays, which is as good after a restart.
      this.#owner.queue.replace(this.#owner.place, waiting, next).catch(() => {});
      return next;
    });
  }

  /** Seals what is not in the backlog once more, under the identity it has. */
  again(request: AppendRequest, entry: Queued): Queued {
    return { ...entry, bytes: this.#seal(request, entry) };
  }

  #seal(request: AppendRequest, { epoch, seq }: WriterSeq): Uint8Array {
    const { identity, keys, place } = this.#owner;
    const { timeMs, isPart = false, news } = request;
    const writer = { device: identity.device, epoch, seq, timeMs, isPart, ...(news ? { news } : {}) };
    return keys.sealEntry(place.log, writer, request.value);
  }

  /** The append behind an entry, from the entry itself. */
  requestOf(waiting: Waiting): AppendRequest {
    const cursor = cursorOf(waiting.bytes);
    const value = this.#owner.keys.openEntry(this.#owner.place.log, cursor);
    if (typeof value === 'string') throw new Fault('corrupt', `a waiting entry is ${value}`);
    const { timeMs, isPart, news } = cursor;
    return { id: waiting.id, value, at: null, timeMs, foreign: waiting.foreign, isPart, news };
  }
}

/** The name of an entry's identity among those of its device. */
export function nameOf({ epoch, seq }: WriterSeq): string {
  return `${epoch}.${seq}`;
}

/** At the one entry in these bytes. */
export function cursorOf(bytes: Uint8Array): EntryCursor {
  const cursor = new EntryCursor(bytes);
  assert(cursor.next(), 'a waiting entry is an entry');
  return cursor;
}

/** What waits, as its writer's machine knows it. */
export function queued({ epoch, seq, bytes }: Waiting): Queued {
  return { epoch, seq, at: null, bytes };
}
