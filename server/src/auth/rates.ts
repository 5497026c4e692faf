/**
 * Rates of calls (SPEC G2): one meter per session, and one per address for all its strangers together, of
 * whom there is a bounded number at once. A user behind the same address is not slowed down by strangers
 * there, nor kept out.
 */

import { Cache } from 'copse/internal/base/cache.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import {
  addressesMeteredMax,
  authCallsBurst,
  authCallsPerSecond,
  strangerCallsBurst,
  strangerCallsPerSecond,
  strangerSessionsPerAddressMax,
} from 'copse/internal/base/limits.ts';
import { Meter } from 'copse/internal/base/meter.ts';

export interface RateLimits {
  readonly sessionPerSecond: number;
  readonly sessionBurst: number;
  readonly strangersPerSecond: number;
  readonly strangersBurst: number;
  /** Sessions of strangers at one address at once. */
  readonly strangersMax?: number;
}

export const RATE_LIMITS: RateLimits = {
  sessionPerSecond: authCallsPerSecond,
  sessionBurst: authCallsBurst,
  strangersPerSecond: strangerCallsPerSecond,
  strangersBurst: strangerCallsBurst,
};

export class Rates {
  readonly #env: Env;
  readonly #limits: RateLimits;
  readonly #strangersByAddress = new Cache<string, Meter>(addressesMeteredMax);
  /** How many places are taken; bounded by the connections of the node. */
  readonly #placesByAddress = new Map<string, number>();

  constructor(env: Env, limits: RateLimits) {
    this.#env = env;
    this.#limits = limits;
  }

  /** The meter of one session. */
  session(): Meter {
    return new Meter(this.#limits.sessionPerSecond, this.#limits.sessionBurst);
  }

  /** Throws `tooMany` when the meter refuses a call. */
  take(meter: Meter, what: string): void {
    const waitMs = meter.take(this.#env.nowMs());
    if (waitMs > 0) throw new Fault('tooMany', `${what}: again in ${Math.ceil(waitMs)} ms`);
  }

  /** A place for one stranger at this address, or null when all are taken. Give it back once. */
  strangerPlace(address: string): Disposable | null {
    const group = addressGroup(address);
    const taken = this.#placesByAddress.get(group) ?? 0;
    if (taken >= (this.#limits.strangersMax ?? strangerSessionsPerAddressMax)) return null;
    this.#placesByAddress.set(group, taken + 1);
    return {
      [Symbol.dispose]: () => {
        const left = (this.#placesByAddress.get(group) ?? 1) - 1;
        if (left === 0) this.#placesByAddress.delete(group);
        else this.#placesByAddress.set(group, left);
      },
    };
  }

  /** The same for a call of a stranger at this address. */
  takeStranger(address: string): void {
    const group = addressGroup(address);
    let meter = this.#strangersByAddress.get(group);
    if (meter === undefined) {
      meter = new Meter(this.#limits.strangersPerSecond, this.#limits.strangersBurst);
      this.#strangersByAddress.set(group, meter);
    }
    this.take(meter, 'strangers at this address');
  }
}

/**
 * Addresses that one customer of a provider has at will count as one: the first 64 bits of IPv6
 * (RFC 6177). An IPv4 address in IPv6 form is the IPv4 address (RFC 4291 section 2.5.5.2).
 */
export function addressGroup(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address);
  if (mapped !== null) return mapped[1] ?? address;
  const [head = '', tail = ''] = address.toLowerCase().split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === '' ? [] : tail.split(':');
  const gap = address.includes('::') ? Math.max(0, 8 - front.length - back.length) : 0;
  const groups = [...front, ...Array.from({ length: gap }, () => '0'), ...back];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
