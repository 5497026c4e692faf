/**
 * A door behind the handshake: what a guest says afterwards is sealed in its channel. A connection that does
 * not finish its handshake costs a timer and a few hundred bytes, and nothing after five seconds (SPEC H9);
 * one whose blessing runs out is closed, and comes back with a new one.
 */

import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import {
  addressesMeteredMax,
  handshakeBurst,
  handshakeMs,
  handshakesMax,
  handshakesPerSecond,
  strangersPerAddressMax,
} from 'copse/internal/base/limits.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { Outbox, WriterPool } from 'copse/internal/link/outbox.ts';
import { Host, type Service } from 'copse/internal/link/serve.ts';
import type { Channel } from 'copse/internal/social/channel.ts';
import { Cookies } from 'copse/internal/social/handshake-cookie.ts';
import type { Identity } from 'copse/internal/social/handshake-keys.ts';
import { ServerHandshake, type Guest, type ServerStep } from 'copse/internal/social/handshake-server.ts';
import type { Connection, Door, Socket } from './listen.ts';
import type { Figure } from './metrics.ts';

/** What a session has of its connection. */
export interface Ends {
  readonly outbox: Outbox;
  readonly socket: Pick<Socket, 'address' | 'origin' | 'buffered'>;
  /** Ends the connection, saying why. */
  readonly end: (fault: Fault) => void;
}

/** A session that was opened for a guest. */
export interface Seat {
  readonly session: object & Disposable;
  readonly service: Service;
  readonly facets?: Readonly<Record<string, object>>;
  /** Tells the guest why its session ends. */
  farewell?(fault: Fault): void;
  /** The connection has room again. */
  drained?(): void;
  /** The connection is gone, and with it the session. */
  closed?(): void;
}

export interface SealedDoorOptions {
  /** For the log and the figures. */
  readonly name: string;
  readonly node: Identity;
  readonly primitives: Primitives;
  readonly env: Env;
  /** Handshakes that one address may begin at once, `handshakeBurst` unless a test says otherwise. */
  readonly handshakeBurst?: number;
  /** Null admits; a fault is told to the guest and ends the connection. */
  admit(guest: Guest): Promise<Fault | null>;
  open(guest: Guest, ends: Ends): Seat;
}

export class SealedDoor {
  readonly options: SealedDoorOptions;
  readonly pool = new WriterPool();
  readonly #cookies: Cookies;
  readonly #connections = new Set<SealedConnection>();
  readonly #unfinishedByAddress = new Map<string, number>();
  readonly #meterByAddress = new Cache<string, Meter>(addressesMeteredMax);
  #unfinished = 0;

  constructor(options: SealedDoorOptions) {
    this.options = options;
    this.#cookies = new Cookies(options.primitives, options.env);
  }

  readonly door: Door = (socket) => {
    const connection = new SealedConnection(this, socket);
    this.#connections.add(connection);
    return connection;
  };

  left(connection: SealedConnection): void {
    this.#connections.delete(connection);
  }

