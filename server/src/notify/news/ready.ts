/**
 * When a device may be notified (SPEC I9). The first notification leaves at once and opens a window; what is
 * due in it leaves together when it ends, and the next one is longer, until the user reads. One notification
 * is on its way at most. Devices that may be notified stand in two lines, those with a mention in the first.
 */

import { assert } from 'copse/internal/base/assert.ts';
import {
  noticeFirstWindowMs,
  noticeLastWindowMs,
  noticeSecondWindowMs,
  noticeThirdWindowMs,
} from 'copse/internal/base/limits-notify.ts';

import { type Devices, deviceWord } from './people.ts';
import { Wheel } from './wheel.ts';

export const noticeWindowsMs: readonly number[] = [
  noticeFirstWindowMs,
  noticeSecondWindowMs,
  noticeThirdWindowMs,
  noticeLastWindowMs,
];

const LINE_BITS = 3;
/** A mention is due. */
const URGENT = 4;
/** It waits after a failure: reading does not end that. */
const HELD = 8;
/** Its window is in the store. */
const KEPT = 16;
/** From this one on a window is kept over a restart: the first is shorter than most of those. */
const KEPT_FROM = 2;

/** The lines, by their number in the bits of a device. */
const ORDINARY = 1;
const FIRST = 2;

export class Ready {
  readonly #devices: Devices;
  readonly wheel: Wheel;
  readonly #heads = [0, 0, 0];
  readonly #tails = [0, 0, 0];
  /** Devices whose window is to be written. */
  readonly changed = new Set<number>();

  constructor(devices: Devices, nowMs: number) {
    this.#devices = devices;
    this.wheel = new Wheel(nowMs);
  }

  /** Who is to be notified next; 0 for nobody. */
  next(): number {
    return this.#heads[FIRST]! || this.#heads[ORDINARY]!;
  }

  /** Something of the device has become due. */
  due(device: number, isMention: boolean): void {
    if (isMention) this.#put(device, URGENT);
    this.look(device);
  }

  /** Puts the device where it belongs after something of it has changed. */
  look(device: number): void {
    const devices = this.#devices;
    const bits = devices.get(device, deviceWord.bits);
    const isDue = devices.get(device, deviceWord.due) !== 0;
    if (!isDue && (bits & URGENT) !== 0) this.#drop(device, URGENT);
    const isFree = devices.get(device, deviceWord.flight) === 0 && !this.wheel.has(device);
    const line = !isDue || !isFree ? 0 : (bits & URGENT) === 0 ? ORDINARY : FIRST;
    const now = bits & LINE_BITS;
    if (line === now) return;
    if (now !== 0) this.#leave(device, now);
    if (line !== 0) this.#stand(device, line);
  }

  /** Nothing of the device is due or on its way, and it waits for nothing. */
  isIdle(device: number): boolean {
    const { rows } = this.#devices;
    const words = rows.chunk(device);
    const at = rows.at(device);
    return (
      words[at + deviceWord.due] === 0 &&
      words[at + deviceWord.flight] === 0 &&
      (this.wheel.count === 0 || !this.wheel.has(device))
    );
  }

  /** As `due`, of an idle device: the listener is all that is due of it. */
  dueFirst(device: number, listener: number): void {
    this.#devices.set(device, deviceWord.due, listener);
    this.#stand(device, ORDINARY);
  }

  /** A notice leaves; `flight` is its number. */
  leave(device: number, flight: number, nowMs: number): void {
    const grown = this.#devices.get(device, deviceWord.window);
    this.wheel.set(device, nowMs + noticeWindowsMs[grown]!);
    this.#grow(device, Math.min(grown + 1, noticeWindowsMs.length - 1));
    this.#devices.set(device, deviceWord.flight, flight);
    this.look(device);
  }

  /** The notice has arrived. */
  arrived(device: number): void {
    this.#devices.set(device, deviceWord.flight, 0);
    this.look(device);
  }

