/**
 * The writer: a device's queue of entries for one log. Pure: it says what to send and what became of
 * each entry; the client keeps the queue on disk and owns the connection (SPEC L4, L9-L11, S2).
 *
 * Entries leave the queue only when their fate is known. Whatever is unacknowledged when a connection
 * ends is sent again under the same identity, which is what makes it exactly once (SPEC L2).
 */

import { assert } from '../base/assert.ts';
import { inFlightCountMax } from '../base/limits.ts';
import type { AckRun, NackReason } from '../api/tail.ts';

export interface Queued {
  readonly epoch: number;
  readonly seq: number;
  /** Required position, or null. A conditional entry stands alone in the queue. */
  readonly at: number | null;
  readonly bytes: Uint8Array;
}

/** What a writer asks of its owner after a nack. */
export type WriterEffect =
  | { readonly kind: 'none' }
  /** Send again after a pause. */
  | { readonly kind: 'pause'; readonly pauseMs: number }
  /** Seal these again under at least this key epoch, same identity, and `replace` them. */
  | { readonly kind: 'reseal'; readonly keyEpoch: number; readonly entries: readonly Queued[] }
  /** The log forgot this writer: look in the log for these and give those that are missing a new identity. */
  | { readonly kind: 'recover'; readonly entries: readonly Queued[] }
  /** A conditional entry found another tail; it has left the queue and its seq is free again. */
  | { readonly kind: 'conflict'; readonly entry: Queued; readonly tail: number }
  /** Another device leads the log, or leads it now: everything is sent again when the way to it is known. */
  | { readonly kind: 'led'; readonly lead: number }
  /** Nothing more is accepted here; these have left the queue. */
  | { readonly kind: 'refused'; readonly fault: number; readonly entries: readonly Queued[] };

export interface Outcome {
  readonly entry: Queued;
  readonly at: number;
}

const NONE: WriterEffect = { kind: 'none' };

export class WriterMachine {
  #queue: Queued[] = [];
  /** Entries before this index are in flight on the current connection. */
  #sent = 0;
  #open = false;
  /** Gaps that earlier flights will still report after a rewind, and are already mended. */
  #echo: { readonly epoch: number; readonly from: number; readonly to: number } | null = null;

  get size(): number {
    return this.#queue.length;
  }

  get inFlight(): number {
    return this.#sent;
  }

  add(entry: Queued): void {
    const last = this.#queue.at(-1);
    assert(last === undefined || last.at === null, 'nothing is queued behind a conditional entry');
    assert(entry.at === null || last === undefined, 'a conditional entry stands alone');
    assert(
      last === undefined ||
        entry.epoch > last.epoch ||
        // Not always the next seq: those between may be known to be in the log although `last` is not yet.
        (entry.epoch === last.epoch && entry.seq > last.seq),
      'entries are queued in the order of their identity',
    );
    this.#queue.push(entry);
  }

  /** The log is leased: sending may begin, from the first entry without an answer. */
  opened(): void {
    this.#open = true;
    this.#sent = 0;
    this.#echo = null;
  }

  /** The connection or lease ended: nothing is in flight any more. */
  closed(): void {
    this.#open = false;
    this.#sent = 0;
    this.#echo = null;
  }

