/**
 * The door `/auth`: the handshake, then the calls of auth sealed in its channel. A connection that does
 * not finish its handshake costs a timer and a few hundred bytes, and nothing after five seconds
 * (SPEC H9); one whose blessing runs out is closed, and comes back with a new one.
 */

import { authApi, type AuthApi, type AuthEvents } from 'copse/internal/api/auth.ts';
import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { handshakeMs, handshakesMax, strangersPerAddressMax } from 'copse/internal/base/limits.ts';
import type { Blessing } from 'copse/internal/capability/blessing.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { Outbox, WriterPool } from 'copse/internal/link/outbox.ts';
import { Host, pusher, service } from 'copse/internal/link/serve.ts';
import type { Channel } from 'copse/internal/social/channel.ts';
import { Cookies } from 'copse/internal/social/handshake-cookie.ts';
import type { Identity } from 'copse/internal/social/handshake-keys.ts';
import { ServerHandshake, type Guest, type ServerStep } from 'copse/internal/social/handshake-server.ts';
import type { Connection, Door, Socket } from './listen.ts';

export interface AuthCaller {
  readonly device: Key;
  readonly blessing: Blessing | null;
  readonly address: string;
}

/** What the door asks of auth. */
export interface AuthDoorService {
  /** Null admits; a fault is told to the device and ends the connection. */
  admit(device: Key, blessing: Blessing | null): Fault | null;
  open(caller: AuthCaller, events: AuthEvents): AuthApi & Disposable;
}

export interface AuthDoorOptions {
  readonly auth: AuthDoorService;
  readonly node: Identity;
  readonly primitives: Primitives;
  readonly env: Env;
}

const AUTH_SERVICE = service(authApi);

export class AuthDoor {
  readonly options: AuthDoorOptions;
  readonly pool = new WriterPool();
  readonly #cookies: Cookies;
  readonly #unfinishedByAddress = new Map<string, number>();
  #unfinished = 0;

  constructor(options: AuthDoorOptions) {
    this.options = options;
    this.#cookies = new Cookies(options.primitives, options.env);
  }

  readonly door: Door = (socket) => new AuthConnection(this, socket);

  get unfinished(): number {
    return this.#unfinished;
  }

  /** A handshake for a new connection; throws `tooMany` when its address has too many unfinished ones. */
  begin(address: string): ServerHandshake {
    const ofAddress = this.#unfinishedByAddress.get(address) ?? 0;
    if (ofAddress >= strangersPerAddressMax)
      throw new Fault('tooMany', 'unfinished handshakes of this address');
    this.#unfinishedByAddress.set(address, ofAddress + 1);
    this.#unfinished++;
    const { primitives, env, node } = this.options;
    const common = { primitives, env, node, terms: NO_BYTES };
    const underLoad =
      this.#unfinished > handshakesMax ? { underLoad: { cookies: this.#cookies, address } } : {};
    return new ServerHandshake({ ...common, ...underLoad }, env.nowMs());
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
  | {
      readonly at: 'session';
      readonly channel: Channel;
      readonly host: Host;
      readonly session: Disposable;
      readonly expiry: Timer | null;
    }
  | { readonly at: 'over' };

class AuthConnection implements Connection {
  readonly #door: AuthDoor;
  readonly #socket: Socket;
  #state: State = { at: 'over' };

  constructor(door: AuthDoor, socket: Socket) {
    this.#door = door;
    this.#socket = socket;
    try {
      const handshake = door.begin(socket.address);
      const deadline = door.options.env.after(handshakeMs, () => this.#end(new Fault('deadline')));
      this.#state = { at: 'handshake', handshake, deadline };
    } catch (thrown) {
      socket.close(asFault(thrown));
    }
  }

  receive(message: Uint8Array): void {
    const state = this.#state;
    if (state.at === 'handshake') void this.#step(state.handshake, message);
    else if (state.at === 'session') this.#frames(state.channel, state.host, message);
  }

  drained(): void {}

  closed(): void {
    this.#leave();
  }

  /** The promise is owned here: every way it can end closes the connection or goes on. */
  async #step(handshake: ServerHandshake, flight: Uint8Array): Promise<void> {
    try {
      const step = await handshake.receive(flight, this.#door.options.env.nowMs());
      if (this.#state.at === 'handshake') this.#take(step);
    } catch (thrown) {
      this.#end(asFault(thrown));
    }
  }

  #take(step: ServerStep): void {
    switch (step.kind) {
      case 'send':
        this.#socket.send(step.flight.slice());
        return;
      case 'refused':
        if (step.flight !== null) this.#socket.send(step.flight.slice());
        this.#end(step.fault);
        return;
      case 'guest':
        this.#admit(step.guest);
        return;
    }
  }

  #admit(guest: Guest): void {
    const { auth } = this.#door.options;
    const refusal = auth.admit(guest.device, guest.blessing);
    if (refusal !== null) {
      this.#socket.send(guest.refuse(refusal.code, refusal.detail).slice());
      this.#end(refusal);
      return;
    }
    const { flight, channel } = guest.admit(NO_BYTES);
    this.#socket.send(flight.slice());
    this.#leave();
    this.#state = this.#session(guest, channel);
  }

  #session(guest: Guest, channel: Channel): State {
    const { auth, env } = this.#door.options;
    const outbox = new Outbox(
      {
        send: (frames) => this.#socket.send(channel.seal(frames).slice()),
        schedule: (flush) => queueMicrotask(() => this.#state.at === 'session' && flush()),
      },
      this.#door.pool,
    );
    const caller = { device: guest.device, blessing: guest.blessing, address: this.#socket.address };
    const session = auth.open(caller, {
      ...pusher(authApi, outbox),
      ended: (message) => {
        pusher(authApi, outbox).ended(message);
        outbox.flush();
        this.#end(new Fault('revoked'));
      },
    });
    const host = new Host(session, {
      service: AUTH_SERVICE,
      outbox,
      onFault: (fault) => this.#end(fault),
      onMistake: (fault, method) =>
        env.log('error', 'auth.mistake', { method, cause: String(fault.cause ?? '') }),
    });
    const { blessing } = guest;
    const expiry =
      blessing === null
        ? null
        : env.after(blessing.expiresMs - env.wallMs(), () => this.#end(new Fault('expired')));
    return { at: 'session', channel, host, session, expiry };
  }

  #frames(channel: Channel, host: Host, message: Uint8Array): void {
    try {
      host.receive(channel.open(message));
    } catch (thrown) {
      this.#end(asFault(thrown));
    }
  }

  #end(fault: Fault): void {
    if (this.#state.at === 'over') return;
    this.#leave();
    this.#socket.close(fault);
  }

  /** Gives back what the state holds; the connection itself may live on. */
  #leave(): void {
    const state = this.#state;
    this.#state = { at: 'over' };
    if (state.at === 'handshake') {
      state.deadline.cancel();
      this.#door.finished(this.#socket.address);
    } else if (state.at === 'session') {
      state.expiry?.cancel();
      state.channel.close();
      state.session[Symbol.dispose]();
    }
  }
}