  /** The notice has not arrived: nothing leaves for a while. */
  failed(device: number, untilMs: number): void {
    this.#devices.set(device, deviceWord.flight, 0);
    this.#put(device, HELD);
    this.wheel.set(device, untilMs);
    if (this.#has(device, KEPT)) this.changed.add(device);
    this.look(device);
  }

  /** The notice never left: the device may be notified as before. */
  back(device: number): void {
    this.#devices.set(device, deviceWord.flight, 0);
    const grown = this.#devices.get(device, deviceWord.window);
    this.#grow(device, Math.max(0, grown - 1));
    this.wheel.cancel(device);
    this.look(device);
  }

  /** A pause after a failure is over before its time. */
  release(device: number): void {
    if (!this.#has(device, HELD)) return;
    this.wheel.cancel(device);
    this.ended(device);
  }

  /** The window or the pause is over. */
  ended(device: number): void {
    this.#drop(device, HELD);
    this.look(device);
  }

  /** Whether it waits for the end of a window. */
  isWaiting(device: number): boolean {
    return this.wheel.has(device) && !this.#has(device, HELD);
  }

  /** The user has read something. */
  close(device: number): void {
    this.#grow(device, 0);
    if (this.#has(device, HELD)) return;
    this.wheel.cancel(device);
    this.look(device);
  }

  /** The device is let go; true when its window is in the store. */
  forget(device: number): boolean {
    assert(this.#devices.get(device, deviceWord.due) === 0, 'nothing of it is due');
    this.wheel.cancel(device);
    this.look(device);
    this.changed.delete(device);
    return this.#has(device, KEPT);
  }

  /** The window of a device as it is to be written; how often it has grown is 0 when nothing is kept of it. */
  kept(device: number): { readonly step: number; readonly untilMs: number } {
    const grown = this.#devices.get(device, deviceWord.window);
    if (grown < KEPT_FROM) this.#drop(device, KEPT);
    else this.#put(device, KEPT);
    return { step: grown < KEPT_FROM ? 0 : grown, untilMs: this.wheel.atMs(device) };
  }

  /** A window as it was kept; it is written again, by the clocks of now. */
  restore(device: number, step: number, untilMs: number): void {
    this.#devices.set(device, deviceWord.window, Math.min(step, noticeWindowsMs.length - 1));
    this.#put(device, KEPT);
    this.changed.add(device);
    if (untilMs > 0) this.wheel.set(device, untilMs);
    this.look(device);
  }

  #grow(device: number, grown: number): void {
    if (grown === this.#devices.get(device, deviceWord.window) && !this.#has(device, KEPT)) return;
    this.#devices.set(device, deviceWord.window, grown);
    if (grown >= KEPT_FROM || this.#has(device, KEPT)) this.changed.add(device);
  }

  #has(device: number, bit: number): boolean {
    return (this.#devices.get(device, deviceWord.bits) & bit) !== 0;
  }

  #put(device: number, bit: number): void {
    this.#devices.set(device, deviceWord.bits, this.#devices.get(device, deviceWord.bits) | bit);
  }

  #drop(device: number, bit: number): void {
    this.#devices.set(device, deviceWord.bits, this.#devices.get(device, deviceWord.bits) & ~bit);
  }

  #stand(device: number, line: number): void {
    const last = this.#tails[line]!;
    this.#devices.set(device, deviceWord.readyPrev, last);
    if (last === 0) this.#heads[line] = device;
    else this.#devices.set(last, deviceWord.readyNext, device);
    this.#tails[line] = device;
    this.#put(device, line);
  }

  #leave(device: number, line: number): void {
    const next = this.#devices.get(device, deviceWord.readyNext);
    const prev = this.#devices.get(device, deviceWord.readyPrev);
    if (prev === 0) this.#heads[line] = next;
    else this.#devices.set(prev, deviceWord.readyNext, next);
    if (next === 0) this.#tails[line] = prev;
    else this.#devices.set(next, deviceWord.readyPrev, prev);
    this.#devices.set(device, deviceWord.readyNext, 0);
    this.#devices.set(device, deviceWord.readyPrev, 0);
    this.#drop(device, LINE_BITS);
  }
}
