/**
 * The leader of a log, on the device that leads it: takes what others hand in, each entry once, names what it
 * places by position, and sees to it that everything it has placed becomes durable in that order (SPEC V7, V8,
 * V10). Pure: its owner decides what becomes of an entry, seals it, and owns the connection.
 *
 * It lives as long as one lead. What it knew of writers is in the log, so the next leader learns it from there.
 */

import { must } from '../base/assert.ts';
import type { DeviceId } from '../base/ids.ts';
import { inFlightCountMax } from '../base/limits.ts';
import { ledInFlightMax } from '../base/limits-led.ts';
import type { NackReason } from '../api/tail.ts';

/** Who made an entry, and which of hers it is. */
export interface Identity {
  readonly device: DeviceId;
  readonly epoch: number;
  readonly seq: number;
}

export type Taking =
  /** It is new and next: decide what becomes of it, then `place` it. Decisions come in this order. */
  | { readonly kind: 'take' }
  /** It was taken before, by this leader or an earlier one: its place in the log tells its writer. */
  | { readonly kind: 'known' }
  /** Ask the log what it knows of this device, say `learned`, and hand it in again. */
  | { readonly kind: 'ask' }
  | { readonly kind: 'decline'; readonly reason: NackReason };

export interface Placed {
  readonly at: number;
  readonly identity: Identity;
  readonly bytes: Uint8Array;
}

export type LeaderEffect =
  | { readonly kind: 'none' }
  /** Write again after a pause. */
  | { readonly kind: 'pause'; readonly pauseMs: number }
  /** Seal these again under at least this key epoch, same identity, and `replace` them. */
  | { readonly kind: 'reseal'; readonly keyEpoch: number; readonly entries: readonly Placed[] }
  /** It does not lead any more, or does not know the log as it is: nothing it has placed since counts. */
  | { readonly kind: 'lost' };

const NONE: LeaderEffect = { kind: 'none' };
const FULL_RETRY_MS = 250;

export class LeaderMachine {
  readonly lead: number;
  /** Position that the next placed entry gets. */
  #next: number;
  /** Entries before it are durable. */
  #durable: number;
  /** What was placed and is not durable yet, in order; the first has position `#durable`. */
  #placed: Placed[] = [];
  /** Placed entries that were written since the last refusal. */
  #written = 0;
  /** Entries that were taken and are not placed yet. */
  #deciding: Identity[] = [];
  /** By device and writer epoch, the last seq that was taken or stands in the log. */
  readonly #lastSeq = new Map<string, number>();
  /** Devices whose writers are known, with the epochs that the log has forgotten. */
  readonly #floorByDevice = new Map<DeviceId, number>();

  /** `tail` is the position of the next entry when the lead began. */
  constructor(lead: number, tail: number) {
    this.lead = lead;
    this.#next = tail;
    this.#durable = tail;
  }

  /** Position of the first entry that is not durable. */
  get durable(): number {
    return this.#durable;
  }

  get next(): number {
    return this.#next;
  }

  /** Entries that were taken and are not durable. */
  get owed(): number {
    return this.#placed.length + this.#deciding.length;
  }

  /** What the log knows of a device's writers. */
  learned(device: DeviceId, floor: number, states: readonly { epoch: number; seq: number }[]): void {
    this.#floorByDevice.set(device, floor);
    for (const { epoch, seq } of states) {
      const name = nameOf(device, epoch);
      this.#lastSeq.set(name, Math.max(seq, this.#lastSeq.get(name) ?? 0));
    }
  }

  /** An entry is handed in, over whatever path. */
  hand(identity: Identity): Taking {
    const { device, epoch, seq } = identity;
    const floor = this.#floorByDevice.get(device);
    if (floor === undefined) return { kind: 'ask' };
    if (epoch <= floor) return { kind: 'decline', reason: { kind: 'fenced', floor } };
    const name = nameOf(device, epoch);
    const last = this.#lastSeq.get(name) ?? 0;
    if (seq <= last) return { kind: 'known' };
    if (seq > last + 1) return { kind: 'decline', reason: { kind: 'gap', expected: last + 1 } };
    if (this.owed >= ledInFlightMax) {
      return { kind: 'decline', reason: { kind: 'full', retryMs: FULL_RETRY_MS } };
    }
    this.#lastSeq.set(name, seq);
    this.#deciding.push(identity);
    return { kind: 'take' };
  }

  /** The oldest entry that was taken gets its place; `bytes` are what stands there. Answers the position. */
  place(bytes: Uint8Array): number {
    const identity = must(this.#deciding.shift(), 'an entry was taken');
    const at = this.#next++;
    this.#placed.push({ at, identity, bytes });
    return at;
  }

  /** What to write now: entries from a position on, or null. */
  write(bytesMax: number): { readonly at: number; readonly entries: readonly Placed[] } | null {
    const first = this.#placed[this.#written];
    if (first === undefined) return null;
    let end = this.#written;
    let bytes = 0;
    while (end < this.#placed.length && end - this.#written < inFlightCountMax) {
      const { length } = this.#placed[end]!.bytes;
      if (end > this.#written && bytes + length > bytesMax) break;
      bytes += length;
      end++;
    }
    const entries = this.#placed.slice(this.#written, end);
    this.#written = end;
    return { at: first.at, entries };
  }

  /** Entries that stand in the log for good; answers them. */
  acked(at: number, count: number): readonly Placed[] {
    // Runs come in order; one that was acknowledged before, because it was written twice, ends earlier.
    const done = Math.max(0, at + count - this.#durable);
    if (at > this.#durable || done > this.#placed.length) return [];
    this.#durable += done;
    this.#written = Math.max(0, this.#written - done);
    return this.#placed.splice(0, done);
  }

  nacked(at: number, reason: NackReason): LeaderEffect {
    // Of an earlier flight: what it names is durable by now.
    if (at < this.#durable) return NONE;
    switch (reason.kind) {
      case 'full':
        this.#written = Math.min(this.#written, at - this.#durable);
        return { kind: 'pause', pauseMs: reason.retryMs };
      case 'conflict':
        // Behind an entry that was refused: it will be written again, and so will this one.
        if (reason.tail >= at) return { kind: 'lost' };
        this.#written = Math.min(this.#written, Math.max(0, reason.tail - this.#durable));
        return NONE;
      case 'staleKey':
        this.#written = Math.min(this.#written, at - this.#durable);
        return {
          kind: 'reseal',
          keyEpoch: reason.keyEpoch,
          entries: this.#placed.slice(at - this.#durable),
        };
      case 'gap':
      case 'fenced':
      case 'led':
      case 'refused':
        return { kind: 'lost' };
    }
  }

  /** Puts an entry sealed anew in its place. */
  replace({ at, bytes }: Pick<Placed, 'at' | 'bytes'>): void {
    const old = this.#placed[at - this.#durable];
    if (old !== undefined) this.#placed[at - this.#durable] = { ...old, bytes };
  }
}

function nameOf(device: DeviceId, epoch: number): string {
  return `${device}/${epoch}`;
}