  /** The next write: entries of one epoch with consecutive seqs, or null when there is nothing to send now. */
  next(bytesMax: number): readonly Queued[] | null {
    if (!this.#open) return null;
    const first = this.#queue[this.#sent];
    if (first === undefined || this.#sent >= inFlightCountMax) return null;
    // The log orders the entries of one epoch only: a nack of the older ones must not let newer ones pass (SPEC S2).
    // Behind a hole it may refuse what follows, and while older ones are under way nobody can look for them (SPEC L2).
    const last = this.#queue[this.#sent - 1];
    if (last !== undefined && (last.epoch !== first.epoch || last.seq + 1 !== first.seq)) return null;
    let end = this.#sent;
    let bytes = 0;
    while (end < this.#queue.length && end < inFlightCountMax) {
      const entry = this.#queue[end]!;
      if (entry.epoch !== first.epoch || entry.seq !== first.seq + (end - this.#sent)) break;
      if (end > this.#sent && bytes + entry.bytes.length > bytesMax) break;
      bytes += entry.bytes.length;
      end++;
    }
    const entries = this.#queue.slice(this.#sent, end);
    this.#sent = end;
    return entries;
  }

  /** Entries that now have their position for good, in order. */
  acked(run: AckRun): readonly Outcome[] {
    const isIn = (entry: Queued): boolean =>
      entry.epoch === run.epoch && entry.seq >= run.seq && entry.seq < run.seq + run.count;
    const first = this.#queue.findIndex(isIn);
    if (first < 0) return [];
    let end = first;
    while (end < this.#queue.length && isIn(this.#queue[end]!)) end++;
    const acked = this.#queue.splice(first, end - first);
    this.#sent -= Math.max(0, Math.min(this.#sent, end) - first);
    return acked.map((entry) => ({ entry, at: run.at + (entry.seq - run.seq) }));
  }

  nacked(epoch: number, seq: number, reason: NackReason): WriterEffect {
    switch (reason.kind) {
      case 'gap':
        return this.#gap(epoch, seq, reason.expected);
      case 'full':
        this.#rewind(epoch, seq);
        return { kind: 'pause', pauseMs: reason.retryMs };
      case 'staleKey':
        this.#rewind(epoch, seq);
        return { kind: 'reseal', keyEpoch: reason.keyEpoch, entries: this.#from(epoch, seq) };
      case 'fenced':
        return this.#recover(reason.floor);
      case 'conflict':
        return this.#conflict(epoch, seq, reason.tail);
      case 'led':
        this.closed();
        return { kind: 'led', lead: reason.lead };
      case 'refused':
        return { kind: 'refused', fault: reason.fault, entries: this.#clear() };
    }
  }

  #gap(epoch: number, seq: number, expected: number): WriterEffect {
    const echo = this.#echo;
    if (echo !== null && echo.epoch === epoch && echo.from === expected && seq > echo.from && seq <= echo.to)
      return NONE;
    if (this.#queue.some((entry) => entry.epoch === epoch && entry.seq === expected)) {
      this.#rewind(epoch, expected);
      return NONE;
    }
    return this.#recover(epoch);
  }

  /** Sends again from this entry on. It may have been read in the log since it was refused, those behind it were not. */
  #rewind(epoch: number, seq: number): void {
    const index = this.#queue.findIndex(
      (entry) => entry.epoch > epoch || (entry.epoch === epoch && entry.seq >= seq),
    );
    if (index < 0 || index >= this.#sent) return;
    const last = this.#queue.findLast((entry, i) => i < this.#sent && entry.epoch === epoch);
    const to = Math.max(last?.seq ?? seq, this.#echo?.epoch === epoch ? this.#echo.to : 0);
    this.#echo = { epoch, from: seq, to };
    this.#sent = index;
  }

  /** What stands before it was accepted and may have an acknowledgement on its way. */
  #from(epoch: number, seq: number): readonly Queued[] {
    return this.#queue.filter((entry) => entry.epoch > epoch || (entry.epoch === epoch && entry.seq >= seq));
  }

  /** Takes the entries of forgotten epochs out of the queue: their fate must be read from the log. */
  #recover(floor: number): WriterEffect {
    const lost = this.#queue.filter((entry) => entry.epoch <= floor);
    // Of a later write of the same flight: they are being looked for already.
    if (lost.length === 0) return NONE;
    this.#queue = this.#queue.filter((entry) => entry.epoch > floor);
    this.#sent = Math.max(0, this.#sent - lost.length);
    return { kind: 'recover', entries: lost };
  }

  #conflict(epoch: number, seq: number, tail: number): WriterEffect {
    const entry = this.#queue.find((queued) => queued.epoch === epoch && queued.seq === seq);
    // A nack that arrives twice must not hit the entry that got the free seq.
    if (entry === undefined || entry.at === null || entry.at === tail) return NONE;
    this.#clear();
    return { kind: 'conflict', entry, tail };
  }

  /** Puts an entry sealed anew in the place of the one with the same identity. */
  replace(entry: Queued): void {
    const index = this.#queue.findIndex((queued) => queued.epoch === entry.epoch && queued.seq === entry.seq);
    if (index >= 0) this.#queue[index] = entry;
  }

  #clear(): readonly Queued[] {
    const entries = this.#queue;
    this.#queue = [];
    this.#sent = 0;
    this.#echo = null;
    return entries;
  }
}
