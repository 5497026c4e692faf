/**
 * What a log remembers of its writers, so that a resent entry is recognised and answered with its
 * original position (SPEC L2, L5, L6): per (device, epoch) the last seq and where its last 256 entries
 * stand. The bound follows from the 256 entries a writer may have in flight (RIFL, SOSP 2015, section 4).
 */

import { assert } from '../base/assert.ts';
import type { DeviceId } from '../base/ids.ts';
import { inFlightCountMax, writerEpochsMax, writersPerLogMax } from '../base/limits.ts';

export class WriterState {
  readonly epoch: number;
  /** The last accepted seq; 0 before the first. */
  seq = 0;
  /** The last durable seq; what lies between is in flight to the disk. */
  durable = 0;
  /** Consecutive entries as seq, position, count; flat, oldest first. */
  #runs: number[] = [];

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  /** Position of a seq, or 0 when it is older than what is remembered. */
  positionOf(seq: number): number {
    for (let i = this.#runs.length - 3; i >= 0; i -= 3) {
      const first = this.#runs[i]!;
      if (seq >= first) return seq < first + this.#runs[i + 2]! ? this.#runs[i + 1]! + (seq - first) : 0;
    }
    return 0;
  }

  extend(seq: number, at: number, count: number): void {
    assert(seq === this.seq + 1, 'a writer continues at its next seq');
    const runs = this.#runs;
    const last = runs.length - 3;
    if (last >= 0 && at === runs[last + 1]! + runs[last + 2]!) runs[last + 2]! += count;
    else runs.push(seq, at, count);
    this.seq = seq + count - 1;
    // Twice what is kept, so that forgetting costs nothing per entry when every run has one entry.
    if (runs.length > 2 * 3 * inFlightCountMax) this.#forget();
  }

  /** Takes back the last `count` entries; `seq` is the last one that stays. */
  retract(seq: number, count: number): void {
    assert(this.seq === seq + count, 'the newest entries are taken back first');
    const runs = this.#runs;
    let left = count;
    while (left > 0) {
      const last = runs.length - 1;
      const taken = Math.min(left, runs[last]!);
      runs[last]! -= taken;
      left -= taken;
      if (runs[last] === 0) runs.length -= 3;
    }
    this.seq = seq;
  }

  /** Drops runs that no resent entry can name: its writer never had more than 256 of them unanswered. */
  #forget(): void {
    const keepFrom = this.seq - inFlightCountMax;
    let from = 0;
    while (this.#runs[from]! + this.#runs[from + 2]! <= keepFrom) from += 3;
    this.#runs = this.#runs.slice(from);
  }

  /** Where the entries that it may still ask for stand, as far as that is before a position. */
  places(before: number): { readonly seq: number; readonly at: number; readonly count: number }[] {
    const places = [];
    const oldest = this.seq - inFlightCountMax;
    for (let i = 0; i < this.#runs.length; i += 3) {
      const [seq, at, all] = [this.#runs[i]!, this.#runs[i + 1]!, this.#runs[i + 2]!];
      const skipped = Math.max(0, oldest + 1 - seq);
      const count = Math.min(all, before - at) - skipped;
      if (count > 0) places.push({ seq: seq + skipped, at: at + skipped, count });
    }
    return places;
  }

  /** For the row of this writer: the runs as they are, flat. */
  dump(): readonly number[] {
    return this.#runs;
  }

  static load(epoch: number, seq: number, runs: readonly number[]): WriterState {
    const state = new WriterState(epoch);
    state.seq = seq;
    state.durable = seq;
    state.#runs = [...runs];
    return state;
  }
}

interface DeviceWriters {
  /** Epochs up to this one are forgotten. */
  floor: number;
  /** By epoch, oldest first. */
  readonly states: WriterState[];
}

export class WriterTable {
  readonly #byDevice = new Map<DeviceId, DeviceWriters>();

  get size(): number {
    return this.#byDevice.size;
  }

  floor(device: DeviceId): number {
    return this.#byDevice.get(device)?.floor ?? 0;
  }

  /** The highest epoch a device has written under, or its floor. */
  newest(device: DeviceId): number {
    const writers = this.#byDevice.get(device);
    return writers === undefined ? 0 : (writers.states.at(-1)?.epoch ?? writers.floor);
  }

  /** What is remembered of a device's epochs, oldest first. */
  statesOf(device: DeviceId): readonly WriterState[] {
    return this.#byDevice.get(device)?.states ?? [];
  }

  /** The state of a writer, made when it is new; null when its epoch is forgotten. */
  open(device: DeviceId, epoch: number): WriterState | null {
    const writers = this.#byDevice.get(device) ?? this.#add(device);
    const newest = writers.states.at(-1);
    if (newest !== undefined && newest.epoch === epoch) return newest;
    const known = writers.states.find((state) => state.epoch === epoch);
    if (known !== undefined) return known;
    if (epoch <= writers.floor) return null;
    const state = new WriterState(epoch);
    const place = writers.states.findIndex((other) => other.epoch > epoch);
    if (place < 0) writers.states.push(state);
    else writers.states.splice(place, 0, state);
    while (writers.states.length > writerEpochsMax) writers.floor = writers.states.shift()!.epoch;
    return epoch <= writers.floor ? null : state;
  }

  #add(device: DeviceId): DeviceWriters {
    const writers: DeviceWriters = { floor: 0, states: [] };
    this.#byDevice.set(device, writers);
    return writers;
  }

  /** Whether another device fits; the tail refuses a newcomer's write with `full` when not. */
  hasRoomFor(device: DeviceId): boolean {
    return this.#byDevice.size < writersPerLogMax || this.#byDevice.has(device);
  }

  /** Every writer, for storing. */
  *all(): Generator<{
    readonly device: DeviceId;
    readonly floor: number;
    readonly states: readonly WriterState[];
  }> {
    for (const [device, writers] of this.#byDevice)
      yield { device, floor: writers.floor, states: writers.states };
  }

  /** Puts back what `all` gave. */
  restore(device: DeviceId, floor: number, states: readonly WriterState[]): void {
    this.#byDevice.set(device, { floor, states: [...states] });
  }

  /** Replays one durable entry into the table, in journal order. */
  replay(device: DeviceId, epoch: number, seq: number, at: number): void {
    const state = this.open(device, epoch);
    if (state === null || seq <= state.seq) return;
    if (seq !== state.seq + 1) state.seq = seq - 1;
    state.extend(seq, at, 1);
    state.durable = seq;
  }
}
