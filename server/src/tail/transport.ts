/**
 * What the tail asks of the network. The node implements it over its WebSocket listener, the simulator
 * over its wires, a test over queues.
 */

import type { Fault } from 'copse/internal/base/fault.ts';

/** How a connection reaches its peer. Messages arrive in order or not at all. */
export interface Transport {
  /** The bytes are valid during the call only. Keeps the order with what was published before. */
  send(message: Uint8Array<ArrayBuffer>): void;
  /** From the next `publish` on, messages to this topic are sent to this connection too. */
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  /** Bytes that the network has not taken yet. */
  buffered(): number;
  close(fault: Fault | null): void;
  readonly address: string;
  /** Of the page that connects; null when it is a program, which has none. */
  readonly origin: string | null;
}

/** Sends the same bytes to every subscriber of a topic; the bytes are valid during the call only. */
export interface Fanout {
  publish(topic: string, message: Uint8Array<ArrayBuffer>): void;
}

/** What the owner of a transport tells the tail. None of these throws. */
export interface Connection {
  /** One message of the peer. Its bytes are handed over: entries stay where they are until they are durable. */
  receive(message: Uint8Array): void;
  /** `buffered` has become small. */
  drained(): void;
  closed(): void;
}
