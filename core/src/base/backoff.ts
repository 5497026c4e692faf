/**
 * Delays between attempts: exponential with full jitter, so that a thousand clients of a restarted node
 * do not come back in one wave (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015).
 */

import type { Env } from './env.ts';

export interface Backoff {
  /** Delay before the next attempt, in milliseconds. */
  next(): number;
  /** After a success that lasted. */
  reset(): void;
}

export function backoff(env: Env, baseMs: number, capMs: number): Backoff {
  let attempt = 0;
  return {
    next() {
      const ceilingMs = Math.min(capMs, baseMs * 2 ** attempt);
      attempt = Math.min(attempt + 1, 30);
      return Math.max(baseMs / 4, env.chance() * ceilingMs);
    },
    reset() {
      attempt = 0;
    },
  };
}
