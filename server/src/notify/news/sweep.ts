/**
 * Work in slices (SPEC I13): passes over listeners that take turns, a few hundred listeners at a time, so that
 * a site with a million holds up nobody. What comes while a round is under way begins with the next one.
 */

import type { Env } from 'copse/internal/base/env.ts';
import { sweepSliceMs, sweepStep } from 'copse/internal/base/limits-notify.ts';

/** A pass that can be interrupted. */
export interface Pass {
  /** Looks at so many listeners at most; true when none is left. */
  step(count: number): boolean;
}

/** The time that a slice may take. */
export class Slice {
  readonly #env: Env;
  readonly #endMs: number;
  #left = sweepStep;

  constructor(env: Env) {
    this.#env = env;
    this.#endMs = env.nowMs() + sweepSliceMs;
  }

  get isOver(): boolean {
    return this.#env.nowMs() >= this.#endMs;
  }

  /** For one thing after the other: the clock is looked at now and then. */
  mayGoOn(): boolean {
    if (--this.#left > 0) return true;
    this.#left = sweepStep;
    return !this.isOver;
  }
}

/** Walks on until the end, with a turn for others after each slice. */
export async function inSlices(env: Env, steps: Iterable<unknown>, turn: () => Promise<void>): Promise<void> {
  let slice = new Slice(env);
  for (const _ of steps) {
    if (!slice.isOver) continue;
    await turn();
    slice = new Slice(env);
  }
}

export class Sweep {
  /** Passes of this round that are not at their end; before `#at` they are done. */
  #round: Pass[] = [];
  #at = 0;
  #next: Pass[] = [];

  /** Whether a round is to begin or to go on. */
  get hasWork(): boolean {
    return this.#next.length > 0 || this.isInside;
  }

  get isInside(): boolean {
    return this.#at < this.#round.length;
  }

  add(pass: Pass): void {
    this.#next.push(pass);
  }

  /** Goes on with the round, or begins the next one; false when it is not at its end. */
  run(slice: Slice): boolean {
    if (!this.isInside) this.#begin();
    while (this.isInside) {
      const pass = this.#round[this.#at++]!;
      if (!pass.step(sweepStep)) this.#round.push(pass);
      if (slice.isOver && this.isInside) return false;
      if (this.#at >= 1024 && this.#at * 2 > this.#round.length) this.#compact();
    }
    return true;
  }

  #begin(): void {
    this.#round = this.#next;
    this.#at = 0;
    this.#next = [];
  }

  /** Passes that were done or stand at the end again leave the front. */
  #compact(): void {
    this.#round = this.#round.slice(this.#at);
    this.#at = 0;
  }
}
