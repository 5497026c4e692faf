/**
 * Tells a node of a device that has signed out while the node could not be reached (SPEC S13). The keys for
 * it are in memory only: a program that ends before leaves nothing on the machine, and the device is in the
 * user's list until she ends it from another one.
 */

import { backoff } from '../base/backoff.ts';
import { pause, type Env } from '../base/env.ts';
import { asFault } from '../base/fault.ts';
import { reconnectBaseMs, reconnectCapMs } from '../base/limits.ts';
import type { AuthSession } from './auth-session.ts';

export interface FarewellParts {
  readonly env: Env;
  /** How long it is tried. */
  readonly limitMs: number;
  /** A session of the device that says goodbye. */
  readonly openAuth: () => Promise<AuthSession>;
}

/** Whether the node has been told. */
export async function sayFarewell({ env, limitMs, openAuth }: FarewellParts): Promise<boolean> {
  const endMs = env.nowMs() + limitMs;
  const pauses = backoff(env, reconnectBaseMs, reconnectCapMs);
  while (env.nowMs() < endMs) {
    try {
      const session = await openAuth();
      try {
        await session.remote.logout({});
        return true;
      } finally {
        session.close();
      }
    } catch (thrown) {
      const fault = asFault(thrown);
      env.log('info', 'farewell', { fault: fault.code });
      // It was ended by another device, or there is another node by now.
      if (fault.retry === 'never') return false;
    }
    await pause(env, pauses.next());
  }
  return false;
}
