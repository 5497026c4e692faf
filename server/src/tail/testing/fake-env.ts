/** A clock that a test moves, timers that fire when it does, and chance from a seed. */

import type { Env, LogLevel, Timer } from 'copse/internal/base/env.ts';

interface Waiting {
  readonly atMs: number;
  readonly task: () => void;
}

export class FakeEnv implements Env {
  #nowMs = 1000;
  #wallMs = 1_800_000_000_000;
  readonly #timers = new Set<Waiting>();
  #seed: number;
  readonly lines: string[] = [];

  constructor(seed = 1) {
    this.#seed = seed;
  }

  wallMs(): number {
    return Math.floor(this.#wallMs);
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, task: () => void): Timer {
    const waiting = { atMs: this.#nowMs + delayMs, task };
    this.#timers.add(waiting);
    return { cancel: () => void this.#timers.delete(waiting) };
  }

  random(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => Math.floor(this.chance() * 256));
  }

  /** Mulberry32 (Tommy Ettinger, 2017). */
  chance(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  log(level: LogLevel, event: string, fields = {}): void {
    this.lines.push(`${level} ${event} ${JSON.stringify(fields)}`);
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  /** The wall clock jumps; nothing else does. */
  jumpWall(byMs: number): void {
    this.#wallMs += byMs;
  }

  /** Lets time pass, and everything that happens in it. */
  async advance(byMs: number): Promise<void> {
    await settled();
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.atMs <= untilMs);
      const next = due.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#pass(Math.max(this.#nowMs, next.atMs) - this.#nowMs);
      next.task();
      await settled();
    }
    this.#pass(untilMs - this.#nowMs);
    await settled();
  }

  #pass(byMs: number): void {
    this.#nowMs += byMs;
    this.#wallMs += byMs;
  }
}

/** After everything that promises and immediates have started. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
