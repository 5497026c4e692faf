/**
 * One authenticated connection to a tail: the node says hello, the device proves that the token is its
 * own, and pushes find the log they belong to. Heartbeats tell a silent connection from a dead one.
 */

import { equal } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import { key, type DeviceId, type Handle, type Key } from '../base/ids.ts';
import { handshakeMs } from '../base/limits.ts';
import {
  tailApi,
  type AckRun,
  type NackReason,
  type Person,
  type TailEvents,
  type TailRemote,
} from '../api/tail.ts';
import { protocolFloor, protocolVersion } from '../api/version.ts';
import { connecting, prove } from '../capability/possession.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Link } from '../link/link.ts';
import type { Contract, Events, Remote } from '../wire/contract.ts';
import { dial, type Dialed } from '../link/remote.ts';
import { deferred } from './deferred.ts';
import { faultOf } from './fault-number.ts';
import { Heartbeat, Pulse } from './heartbeat.ts';
import type { SignKey } from './identity.ts';
import type { Run } from './log-items.ts';
import type { Resumption } from './resume.ts';
import type { Durability } from './types.ts';
import type { Connected } from './upkeep.ts';

export interface TailOptions {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly device: SignKey;
  readonly node: Key;
  readonly token: Uint8Array;
  /** With the secret of the token; null: the device signs. */
  readonly again: Resumption | null;
  readonly link: Link;
  /** Of the WebSocket: blobs at the node are found beside it. */
  readonly address?: string;
  readonly onGoAway: (reconnectMs: number) => void;
}

/** What a log hears of its lease. */
export interface LeaseEvents {
  onEntries(run: Run): void;
  onLagging(): void;
  onAck(durability: Durability, runs: readonly AckRun[]): void;
  onNack(epoch: number, seq: number, reason: NackReason): void;
  onRevoked(fault: Fault): void;
  onSaid(who: number, device: DeviceId, payload: Uint8Array): void;
  onPresent(change: {
    readonly reset: boolean;
    readonly count: number;
    readonly joined: readonly Person[];
    readonly left: readonly number[];
  }): void;
}

type Hello = Parameters<TailEvents['hello']>[0];

/** Connects, or throws why not. */
export async function openTail(options: TailOptions): Promise<TailSession> {
  const { env } = options;
  const pulse = new Pulse(options.link);
  const hello = deferred<Hello>();
  hello.promise.catch(() => {});
  const routes = new Routes(options.onGoAway, hello.resolve);
  const dialed = dial(tailApi, pulse, routes.events, env);
  const timer = env.after(handshakeMs, () =>
    hello.reject(new Fault('deadline', 'the node did not say hello')),
  );
  try {
    const ended = dialed.ended.then((fault) => Promise.reject(fault ?? new Fault('closed')));
    const greeting = await Promise.race([hello.promise, ended]);
    const who = await connect(options, greeting, dialed.remote);
    return new TailSession(options, { dialed, routes, pulse, who });
  } catch (thrown) {
    const fault = asFault(thrown);
    dialed.close(fault);
    throw fault;
  } finally {
    timer.cancel();
  }
}

async function connect(options: TailOptions, hello: Hello, remote: TailRemote): Promise<number> {
  if (hello.version < protocolFloor) {
    throw new Fault(
      'version',
      `The node speaks version ${hello.version}; this client needs ${protocolFloor}.`,
    );
  }
  if (!equal(hello.node, options.node)) throw new Fault('wrongPeer', 'said by the tail');
  const { token, device, node, again, primitives } = options;
  const shown = { version: protocolVersion, token, device: device.publicKey };
  if (again !== null) return (await again.connect(remote, { nonce: hello.nonce, node }, shown)).who;
  const statement = connecting({ nonce: hello.nonce, node: key(node), token });
  const proof = await prove(primitives, device.seed, statement);
  return (await remote.connect({ ...shown, proof })).who;
}

export class TailSession implements Connected {
  /** The number of this connection in presence. */
  readonly who: number;
  readonly node: Key;
  readonly options: TailOptions;
  readonly remote: TailRemote;
  readonly ended: Promise<Fault | null>;
  readonly #dialed: Dialed<typeof tailApi>;
  readonly #routes: Routes;
  readonly #heartbeat: Heartbeat;

  constructor(
    options: TailOptions,
    parts: {
      readonly dialed: Dialed<typeof tailApi>;
      readonly routes: Routes;
      readonly pulse: Pulse;
      readonly who: number;
    },
  ) {
    const { dialed, routes, pulse, who } = parts;
    this.#dialed = dialed;
    this.#routes = routes;
    this.who = who;
    this.node = options.node;
    this.options = options;
    this.remote = dialed.remote;
    this.ended = dialed.ended;
    this.#heartbeat = new Heartbeat({
      env: options.env,
      pulse,
      ping: (deadlineMs) => dialed.ping(deadlineMs),
      onDead: () => dialed.close(new Fault('deadline', 'the node does not answer')),
    });
    void this.ended.then(() => this.#heartbeat.stop());
  }

  /** Pushes of a lease go to `events` from now on. */
  bind(handle: Handle, channel: number, events: LeaseEvents): void {
    this.#routes.byHandle.set(handle, events);
    this.#routes.byChannel.set(channel, events);
  }

  unbind(handle: Handle, channel: number): void {
    this.#routes.byHandle.delete(handle);
    this.#routes.byChannel.delete(channel);
  }

  /** Calls and hears another contract of the tail on this connection (SPEC W14). */
  facet<F extends Contract>(contract: F, events: Events<F>): Remote<F> {
    return this.#dialed.facet(contract, events);
  }

  /** There is reason to doubt that the connection still works: it has to answer soon. */
  doubt(deadlineMs?: number): void {
    void this.#heartbeat.doubt(deadlineMs);
  }

  close(): void {
    this.#dialed.close();
  }
}

/** Pushes of a connection, each to the log it belongs to. */
class Routes {
  readonly byHandle = new Map<Handle, LeaseEvents>();
  readonly byChannel = new Map<number, LeaseEvents>();
  readonly events: TailEvents;

  constructor(onGoAway: (reconnectMs: number) => void, onHello: (hello: Hello) => void) {
    this.events = {
      // The nonce is a view into the message.
      hello: (hello) => onHello({ ...hello, nonce: hello.nonce.slice(), node: hello.node.slice() }),
      goAway: ({ reconnectMs }) => onGoAway(reconnectMs),
      entries: (push) => this.byChannel.get(push.channel)?.onEntries(push),
      lagging: ({ channel }) => this.byChannel.get(channel)?.onLagging(),
      ack: ({ handle, durability, runs }) => this.byHandle.get(handle)?.onAck(durability, runs),
      nack: ({ handle, epoch, seq, reason }) => this.byHandle.get(handle)?.onNack(epoch, seq, reason),
      revoke: ({ handle, fault }) => this.byHandle.get(handle)?.onRevoked(faultOf(fault)),
      said: ({ channel, who, device, payload }) => this.byChannel.get(channel)?.onSaid(who, device, payload),
      present: ({ channel, ...change }) => this.byChannel.get(channel)?.onPresent(change),
    };
  }
}
