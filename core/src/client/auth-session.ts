/**
 * One session with auth: the handshake proves the node before the device shows itself (SPEC H4, H8), and
 * every call after it is sealed in the channel (SPEC H3).
 */

import type { Env } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import { handshakeMs } from '../base/limits.ts';
import type { AuthEvents } from '../api/auth.ts';
import { authBasics, type AuthBasics } from '../api/auth-basics.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Link, LinkEvents } from '../link/link.ts';
import { dial, type Dialed } from '../link/remote.ts';
import type { Channel } from '../social/channel.ts';
import { ClientHandshake, type ClientStep } from '../social/handshake-client.ts';
import { deferred, type Deferred } from './deferred.ts';
import { Heartbeat, Pulse } from './heartbeat.ts';
import type { SignKey } from './identity.ts';
import type { Connected } from './upkeep.ts';

export interface AuthOptions {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly link: Link;
  /** The node's key; another node is refused with `wrongPeer`. */
  readonly node: Key;
  readonly device: SignKey;
  /** Null makes a stranger's session. */
  readonly blessing: Uint8Array | null;
  readonly events: AuthEvents;
}

export interface AuthSession extends Connected {
  /** What every session comes to; acts are called through `facet`. */
  readonly remote: AuthBasics;
  readonly facet: Dialed<typeof authBasics>['facet'];
  /** There is reason to doubt that the connection still works: it has to answer soon. */
  doubt(deadlineMs?: number): void;
}

/** Connects, or throws why not. */
export async function openAuth(options: AuthOptions): Promise<AuthSession> {
  const { env, events } = options;
  const pulse = new Pulse(await sealedLink(options));
  const dialed = dial(authBasics, pulse, events, env);
  const heartbeat = new Heartbeat({
    env,
    pulse,
    ping: (deadlineMs) => dialed.ping(deadlineMs),
    onDead: () => dialed.close(new Fault('deadline', 'the node does not answer')),
  });
  const ended = dialed.ended.finally(() => heartbeat.stop());
  const { remote, facet } = dialed;
  return {
    remote,
    facet,
    ended,
    doubt: (deadlineMs) => void heartbeat.doubt(deadlineMs),
    close: () => dialed.close(),
  };
}

/** Runs the handshake over the link and answers the link that seals everything in its channel. */
export async function sealedLink(options: Omit<AuthOptions, 'events'>): Promise<Link> {
  const { env, primitives, link, node, device, blessing } = options;
  const handshake = new ClientHandshake(
    {
      primitives,
      env,
      server: node,
      device: { seed: device.seed, publicKey: device.publicKey },
      ...(blessing === null ? {} : { blessing }),
    },
    env.nowMs(),
  );
  const flights = new Flights(link);
  const timer = env.after(handshakeMs, () => flights.fail(new Fault('deadline', 'the handshake')));
  try {
    link.send(await handshake.begin());
    for (;;) {
      const step: ClientStep = await handshake.receive(await flights.next(), env.nowMs());
      if (step.kind === 'refused') throw step.fault;
      if (step.kind === 'done') return flights.sealed(step.channel);
      link.send(step.flight);
    }
  } catch (thrown) {
    const fault = asFault(thrown);
    link.close(fault);
    throw fault;
  } finally {
    timer.cancel();
  }
}

/** Messages of a link, one by one during the handshake and through the channel afterwards. */
class Flights {
  readonly #link: Link;
  #arrived: Uint8Array[] = [];
  #waiting: Deferred<Uint8Array> | null = null;
  #fault: Fault | null = null;
  #after: LinkEvents | null = null;

  constructor(link: Link) {
    this.#link = link;
    link.listen({
      onMessage: (message) => this.#take(message),
      onClose: (fault) => this.#close(fault),
    });
  }

  #take(message: Uint8Array): void {
    if (this.#after !== null) {
      this.#after.onMessage(message);
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) this.#arrived.push(message);
    else waiting.resolve(message);
  }

  #close(fault: Fault | null): void {
    this.fail(fault ?? new Fault('closed'));
    this.#after?.onClose(fault);
  }

  fail(fault: Fault): void {
    this.#fault ??= fault;
    this.#waiting?.reject(this.#fault);
    this.#waiting = null;
  }

  next(): Promise<Uint8Array> {
    const message = this.#arrived.shift();
    if (message !== undefined) return Promise.resolve(message);
    if (this.#fault !== null) return Promise.reject(this.#fault);
    this.#waiting = deferred();
    return this.#waiting.promise;
  }

  sealed(channel: Channel): Link {
    const link = this.#link;
    return {
      send: (message) => link.send(channel.seal(message)),
      buffered: () => link.buffered(),
      close: (fault) => {
        channel.close();
        link.close(fault);
      },
      listen: (events) => {
        this.#after = {
          onMessage: (message) => this.#opened(channel, message, events),
          onClose: (fault) => events.onClose(fault),
        };
        const arrived = this.#arrived;
        this.#arrived = [];
        for (const message of arrived) this.#opened(channel, message, events);
        if (this.#fault !== null) events.onClose(this.#fault);
      },
    };
  }

  #opened(channel: Channel, sealed: Uint8Array, events: LinkEvents): void {
    let message: Uint8Array;
    try {
      message = channel.open(sealed);
    } catch (thrown) {
      const fault = asFault(thrown);
      this.#link.close(fault);
      events.onClose(fault);
      return;
    }
    events.onMessage(message);
  }
}
