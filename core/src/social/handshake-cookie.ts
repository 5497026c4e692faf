/**
 * Cookies of a node under load (SPEC H9): the first request is answered with a MAC over who asks and
 * when, and nothing is remembered. Only a request that brings it back costs a key agreement, so an
 * attacker must receive at the addresses it sends from. The key lives as long as the process.
 */

import { concat, equal, utf8 } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { cookieMs } from '../base/limits.ts';
import { domain } from '../crypto/domain.ts';
import { macOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { cookieBytes } from './handshake.ts';

const COOKIE = domain('handshake/cookie');

export class Cookies {
  readonly #primitives: Primitives;
  readonly #key: Uint8Array;

  constructor(primitives: Primitives, env: Env) {
    this.#primitives = primitives;
    this.#key = env.random(32);
  }

  /** For the sender at `address` (as the listener knows it) with this one-time key. */
  bake(address: string, oneTimeKey: Uint8Array, nowMs: number): Uint8Array {
    return this.#at(Math.floor(nowMs / cookieMs), oneTimeKey, address);
  }

  /** Whether the cookie was made for them in this interval or the one before. */
  holds(cookie: Uint8Array, address: string, oneTimeKey: Uint8Array, nowMs: number): boolean {
    const interval = Math.floor(nowMs / cookieMs);
    const isCurrent = equal(cookie, this.#at(interval, oneTimeKey, address));
    return isCurrent || equal(cookie, this.#at(interval - 1, oneTimeKey, address));
  }

  #at(interval: number, oneTimeKey: Uint8Array, address: string): Uint8Array {
    // The one-time key has a fixed size and the interval no space in it, so the content reads in one way.
    const content = concat(oneTimeKey, utf8(`${interval} ${address}`));
    return macOf(this.#primitives, this.#key, COOKIE, content).subarray(0, cookieBytes);
  }
}
