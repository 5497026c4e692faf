/** Those who wait for the lease of a log, whoever comes first: it, or its end for good. */

import type { Fault } from '../base/fault.ts';
import { deferred, type Deferred } from './deferred.ts';

export class LeaseWaiters<L> {
  readonly #waiting = new Set<Deferred<L>>();

  get isWanted(): boolean {
    return this.#waiting.size > 0;
  }

  wait(): Promise<L> {
    const waiting = deferred<L>();
    this.#waiting.add(waiting);
    return waiting.promise.finally(() => this.#waiting.delete(waiting));
  }

  opened(lease: L): void {
    for (const waiting of this.#waiting) waiting.resolve(lease);
  }

  end(fault: Fault): void {
    for (const waiting of this.#waiting) waiting.reject(fault);
  }
}
