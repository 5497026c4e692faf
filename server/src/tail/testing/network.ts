/** A network in memory: transports that a test can clog, and a fan-out with the semantics of the real one. */

import type { Fault } from 'copse/internal/base/fault.ts';
import type { Link, LinkEvents } from 'copse/internal/link/link.ts';
import type { Tail } from '../tail.ts';
import type { Connection, Fanout, Transport } from '../transport.ts';

export class Network implements Fanout {
  readonly ends = new Set<End>();
  publishCount = 0;

  publish(topic: string, message: Uint8Array<ArrayBuffer>): void {
    this.publishCount++;
    for (const end of this.ends) if (end.topics.has(topic)) end.send(message);
  }

  /** A connection to the tail; what the peer gets comes through the link. */
  connect(tail: Tail, address = '10.0.0.1', origin: string | null = null): End {
    const end = new End(this, address, origin);
    this.ends.add(end);
    end.connection = tail.open(end);
    return end;
  }
}

/** Both ends of one connection: the transport of the tail and the link of its peer. */
export class End implements Transport {
  readonly #network: Network;
  readonly address: string;
  readonly origin: string | null;
  readonly topics = new Set<string>();
  connection: Connection | null = null;
  /** While clogged, messages pile up here, as in a socket whose peer does not read. */
  isClogged = false;
  readonly #pile: Uint8Array<ArrayBuffer>[] = [];
  #peer: LinkEvents | null = null;
  readonly #early: Uint8Array<ArrayBuffer>[] = [];
  /** Undefined while it is open, then what the tail closed it with. */
  closedWith: Fault | null | undefined;
  /** Messages the tail sent. */
  sentCount = 0;

  constructor(network: Network, address: string, origin: string | null) {
    this.#network = network;
    this.address = address;
    this.origin = origin;
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    if (this.closedWith !== undefined) return;
    this.sentCount++;
    const copy = message.slice();
    if (this.isClogged) this.#pile.push(copy);
    else queueMicrotask(() => this.#arrive(copy));
  }

  #arrive(message: Uint8Array<ArrayBuffer>): void {
    if (this.#peer === null) this.#early.push(message);
    else this.#peer.onMessage(message);
  }

  subscribe(topic: string): void {
    this.topics.add(topic);
  }

  unsubscribe(topic: string): void {
    this.topics.delete(topic);
  }

  buffered(): number {
    return this.#pile.reduce((sum, message) => sum + message.length, 0);
  }

  /** The peer reads again. */
  unclog(): void {
    this.isClogged = false;
    for (const message of this.#pile.splice(0)) queueMicrotask(() => this.#arrive(message));
    this.connection?.drained();
  }

  close(fault: Fault | null): void {
    if (this.closedWith !== undefined) return;
    this.closedWith = fault;
    this.#network.ends.delete(this);
    queueMicrotask(() => this.#peer?.onClose(fault));
  }

  // The peer's side

  /** The peer sends bytes, whatever they are. */
  receive(message: Uint8Array): void {
    if (this.closedWith === undefined) this.connection?.receive(message.slice());
  }

  /** The peer is gone. */
  cut(): void {
    if (this.closedWith !== undefined) return;
    this.closedWith = null;
    this.#network.ends.delete(this);
    this.connection?.closed();
    this.#peer?.onClose(null);
  }

  /** What the peer's contract runs over. */
  link(): Link {
    return {
      send: (message) => this.receive(message),
      listen: (events) => {
        this.#peer = events;
        for (const message of this.#early.splice(0)) events.onMessage(message);
      },
      buffered: () => 0,
      close: () => this.cut(),
    };
  }
}