  /** Ends every connection; its device comes back later (SPEC T6). */
  close(fault: Fault): void {
    for (const connection of this.#connections) connection.end(fault);
  }

  figures(): readonly Figure[] {
    return [
      { name: `${this.options.name}Connections`, unit: '', value: String(this.#connections.size) },
      { name: `${this.options.name}Unfinished`, unit: '', value: String(this.#unfinished) },
    ];
  }

  /**
   * A handshake for a new connection; throws `tooMany` when its address has too many unfinished ones, or
   * begins them faster than signatures may cost.
   */
  begin(address: string): ServerHandshake {
    const ofAddress = this.#unfinishedByAddress.get(address) ?? 0;
    if (ofAddress >= strangersPerAddressMax)
      throw new Fault('tooMany', 'unfinished handshakes of this address');
    if (this.#meterOf(address).take(this.options.env.nowMs()) > 0)
      throw new Fault('tooMany', 'handshakes of this address');
    this.#unfinishedByAddress.set(address, ofAddress + 1);
    this.#unfinished++;
    const { primitives, env, node } = this.options;
    const common = { primitives, env, node, terms: NO_BYTES };
    const underLoad =
      this.#unfinished > handshakesMax ? { underLoad: { cookies: this.#cookies, address } } : {};
    return new ServerHandshake({ ...common, ...underLoad }, env.nowMs());
  }

  #meterOf(address: string): Meter {
    let meter = this.#meterByAddress.get(address);
    if (meter === undefined) {
      meter = new Meter(handshakesPerSecond, this.options.handshakeBurst ?? handshakeBurst);
      this.#meterByAddress.set(address, meter);
    }
    return meter;
  }

  finished(address: string): void {
    this.#unfinished--;
    const left = (this.#unfinishedByAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#unfinishedByAddress.delete(address);
    else this.#unfinishedByAddress.set(address, left);
  }
}

type State =
  | { readonly at: 'handshake'; readonly handshake: ServerHandshake; readonly deadline: Timer }
  /** The guest is proven; whether it may come in is being looked up. */
  | { readonly at: 'admission'; readonly deadline: Timer }
  | {
      readonly at: 'session';
      readonly channel: Channel;
      readonly host: Host;
      readonly seat: Seat;
      readonly expiry: Timer | null;
    }
  | { readonly at: 'over' };

class SealedConnection implements Connection {
  readonly #door: SealedDoor;
  readonly #socket: Socket;
  #state: State = { at: 'over' };

  constructor(door: SealedDoor, socket: Socket) {
    this.#door = door;
    this.#socket = socket;
    try {
      const handshake = door.begin(socket.address);
      const deadline = door.options.env.after(handshakeMs, () => this.end(new Fault('deadline')));
      this.#state = { at: 'handshake', handshake, deadline };
    } catch (thrown) {
      socket.close(asFault(thrown));
    }
  }

  receive(message: Uint8Array): void {
    const state = this.#state;
    if (state.at === 'handshake') void this.#step(state.handshake, message);
    else if (state.at === 'session') this.#frames(state.channel, state.host, message);
    else if (state.at === 'admission') this.end(new Fault('malformed', 'a message before the login result'));
  }

  drained(): void {
    if (this.#state.at === 'session') this.#state.seat.drained?.();
  }

  closed(): void {
    this.#leave();
    this.#door.left(this);
  }

  /** The promise is owned here: every way it can end closes the connection or goes on. */
  async #step(handshake: ServerHandshake, flight: Uint8Array): Promise<void> {
    try {
      const step = await handshake.receive(flight, this.#door.options.env.nowMs());
      if (this.#state.at === 'handshake') await this.#take(step, this.#state.deadline);
    } catch (thrown) {
      this.#mistake(thrown, 'handshake');
      this.end(asFault(thrown));
    }
  }

  async #take(step: ServerStep, deadline: Timer): Promise<void> {
    switch (step.kind) {
      case 'send':
        this.#socket.send(step.flight.slice());
        return;
      case 'refused':
        if (step.flight !== null) this.#socket.send(step.flight.slice());
        this.end(step.fault);
        return;
      case 'guest':
        this.#state = { at: 'admission', deadline };
        await this.#admit(step.guest);
        return;
    }
  }

  async #admit(guest: Guest): Promise<void> {
    const refusal = await this.#door.options.admit(guest);
    if (this.#state.at !== 'admission') return;
    if (refusal !== null) {
      this.#socket.send(guest.refuse(refusal.code, refusal.detail).slice());
      this.end(refusal);
      return;
    }
    const { flight, channel } = guest.admit(NO_BYTES);
    this.#socket.send(flight.slice());
    this.#leave();
    this.#state = this.#session(guest, channel);
  }

  #outbox(channel: Channel): Outbox {
    return new Outbox(
      {
        send: (frames) => this.#socket.send(channel.seal(frames).slice()),
        schedule: (flush) => queueMicrotask(() => this.#state.at === 'session' && flush()),
      },
      this.#door.pool,
    );
  }

  #session(guest: Guest, channel: Channel): State {
    const { options } = this.#door;
    const { env } = options;
    const outbox = this.#outbox(channel);
    const seat = options.open(guest, { outbox, socket: this.#socket, end: (fault) => this.end(fault) });
    const { session, service, facets } = seat;
    const host = new Host(session, {
      service,
      ...(facets === undefined ? {} : { facets }),
      outbox,
      onFault: (fault) => this.end(fault),
      onMistake: (fault, method) => this.#mistake(fault.cause, method),
    });
    const { blessing } = guest;
    const expire = (): void => this.end(new Fault('expired'));
    const expiry = blessing === null ? null : env.after(blessing.expiresMs - env.wallMs(), expire);
    return { at: 'session', channel, host, seat, expiry };
  }

  #frames(channel: Channel, host: Host, message: Uint8Array): void {
    try {
      host.receive(channel.open(message));
    } catch (thrown) {
      // A channel that met a frame it cannot open seals nothing any more.
      this.#cut(asFault(thrown));
    }
  }

  /** For the log; what a peer did wrong is no mistake of ours. */
  #mistake(thrown: unknown, method: string): void {
    if (thrown instanceof Fault) return;
    const cause = thrown instanceof Error ? (thrown.stack ?? thrown.message) : typeof thrown;
    this.#door.options.env.log('error', `${this.#door.options.name}.mistake`, { method, cause });
  }

  /** Ends the connection, saying why; nothing the second time. */
  end(fault: Fault): void {
    const state = this.#state;
    if (state.at === 'over') return;
    if (state.at === 'session') state.seat.farewell?.(fault);
    this.#cut(fault);
  }

  #cut(fault: Fault): void {
    this.#leave();
    this.#socket.close(fault);
  }

  /** Gives back what the state holds; the connection itself may live on. */
  #leave(): void {
    const state = this.#state;
    this.#state = { at: 'over' };
    if (state.at === 'handshake' || state.at === 'admission') {
      state.deadline.cancel();
      this.#door.finished(this.#socket.address);
    } else if (state.at === 'session') {
      state.expiry?.cancel();
      state.channel.close();
      state.seat.session[Symbol.dispose]();
      state.seat.closed?.();
    }
  }
}
