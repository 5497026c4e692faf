/**
 * One wheel for the deadlines of many: a number (a device, a user) has one at most. A turn has 1,024 slots; a
 * deadline beyond it is looked at once a turn. Nothing fires before its time, and what is due fires in the
 * next `advance` that is allowed to go so far.
 */

import { assert } from 'copse/internal/base/assert.ts';

import { Rows } from './rows.ts';

/** Deadlines are rounded up to this: the shortest pause between two sweeps. */
export const tickMs = 50;
const SLOTS = 1024;
const MASK = SLOTS - 1;

/** Words of a row: neighbours in the slot and the tick plus 1; 0 is none. */
const NEXT = 0;
const PREV = 1;
const AT = 2;

export class Wheel {
  readonly #rows = new Rows(3);
  readonly #slots = new Uint32Array(SLOTS);
  #done: number;
  #count = 0;
  /** Until the next turn is complete everything fires that is looked at. */
  #isForced = false;
  /** Whether `advance` is inside of a slot, and the next one there that it looks at. */
  #isInside = false;
  #cursor = 0;

  constructor(nowMs: number) {
    this.#done = Math.floor(nowMs / tickMs);
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#rows.bytes;
  }

  has(id: number): boolean {
    return id < this.#rows.end && this.#rows.get(id, AT) !== 0;
  }

  /** When it fires; 0 when there is no deadline. */
  atMs(id: number): number {
    return this.has(id) ? (this.#rows.get(id, AT) - 1) * tickMs : 0;
  }

  /** In place of another deadline of this number. */
  set(id: number, atMs: number): void {
    this.cancel(id);
    this.#grow(id);
    const tick = Math.max(Math.ceil(atMs / tickMs), this.#done + (this.#isInside ? 2 : 1));
    const slot = tick & MASK;
    const next = this.#slots[slot]!;
    this.#rows.set(id, AT, tick + 1);
    this.#rows.set(id, NEXT, next);
    if (next !== 0) this.#rows.set(next, PREV, id);
    this.#slots[slot] = id;
    this.#count++;
  }

  /** The earlier one of `atMs` and the deadline that is set. */
  setEarlier(id: number, atMs: number): void {
    if (!this.has(id) || Math.ceil(atMs / tickMs) < this.#rows.get(id, AT) - 1) this.set(id, atMs);
  }

  cancel(id: number): void {
    if (!this.has(id)) return;
    const rows = this.#rows;
    if (this.#cursor === id) this.#cursor = rows.get(id, NEXT);
    const slot = (rows.get(id, AT) - 1) & MASK;
    const next = rows.get(id, NEXT);
    const prev = rows.get(id, PREV);
    if (prev === 0) this.#slots[slot] = next;
    else rows.set(prev, NEXT, next);
    if (next !== 0) rows.set(next, PREV, prev);
    rows.set(id, NEXT, 0);
    rows.set(id, PREV, 0);
    rows.set(id, AT, 0);
    this.#count--;
  }

  /** The wall clock has jumped: everything fires with the next turn, and who is early sets its deadline again. */
  force(nowMs: number): void {
    this.#done = Math.floor(nowMs / tickMs) - SLOTS;
    this.#isForced = true;
    this.#isInside = false;
    this.#cursor = 0;
  }

  /**
   * Fires what is due; false when `mayGoOn`, which is asked for each deadline that is looked at, ended it
   * before everything was. The next call goes on there.
   */
  advance(nowMs: number, fire: (id: number) => void, mayGoOn: () => boolean): boolean {
    const end = Math.floor(nowMs / tickMs);
    // After a long pause one turn looks at every slot.
    if (!this.#isInside) this.#done = Math.max(this.#done, end - SLOTS);
    while (this.#done < end) {
      if (!this.#isInside) this.#enter();
      while (this.#cursor !== 0) {
        if (!mayGoOn()) return false;
        const id = this.#cursor;
        this.#cursor = this.#rows.get(id, NEXT);
        if (!this.#isForced && this.#rows.get(id, AT) - 1 > end) continue;
        this.cancel(id);
        fire(id);
      }
      this.#isInside = false;
      this.#done++;
    }
    this.#isForced = false;
    return true;
  }

  #enter(): void {
    this.#isInside = true;
    this.#cursor = this.#slots[(this.#done + 1) & MASK]!;
  }

  #grow(id: number): void {
    assert(id > 0, 'row 0 is nobody');
    while (this.#rows.end <= id) this.#rows.take();
  }
}
