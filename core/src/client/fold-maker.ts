/**
 * When a fold makes a snapshot (SPEC Q6): when more has come since the last one than that holds, so that a log with
 * its snapshots is at most twice as long, and who opens it reads at most as much again. Who wrote last does it, soon;
 * the others wait longer, each a time of its own, and see that it is done.
 */

import type { Env, Timer } from '../base/env.ts';
import { asFault, type Fault } from '../base/fault.ts';
import { snapshotTurnMs, snapshotWaitMs, snapshotWorthBytes } from '../base/limits-snapshot.ts';
import type { SavedState } from './snapshot-parts.ts';

export interface MakerOwner {
  readonly env: Env;
  /** Bytes of entries before one is worth it. */
  readonly worthBytes: number;
  readonly publish: (saved: SavedState) => Promise<boolean>;
  /** What the application has become, or null. */
  readonly save: () => SavedState | null;
  /** Whether it has heard nearly everything: a snapshot of much less is soon one of too little. */
  readonly isCurrent: () => boolean;
  readonly onFailed: (fault: Fault) => void;
}

const RANDOM_BYTES = 2;
const RANDOM_MAX = 0xffff;

export class SnapshotMaker {
  readonly #owner: MakerOwner;
  #bytes = 0;
  #sizeOfLast = 0;
  #timer: Timer | null = null;
  #isMaking = false;
  #isOver = false;

  constructor(owner: MakerOwner) {
    this.#owner = owner;
  }

  /** Entries have come; the last of them of this device, or of another. */
  grown(bytes: number, isOwn: boolean): void {
    this.#bytes += bytes;
    if (this.#isDue) this.#plan(isOwn);
  }

  /** There is a snapshot of a state of this size. */
  made(size: number): void {
    this.#sizeOfLast = size;
    this.#bytes = 0;
    this.#timer?.cancel();
    this.#timer = null;
  }

  get #isDue(): boolean {
    return this.#bytes >= Math.max(this.#owner.worthBytes, this.#sizeOfLast);
  }

  #plan(isOwn: boolean): void {
    if (this.#timer !== null || this.#isMaking || this.#isOver) return;
    const [high = 0, low = 0] = this.#owner.env.random(RANDOM_BYTES);
    const drawn = (high * 256 + low) / RANDOM_MAX;
    // Where little is worth a snapshot, what a log gets in that time is more than it.
    const haste = Math.min(1, this.#owner.worthBytes / snapshotWorthBytes);
    const waitMs = haste * (isOwn ? drawn * snapshotWaitMs : snapshotWaitMs + drawn * snapshotTurnMs);
    this.#timer = this.#owner.env.after(waitMs, () => {
      this.#timer = null;
      void this.#make();
    });
  }

  async #make(): Promise<void> {
    if (!this.#isDue || this.#isOver) return;
    const saved = this.#owner.isCurrent() ? this.#owner.save() : null;
    if (saved === null) return this.#plan(false);
    this.#isMaking = true;
    try {
      await this.#owner.publish(saved);
      this.made(saved.state.length);
    } catch (thrown) {
      const fault = asFault(thrown);
      this.#owner.onFailed(fault);
      // Who may not write is not asked again for every entry.
      if (fault.retry === 'never') this.#isOver = true;
    } finally {
      this.#isMaking = false;
    }
    if (this.#isDue) this.#plan(false);
  }

  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#timer = null;
  }
}
