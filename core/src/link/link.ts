/**
 * A link carries whole messages between two ends, in order, until it closes. WebSockets, message ports,
 * the encrypted channel and the simulator's wires are links; contracts run over any of them (SPEC W10).
 */

import type { Fault } from '../base/fault.ts';

export interface LinkEvents {
  onMessage(message: Uint8Array): void;
  /** Once; `fault` tells why when it was not `close`. */
  onClose(fault: Fault | null): void;
}

export interface Link {
  /** Hands a message over. After the close it does nothing. */
  send(message: Uint8Array): void;
  /** Starts delivery. Called once, by the link's owner. */
  listen(events: LinkEvents): void;
  /** Bytes handed over that have not left this end. */
  buffered(): number;
  close(fault?: Fault): void;
}

/** Two ends of a link in one process: messages arrive in a later microtask, like from outside. */
export function linkPair(): readonly [Link, Link] {
  const left = new PairEnd();
  const right = new PairEnd();
  left.other = right;
  right.other = left;
  return [left, right];
}

class PairEnd implements Link {
  other: PairEnd | null = null;
  #events: LinkEvents | null = null;
  #early: Uint8Array[] = [];
  #closed = false;

  send(message: Uint8Array): void {
    if (this.#closed) return;
    const copy = message.slice();
    queueMicrotask(() => this.other?.arrive(copy));
  }

  arrive(message: Uint8Array): void {
    if (this.#closed) return;
    if (this.#events === null) this.#early.push(message);
    else this.#events.onMessage(message);
  }

  listen(events: LinkEvents): void {
    this.#events = events;
    const early = this.#early;
    this.#early = [];
    for (const message of early) events.onMessage(message);
  }

  buffered(): number {
    return 0;
  }

  close(fault?: Fault): void {
    this.end(null);
    queueMicrotask(() => this.other?.end(fault ?? null));
  }

  end(fault: Fault | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events?.onClose(fault);
  }
}
