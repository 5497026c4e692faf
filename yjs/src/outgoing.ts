/**
 * Changes of this device on their way into the log (SPEC Y2, Y3, Y6). The first of a while goes at once; those that
 * follow are joined until the one before has been acknowledged or a moment has passed. What was refused stays here,
 * with all that came after it, because a change without those before it means nothing to others.
 */

import { Fault, type Appended, type Store } from 'copse';
import { mergeUpdates } from 'yjs';
import { Cell } from './cell.ts';
import { entriesOf } from './entry.ts';
import {
  coalesceMs,
  coalesceOfflineMs,
  expectedCountMax,
  retryBaseMs,
  retryCapMs,
  unsentCountMax,
} from './limits.ts';

/** The only clock of this package. */
export interface Timers {
  after(delayMs: number, task: () => void): { cancel(): void };
}

export const realTimers: Timers = {
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

export interface OutgoingOwner {
  readonly timers: Timers;
  append(value: Uint8Array): Promise<Appended>;
  isOffline(): boolean;
  onChange(): void;
}

/** A change whose entries have no position yet. */
interface Batch {
  readonly update: Uint8Array;
}

export class Outgoing {
  readonly #owner: OutgoingOwner;
  /** Values that will come back as entries. */
  readonly #expected: Uint8Array[] = [];
  readonly #inFlight = new Set<Batch>();
  readonly #refused = new Cell<Fault | null>(null);
  #unsent: Uint8Array[] = [];
  #timer: { cancel(): void } | null = null;
  #isSoon = false;
  #pauseMs = retryBaseMs;
  #isOver = false;

  constructor(owner: OutgoingOwner) {
    this.#owner = owner;
  }

  /** Whether every change of this device is in the log. */
  get isEmpty(): boolean {
    return this.#unsent.length === 0 && this.#inFlight.size === 0;
  }

  /** Why changes are not taken, or null. */
  get refused(): Store<Fault | null> {
    return this.#refused;
  }

  add(update: Uint8Array): void {
    this.#unsent.push(update);
    if (this.#unsent.length >= unsentCountMax) this.#unsent = [mergeUpdates(this.#unsent)];
    this.#owner.onChange();
    if (this.#refused.get() === null) this.#schedule();
  }

  #schedule(): void {
    if (this.#inFlight.size === 0) this.#soon();
    else this.#timer ??= this.#after(this.#owner.isOffline() ? coalesceOfflineMs : coalesceMs);
  }

  /** After the present turn: a program that types in a loop makes one change. */
  #soon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    queueMicrotask(() => {
      this.#isSoon = false;
      this.flush();
    });
  }

  #after(delayMs: number): { cancel(): void } {
    return this.#owner.timers.after(delayMs, () => {
      this.#timer = null;
      this.flush();
    });
  }

  /** Appends what is there, now. */
  flush(): void {
    // What was refused has a timer of its own.
    if (this.#refused.get() !== null || this.#isOver) return;
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#unsent.length === 0) return;
    const update = this.#unsent.length === 1 ? this.#unsent[0] : mergeUpdates(this.#unsent);
    this.#unsent = [];
    if (update !== undefined) void this.#append({ update });
  }

  async #append(batch: Batch): Promise<void> {
    this.#inFlight.add(batch);
    try {
      const values = entriesOf(batch.update);
      if (values === null) throw new Fault('tooLarge', 'This change is too large for a document.');
      this.#expect(values);
      const answers = await Promise.all(values.map((value) => this.#owner.append(value)));
      if (answers.some(({ changedTo }) => changedTo !== undefined)) throw changedByLeader();
      this.#pauseMs = retryBaseMs;
      this.#inFlight.delete(batch);
    } catch (thrown) {
      this.#inFlight.delete(batch);
      this.#refuse(batch, thrown);
    }
    if (this.#inFlight.size === 0 && this.#unsent.length > 0) this.flush();
    this.#owner.onChange();
  }

  #expect(values: readonly Uint8Array[]): void {
    this.#expected.push(...values);
    this.#expected.splice(0, this.#expected.length - expectedCountMax);
  }

  /** Values of an earlier run that wait in the queue of this device: the document shows them already. */
  expect(value: Uint8Array): void {
    this.#expect([value]);
  }

  /** Whether this value is on its way from here. */
  expects(value: Uint8Array): boolean {
    return this.#expected.some((own) => isSame(own, value));
  }

  /** Whether this value was appended here; each is recognised once, in the order of the appends. */
  recognise(value: Uint8Array): boolean {
    const at = this.#expected.findIndex((own) => isSame(own, value));
    if (at === -1) return false;
    this.#expected.splice(0, at + 1);
    return true;
  }

  #refuse(batch: Batch, thrown: unknown): void {
    const fault = thrown instanceof Fault ? thrown : new Fault('internal', String(thrown));
    this.#unsent.unshift(batch.update);
    this.#refused.set(fault);
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#isOver || fault.code === 'closed' || fault.retry !== 'later') return;
    this.#timer = this.#owner.timers.after(this.#pauseMs, () => {
      this.#timer = null;
      this.retry();
    });
    this.#pauseMs = Math.min(this.#pauseMs * 2, retryCapMs);
  }

  /** Appends what was refused once more, with what came after it. */
  retry(): void {
    if (this.#refused.get() === null || this.#isOver) return;
    this.#refused.set(null);
    this.flush();
    this.#owner.onChange();
  }

  end(): void {
    this.flush();
    this.#timer?.cancel();
    this.#isOver = true;
  }
}

function changedByLeader(): Fault {
  return new Fault('refused', 'The leader of this log has placed something else.');
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
