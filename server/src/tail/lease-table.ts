/**
 * The leases of one connection. A handle is 22 random bits over a place in this table, so that finding
 * its lease is one array lookup and guessing it is useless: it works on this connection only (SPEC T2).
 */

import { assert } from 'copse/internal/base/assert.ts';
import { handle, type Handle } from 'copse/internal/base/ids.ts';
import { handlesPerConnectionMax } from 'copse/internal/base/limits.ts';
import type { Lease } from './lease.ts';

const PLACE_BITS = 10;
const PLACE_MASK = (1 << PLACE_BITS) - 1;
assert(handlesPerConnectionMax === 1 << PLACE_BITS, 'a handle has a place for every lease of a connection');

const NO_LEASES: readonly Lease[] = [];

export class LeaseTable {
  /** By place. A lease that has ended keeps its place until another needs it, to say why. */
  #leases: Lease[] | null = null;
  #liveCount = 0;

  get liveCount(): number {
    return this.#liveCount;
  }

  /** The lease of a handle, also one that has ended; undefined when it was never given here. */
  find(number: number): Lease | undefined {
    const lease = this.#leases?.[number & PLACE_MASK];
    return lease !== undefined && lease.handle === number ? lease : undefined;
  }

  /** The live lease of a log. */
  ofLog(logNumber: number): Lease | undefined {
    return this.#leases?.find((lease) => lease.endedBy === 0 && lease.topic.log.number === logNumber);
  }

  /** Adds what `make` makes of a new handle; null when the table is full. */
  add(countMax: number, random: Uint8Array, make: (handle: Handle) => Lease): Lease | null {
    if (this.#liveCount >= countMax) return null;
    this.#leases ??= [];
    const leases = this.#leases;
    const ended = this.#liveCount < leases.length ? leases.findIndex((lease) => lease.endedBy !== 0) : -1;
    const place = ended < 0 ? leases.length : ended;
    let secret = ((random[0]! << 14) | (random[1]! << 6) | (random[2]! >> 2)) & SECRET_MASK;
    // The handle before it in this place must not work again.
    if (leases[place]?.handle === handleOf(secret, place)) secret = (secret + 1) & SECRET_MASK;
    const lease = make(handleOf(secret, place));
    leases[place] = lease;
    this.#liveCount++;
    return lease;
  }

  /** Marks a lease as ended by the fault with this number. */
  end(lease: Lease, faultNumber: number): void {
    assert(lease.endedBy === 0, 'a lease ends once');
    lease.endedBy = faultNumber;
    this.#liveCount--;
  }

  /** All leases that have not ended; the list may be ended while it is walked. */
  live(): readonly Lease[] {
    if (this.#liveCount === 0 || this.#leases === null) return NO_LEASES;
    return this.#leases.filter((lease) => lease.endedBy === 0);
  }
}

const SECRET_MASK = (1 << 22) - 1;

function handleOf(secret: number, place: number): Handle {
  return handle(((secret << PLACE_BITS) | place) >>> 0);
}
