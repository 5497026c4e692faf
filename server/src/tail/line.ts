/**
 * One connection as bytes: frames in, frames out. It reads writes by itself, leaves the other frames to
 * the contract, and makes calls for pages wait until the peer has taken what it asked for before.
 * Whatever a peer sends, it loses its own connection at most (SPEC T7, W4).
 */

import { attentionApi } from 'copse/internal/api/attention.ts';
import { coldApi } from 'copse/internal/api/cold.ts';
import { snapshotApi } from 'copse/internal/api/snapshot.ts';
import { leadApi } from 'copse/internal/api/lead.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { callsInFlightMax } from 'copse/internal/base/limits.ts';
import { Outbox, type OutboxOwner } from 'copse/internal/link/outbox.ts';
import { Host, type HostOptions, type Service } from 'copse/internal/link/serve.ts';
import { Reader, type Writer } from 'copse/internal/wire/buffer.ts';
import { frameKind } from 'copse/internal/wire/frame.ts';
import { AttentionDesk } from './attention-desk.ts';
import { ColdDesk } from './cold-desk.ts';
import { LeadDesk } from './lead-desk.ts';
import { SnapshotDesk } from './snapshot-desk.ts';
import { TailSession } from './session.ts';
import { methodNumber, type Shard } from './shard.ts';
import type { Connection, Transport } from './transport.ts';

/** The tail as its connections know it. */
export interface LineOwner {
  /** The peer has proven who it is. */
  connected(line: Line): void;
  ended(line: Line): void;
}

export class Line implements Connection, HostOptions, OutboxOwner {
  readonly transport: Transport;
  readonly service: Service;
  readonly outbox: Outbox;
  readonly session: TailSession;
  over = false;
  /** The sweep in which the last message came, and the one in which the connection began. */
  heardTick: number;
  readonly openedTick: number;
  readonly #shard: Shard;
  readonly #owner: LineOwner;
  readonly #host: Host;
  /** Made when a call of the facet comes: most connections never make one. */
  #leadDesk: LeadDesk | null = null;
  #coldDesk: ColdDesk | null = null;
  #snapshotDesk: SnapshotDesk | null = null;
  #attentionDesk: AttentionDesk | null = null;
  /** Calls that wait until the peer has taken what it asked for. */
  #deferred: Uint8Array[] = NO_CALLS;

  constructor(shard: Shard, owner: LineOwner, transport: Transport, who: number) {
    this.#shard = shard;
    this.#owner = owner;
    this.transport = transport;
    this.service = shard.scratch.service;
    this.outbox = new Outbox(this, shard.scratch.pool);
    this.heardTick = shard.tick;
    this.openedTick = shard.tick;
    this.session = new TailSession(shard, this, who);
    this.#host = new Host(this.session, this);
  }

  /** What answers the facets of the service (SPEC W14). */
  get facets(): Readonly<Record<string, object>> {
    this.#leadDesk ??= new LeadDesk(this.#shard, this.session);
    this.#coldDesk ??= new ColdDesk(this.#shard, this.session);
    this.#snapshotDesk ??= new SnapshotDesk(this.#shard, this.session);
    this.#attentionDesk ??= new AttentionDesk(this.#shard, this.session);
    return {
      [leadApi.name]: this.#leadDesk,
      [coldApi.name]: this.#coldDesk,
      [snapshotApi.name]: this.#snapshotDesk,
      [attentionApi.name]: this.#attentionDesk,
    };
  }

  /** Puts a push into the next message. */
  push(put: (writer: Writer) => void): void {
    if (!this.over) this.outbox.put(put);
  }

  receive(message: Uint8Array): void {
    if (this.over) return;
    this.heardTick = this.#shard.tick;
    try {
      this.#frames(message);
    } catch (thrown) {
      this.onFault(asFault(thrown));
    }
    this.drained();
  }

  /** Reads writes by itself and leaves the other frames to the contract. */
  #frames(message: Uint8Array): void {
    const reader = new Reader(message);
    const end = message.length;
    while (reader.at < end && !this.over) {
      const start = reader.at;
      reader.end = end;
      const size = reader.uint();
      const next = reader.at + size;
      if (size === 0 || next > end) throw new Fault('malformed', 'truncated');
      reader.end = next;
      const isWrite =
        size > 2 && message[reader.at] === frameKind.cast && message[reader.at + 1] === methodNumber.write;
      if (isWrite) {
        reader.at += 2;
        const { write } = this.#shard.scratch;
        write.read(reader);
        this.session.place(write.handle, write.at, { bytes: message, from: write.from, to: write.to });
      } else if (this.#mustWait(message, reader.at, next)) {
        this.#defer(message.slice(start, next));
      } else {
        this.#host.receive(message.subarray(start, next));
      }
      reader.at = next;
    }
  }

  /**
   * Pages are answered as fast as the peer takes them: that is the credit of who reads by pull, and the
   * bound of what one connection makes the node hold (SPEC T4). Later calls keep their order behind them.
   */
  #mustWait(message: Uint8Array, at: number, end: number): boolean {
    if (message[at] !== frameKind.call) return false;
    if (this.#deferred.length > 0) return true;
    const body = new Reader(message, at + 1, end);
    body.uint();
    const number = body.uint();
    return (number === methodNumber.attach || number === methodNumber.read) && !this.#hasRoom();
  }

  #hasRoom(): boolean {
    return this.transport.buffered() + this.outbox.size <= this.#shard.limits.lagBytes;
  }

  #defer(frame: Uint8Array): void {
    if (this.#deferred.length >= callsInFlightMax) throw new Fault('tooMany', 'calls of this connection');
    if (this.#deferred.length === 0) this.#deferred = [];
    this.#deferred.push(frame);
  }

  drained(): void {
    for (;;) {
      this.outbox.flush();
      if (this.#deferred.length === 0 || this.over || !this.#hasRoom()) return;
      const frame = this.#deferred.shift();
      if (frame !== undefined) this.#host.receive(frame);
    }
  }

  closed(): void {
    if (this.over) return;
    this.over = true;
    this.#deferred = NO_CALLS;
    this.#attentionDesk?.end();
    this.session.close();
    this.#owner.ended(this);
  }

  /** Time passes. */
  sweep(nowMs: number): void {
    this.#attentionDesk?.sweep(nowMs);
    this.drained();
  }

  /** Sends what was said so far, and closes. */
  end(fault: Fault): void {
    if (this.over) return;
    this.outbox.flush();
    this.closed();
    this.transport.close(fault);
  }

  onFault(fault: Fault): void {
    if (fault.code === 'internal') this.onMistake(fault, 'cast');
    this.end(fault);
  }

  onMistake(fault: Fault, method: string): void {
    const { cause } = fault;
    this.#shard.env.log('error', 'tail.mistake', {
      method,
      what: cause instanceof Error ? `${cause.stack}` : '',
    });
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    this.transport.send(message);
  }

  /** The session is no stranger's any more. */
  connected(): void {
    this.#owner.connected(this);
  }

  schedule(flush: () => void): void {
    this.#shard.flusher.schedule(flush);
  }
}

const NO_CALLS: Uint8Array[] = [];
