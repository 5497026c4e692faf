/** The node's end of a simulated WebSocket, and the topics that its connections subscribe to. */

import type { Fault } from 'copse/internal/base/fault.ts';
import type { Connection, Fanout, Transport } from '../../../server/src/tail/transport.ts';
import type { WireEnd } from '../network.ts';

/** Sends the same bytes to all subscribers of a topic. */
export class Topics implements Fanout {
  readonly #socketsByTopic = new Map<string, Set<SimSocket>>();

  publish(topic: string, message: Uint8Array<ArrayBuffer>): void {
    for (const socket of this.#socketsByTopic.get(topic) ?? []) socket.send(message);
  }

  join(topic: string, socket: SimSocket): void {
    const sockets = this.#socketsByTopic.get(topic) ?? new Set();
    this.#socketsByTopic.set(topic, sockets.add(socket));
  }

  leave(topic: string, socket: SimSocket): void {
    this.#socketsByTopic.get(topic)?.delete(socket);
  }

  leaveAll(socket: SimSocket): void {
    for (const sockets of this.#socketsByTopic.values()) sockets.delete(socket);
  }
}

export class SimSocket implements Transport {
  readonly address: string;
  readonly origin = null;
  readonly #end: WireEnd<Uint8Array>;
  readonly #topics: Topics;
  #dead = false;
  isOver = false;

  constructor(end: WireEnd<Uint8Array>, address: string, topics: Topics) {
    this.#end = end;
    this.address = address;
    this.#topics = topics;
  }

  /** Starts delivery to the service that owns the connection. */
  serve(connection: Connection): void {
    const end = this.#end;
    end.onDrained = () => {
      if (!this.#dead) connection.drained();
    };
    end.listen({
      onMessage: (message) => {
        if (!this.#dead) connection.receive(message);
      },
      onClose: () => {
        this.isOver = true;
        this.#topics.leaveAll(this);
        if (!this.#dead) connection.closed();
      },
    });
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    if (!this.#dead) this.#end.send(message);
  }

  subscribe(topic: string): void {
    this.#topics.join(topic, this);
  }

  unsubscribe(topic: string): void {
    this.#topics.leave(topic, this);
  }

  buffered(): number {
    return this.#end.buffered();
  }

  close(fault: Fault | null): void {
    if (!this.#dead) this.#end.close(fault ?? undefined);
  }

  /** The process is gone and tells nobody. */
  kill(): void {
    this.#dead = true;
  }
}
