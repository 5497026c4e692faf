/**
 * Time and events of a simulation. Nothing here runs by itself: `step` takes the earliest event, runs
 * it, and lets every promise settle before the next, so that order is a property of the seed alone.
 */

import type { Env, LogLevel, Timer } from 'copse/internal/base/env.ts';
import { Chance } from './chance.ts';

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

export class World {
  readonly chance: Chance;
  nowMs = 0;
  steps = 0;
  readonly #heap: Event[] = [];
  #order = 0;
  /** The last lines of what happened, for the report of a violation. */
  readonly trace: string[] = [];

  constructor(seed: number) {
    this.chance = new Chance(seed);
  }

  note(line: string): void {
    this.trace.push(`${this.nowMs.toFixed(2).padStart(10)} ${line}`);
    if (this.trace.length > TRACE_LINES) this.trace.shift();
  }

  at(delayMs: number, run: () => void): Timer {
    const event: Event = {
      atMs: this.nowMs + Math.max(0, delayMs),
      order: this.#order++,
      run,
      cancelled: false,
    };
    push(this.#heap, event);
    return {
      cancel: () => {
        event.cancelled = true;
      },
    };
  }

  /** Runs the next event and everything it resolves; false when there is none. */
  async step(): Promise<boolean> {
    let event = pop(this.#heap);
    while (event?.cancelled === true) event = pop(this.#heap);
    if (event === undefined) return false;
    this.nowMs = Math.max(this.nowMs, event.atMs);
    this.steps++;
    event.run();
    await settle();
    return true;
  }

  /** The environment of one machine of the world; its wall clock may be skewed and may jump. */
  env(name: string): SimEnv {
    return new SimEnv(this, name);
  }
}

const TRACE_LINES = 400;

/** Lets all promise reactions run: they are finished before the runtime turns to its next macrotask. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

export class SimEnv implements Env {
  readonly #world: World;
  readonly #name: string;
  readonly #timers = new Set<Timer>();
  skewMs = 0;
  #dead = false;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
  }

  wallMs(): number {
    return 1_700_000_000_000 + Math.floor(this.#world.nowMs) + this.skewMs;
  }

  nowMs(): number {
    return this.#world.nowMs;
  }

  after(delayMs: number, task: () => void): Timer {
    if (this.#dead) return { cancel: () => {} };
    const timer = this.#world.at(delayMs, () => {
      this.#timers.delete(timer);
      if (!this.#dead) task();
    });
    this.#timers.add(timer);
    return {
      cancel: () => {
        timer.cancel();
        this.#timers.delete(timer);
      },
    };
  }

  random(size: number): Uint8Array<ArrayBuffer> {
    return this.#world.chance.bytes(size);
  }

  chance(): number {
    return this.#world.chance.unit();
  }

  log(
    level: LogLevel,
    event: string,
    fields: Readonly<Record<string, string | number | boolean>> = {},
  ): void {
    this.#world.note(`${this.#name} ${level} ${event} ${JSON.stringify(fields)}`);
  }

  /** The process is gone: none of its timers fires any more. */
  kill(): void {
    this.#dead = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  get timers(): number {
    return this.#timers.size;
  }
}

function before(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: Event[], event: Event): void {
  let at = heap.length;
  heap.push(event);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(event, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = event;
}

function pop(heap: Event[]): Event | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return first;
}
