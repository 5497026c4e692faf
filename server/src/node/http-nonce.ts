/**
 * What keeps a proof of possession over HTTP from being used again (SPEC O2): nonces that the node gives and
 * remembers nothing of (RFC 9449 section 8), and the names of the proofs that were used while they could be.
 * Both go by the monotonic clock: a jump of the wall clock revives nothing.
 */

import { base64url, equal, utf8 } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { dpopNonceMs, dpopProofsMax } from 'copse/internal/base/limits.ts';
import { keyedMac, type KeyedMac } from 'copse/internal/crypto/hash.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

const NONCE_BYTES = 16;

/** Nonces of two windows of time, the current and the one before. They die with the process. */
export class Nonces {
  readonly #env: Env;
  readonly #mac: KeyedMac;
  #window = -1;
  #current = '';
  #previous = '';

  constructor(primitives: Primitives, env: Env) {
    this.#env = env;
    this.#mac = keyedMac(primitives, env.random(32));
  }

  /** The nonce for the next proof. */
  current(): string {
    this.#turn();
    return this.#current;
  }

  isFresh(nonce: string): boolean {
    this.#turn();
    const given = utf8(nonce);
    return equal(given, utf8(this.#current)) || equal(given, utf8(this.#previous));
  }

  #turn(): void {
    const window = Math.floor(this.#env.nowMs() / dpopNonceMs);
    if (window === this.#window) return;
    this.#window = window;
    this.#current = this.#of(window);
    this.#previous = this.#of(window - 1);
  }

  #of(window: number): string {
    return base64url(this.#mac.mac(utf8(`dpop ${window}`)).subarray(0, NONCE_BYTES));
  }
}

/** A name is remembered at least this long; a proof dies with its nonce before. */
const KEEP_MS = 2 * dpopNonceMs;

/** Names of used proofs, in two generations. When there is no room, no proof is taken: never one twice. */
export class UsedProofs {
  readonly #env: Env;
  readonly #countMax: number;
  #current = new Set<string>();
  #previous = new Set<string>();
  #sinceMs: number;

  constructor(env: Env, countMax: number = dpopProofsMax) {
    this.#env = env;
    this.#countMax = countMax;
    this.#sinceMs = env.nowMs();
  }

  /** False when the name was used before; throws `tooMany` when nothing more can be remembered. */
  use(name: string): boolean {
    this.#turn();
    if (this.#current.has(name) || this.#previous.has(name)) return false;
    if (this.#current.size >= this.#countMax) throw new Fault('tooMany', 'proofs of possession');
    this.#current.add(name);
    return true;
  }

  #turn(): void {
    const ageMs = this.#env.nowMs() - this.#sinceMs;
    if (ageMs < KEEP_MS) return;
    this.#previous = ageMs < 2 * KEEP_MS ? this.#current : new Set();
    this.#current = new Set();
    this.#sinceMs = this.#env.nowMs();
  }
}
