/**
 * Time and events of a simulation. Nothing here runs by itself: `step` takes the earliest event, runs
 * it, and lets every promise settle before the next, so that order is a property of the seed alone
 * (SPEC X1).
 */

import { drainMicrotasks } from 'bun:jsc';

import type { Env, LogLevel, Timer } from 'copse/internal/base/env.ts';
import { Chance } from './chance.ts';
import { Violation } from './violation.ts';

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Lines that are kept for the report of a violation. */
const TRACE_LINES = 400;

export class World {
  readonly chance: Chance;
  readonly #seed: number;
  nowMs = 0;
  steps = 0;
  readonly #heap: Event[] = [];
  readonly #onNote: ((line: string) => void) | null;
  #order = 0;
  #hash = 0;
  #trace: string[] = [];
  #violation: Violation | null = null;

  constructor(seed: number, onNote: ((line: string) => void) | null = null) {
    this.chance = new Chance(seed);
    this.#seed = seed;
    this.#onNote = onNote;
  }

  /** Chance for one purpose: what is drawn for another one does not change what is drawn here. */
  stream(purpose: string): Chance {
    return new Chance(this.#seed * 2 ** 32 + Bun.hash.crc32(purpose));
  }

  /**
   * Ends the run with a violation when `holds` is false. It is remembered too, because what throws inside
   * of a promise ends up with whoever owns that.
   */
  check(holds: boolean, rule: string, what: () => string): asserts holds {
    if (!holds) this.fail(rule, what());
  }

  fail(rule: string, what: string): never {
    const violation = new Violation(rule, what);
    this.#violation ??= violation;
    throw violation;
  }

  /** The first violation that was found. */
  get violation(): Violation | null {
    return this.#violation;
  }

  /** Adds a line to the trace; the hash of a run is the hash of all its lines. */
  note(text: string): void {
    const line = `${this.steps} ${this.nowMs.toFixed(2)} ${text}`;
    this.#hash = Bun.hash.crc32(line, this.#hash);
    this.#onNote?.(line);
    this.#trace.push(line);
    if (this.#trace.length > 2 * TRACE_LINES) this.#trace = this.#trace.slice(-TRACE_LINES);
  }

  /** Depends on every line and on the time of every event so far. */
  get hash(): string {
    const end = Bun.hash.crc32(`${this.steps} ${this.nowMs} ${this.chance.word()}`, this.#hash);
    return end.toString(16).padStart(8, '0');
  }

  /** The last lines of what happened. */
  lastLines(count: number): readonly string[] {
    return this.#trace.slice(-count);
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
  step(): boolean {
    let event = pop(this.#heap);
    while (event?.cancelled === true) event = pop(this.#heap);
    if (event === undefined) return false;
    this.nowMs = Math.max(this.nowMs, event.atMs);
    this.steps++;
    event.run();
    // What waits for a promise runs now and not in a later turn: no real time passes inside a run.
    drainMicrotasks();
    return true;
  }

  /** The environment of one machine of the world; its wall clock may be skewed and may jump. */
  env(name: string): SimEnv {
    return new SimEnv(this, name);
  }
}

const MISTAKES = new Set(['tail.broken', 'tail.mistake', 'auth.mistake', 'direct.cast']);

export class SimEnv implements Env {
  readonly #world: World;
  readonly #name: string;
  readonly #timers = new Set<Timer>();
  /** How far the wall clock is from true time. */
  skewMs = 0;
  /** Timers are late by up to this: a device that sleeps. */
  #asleepUntilMs = 0;
  #dead = false;
  /** Hears what the process logs, as who supervises it does. */
  onLog: (event: string, fields: Readonly<Record<string, string | number | boolean>>) => void = () => {};

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
    let timer: Timer;
    const run = (): void => {
      if (this.#dead) return;
      const lateMs = this.#asleepUntilMs - this.#world.nowMs;
      if (lateMs > 0) {
        inner = this.#world.at(lateMs, run);
        return;
      }
      this.#timers.delete(timer);
      task();
    };
    let inner = this.#world.at(delayMs, run);
    timer = {
      cancel: () => {
        inner.cancel();
        this.#timers.delete(timer);
      },
    };
    this.#timers.add(timer);
    return timer;
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
    this.onLog(event, fields);
    // What services call their own mistake is a finding, whatever they answer to others.
    this.#world.check(!MISTAKES.has(event), 'W9', () => `${event}: ${JSON.stringify(fields)}`);
  }

  /** No timer fires before `forMs` have passed; then all that are due do. */
  sleep(forMs: number): void {
    this.#asleepUntilMs = Math.max(this.#asleepUntilMs, this.#world.nowMs + forMs);
  }

  /** The process is gone: none of its timers fires any more. */
  kill(): void {
    this.#dead = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  get dead(): boolean {
    return this.#dead;
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
