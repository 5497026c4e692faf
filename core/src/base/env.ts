/**
 * The only clock, timer and random source of copse. Everything with a protocol takes an `Env`, so the
 * simulator can own time and chance; `lab/tidy.test.ts` refuses the ambient ones anywhere else.
 */

import { fillRandom } from './random.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface Timer {
  cancel(): void;
}

export interface Env {
  /** Wall clock, milliseconds since 1970. May jump: only for what people read and for dates in signed objects. */
  wallMs(): number;
  /** Monotonic clock in milliseconds with a fraction: for every timeout, lease and rate. */
  nowMs(): number;
  /** Runs `task` once, `delayMs` from now. The caller owns the timer and cancels it. */
  after(delayMs: number, task: () => void): Timer;
  /** Cryptographically strong bytes. */
  random(size: number): Uint8Array;
  /** A number in [0, 1) for jitter and sampling; not for secrets. */
  chance(): number;
  log(level: LogLevel, event: string, fields?: Readonly<Record<string, string | number | boolean>>): void;
}

/** The real environment. Timers do not keep a server process alive on their own where the runtime allows it. */
export function realEnv(log: Env['log'] = () => {}): Env {
  return {
    wallMs: () => Date.now(),
    nowMs: () => performance.now(),
    after(delayMs, task) {
      const timer = setTimeout(task, delayMs);
      return { cancel: () => clearTimeout(timer) };
    },
    random: (size) => fillRandom(new Uint8Array(size)),
    chance: () => Math.random(),
    log,
  };
}

/** A promise that resolves after `delayMs`. */
export function pause(env: Env, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    env.after(delayMs, resolve);
  });
}

/** A whole number in [0, below) from `env.random`, for identifiers that must not be guessed. */
export function randomUint(env: Env, below: number): number {
  const bytes = env.random(6);
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value % below;
}
