/**
 * One hand-over between two devices, as the node carries it (SPEC E6, D2): who waits is met by one device, then
 * reveals its key, then is given or sent away. Each step once and in this order; who put a key in its place
 * before the other had shown its own has fixed all that it can choose.
 */

import type { HandOverState } from 'copse/internal/api/hand-over.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';

interface Shown {
  readonly exchange: Uint8Array;
  readonly nonce: Uint8Array;
}

export class HandOver {
  #state: HandOverState;
  #revealed: Shown | null = null;
  #metBy: { readonly user: Key; readonly device: Key } | null = null;

  /** `none`: the device waits for nobody. */
  constructor(kind: 'none' | 'waiting') {
    this.#state = { kind };
  }

  get state(): HandOverState {
    return this.#state;
  }

  /** What the waiting device has revealed. */
  get revealed(): Shown | null {
    return this.#revealed;
  }

  /** Which user has met it, on which device. */
  get metBy(): { readonly user: Key; readonly device: Key } | null {
    return this.#metBy;
  }

  meet(user: Key, { device, exchange, nonce }: Shown & { readonly device: Key }): void {
    if (this.#metBy !== null) throw new Fault('taken', 'another device answers it');
    this.#metBy = { user, device };
    this.#state = { kind: 'met', device, exchange: exchange.slice(), nonce: nonce.slice() };
  }

  reveal({ exchange, nonce }: Shown): void {
    if (this.#state.kind !== 'met') throw new Fault('stale', 'nobody has answered yet');
    if (this.#revealed !== null) throw new Fault('used', 'this commitment');
    this.#revealed = { exchange: exchange.slice(), nonce: nonce.slice() };
  }

  give(device: Key, sealed: Uint8Array): void {
    if (this.#metBy === null || !equal(this.#metBy.device, device)) throw new Fault('forbidden');
    if (this.#revealed === null || this.#state.kind !== 'met') {
      throw new Fault('stale', 'it has revealed nothing yet');
    }
    this.#state = { kind: 'given', sealed: sealed.slice() };
  }

  deny(): void {
    this.#state = { kind: 'denied' };
  }
}
