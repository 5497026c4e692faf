/**
 * The connection of a program to a peer (SPEC Z6): the handshake with a key of its own that its user blesses for
 * a day, then the contract. Kept up; after an interruption it goes on where it was.
 */

import type { Env } from '../../base/env.ts';
import { Fault } from '../../base/fault.ts';
import { key, type Key } from '../../base/ids.ts';
import { blessingMsMax, callMs } from '../../base/limits.ts';
import { permissionsAll } from '../../api/model.ts';
import { peerApi, type PeerEvents, type PeerRemote } from '../../api/peer.ts';
import { bless } from '../../capability/blessing.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import type { Link } from '../../link/link.ts';
import { dial, type Dialed } from '../../link/remote.ts';
import type { Contract, Events, Remote } from '../../wire/contract.ts';
import { sealedLink } from '../auth-session.ts';
import { deferred, type Deferred } from '../deferred.ts';
import { Heartbeat, Pulse } from '../heartbeat.ts';
import type { SignKey } from '../identity.ts';
import { Upkeep, type Connected } from '../upkeep.ts';

export interface LineOptions {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly dial: (url: string) => Link;
  /** Origin of the node. */
  readonly url: string;
  readonly node: Key;
  /** With which key, and by whose blessing, it speaks. */
  readonly greet: () => Promise<Greeting>;
  readonly events: PeerEvents;
  /** A new connection: what was followed before is not any more. */
  readonly onUp: (remote: PeerRemote) => void;
  readonly onDown: (fault: Fault | null) => void;
}

export interface Greeting {
  /** Made for this. */
  readonly device: SignKey;
  /** Null: a stranger's. */
  readonly blessing: Uint8Array | null;
}

interface PeerSession extends Connected {
  readonly remote: PeerRemote;
  readonly facet: Dialed<typeof peerApi>['facet'];
}

/** A blessing is renewed with the connection, well before it ends. */
const BLESSED_MS = blessingMsMax;

export class PeerLine {
  readonly #options: LineOptions;
  readonly #upkeep: Upkeep<PeerSession>;
  #waiting: Deferred<PeerSession>[] = [];
  #trouble: Fault | null = null;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#upkeep = new Upkeep<PeerSession>({
      env: options.env,
      attempt: () => this.#open(),
      onUp: (session) => {
        options.onUp(session.remote);
        for (const each of this.#waiting.splice(0)) each.resolve(session);
      },
      onDown: (fault) => this.#down(fault),
      onState: () => {},
    });
    this.#upkeep.start();
  }

  get isUp(): boolean {
    return this.#upkeep.connected !== null;
  }

  /** The peer, as soon as it can be reached; `closed` when that takes too long, or why it never will. */
  async get(): Promise<PeerRemote> {
    return (await this.#session()).remote;
  }

  /** Another contract that the peer serves, under the same conditions. */
  async facet<F extends Contract>(contract: F, events: Events<F>): Promise<Remote<F>> {
    return (await this.#session()).facet(contract, events);
  }

  close(): void {
    this.#trouble = new Fault('closed');
    this.#upkeep.stop();
    for (const each of this.#waiting.splice(0)) each.reject(this.#trouble);
  }

  #session(): Promise<PeerSession> {
    const session = this.#upkeep.connected;
    if (session !== null) return Promise.resolve(session);
    if (this.#trouble !== null) return Promise.reject(this.#trouble);
    this.#upkeep.nudge();
    const waiting = deferred<PeerSession>();
    this.#waiting.push(waiting);
    const timer = this.#options.env.after(callMs, () => {
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
      waiting.reject(new Fault('closed', 'The node cannot be reached.'));
    });
    return waiting.promise.finally(() => timer.cancel());
  }

  #down(fault: Fault | null): void {
    if (this.#upkeep.state === 'given up' && fault !== null) {
      this.#trouble = fault;
      for (const each of this.#waiting.splice(0)) each.reject(fault);
    }
    this.#options.onDown(fault);
  }

  async #open(): Promise<PeerSession> {
    const { env, primitives, url, node, events } = this.#options;
    const { device, blessing } = await this.#options.greet();
    const link = this.#options.dial(`${url.replace(/^http/, 'ws').replace(/\/+$/, '')}/peer`);
    const pulse = new Pulse(await sealedLink({ env, primitives, link, node, device, blessing }));
    const dialed = dial(peerApi, pulse, events, env);
    const heartbeat = new Heartbeat({
      env,
      pulse,
      ping: (deadlineMs) => dialed.ping(deadlineMs),
      onDead: () => dialed.close(new Fault('deadline', 'the node does not answer')),
    });
    const ended = dialed.ended.finally(() => heartbeat.stop());
    const { remote, facet } = dialed;
    return { remote, facet, ended, close: () => dialed.close() };
  }
}

/** The blessing of a user for the key of a connection. */
export function blessFor(
  { env, primitives, node }: Pick<LineOptions, 'env' | 'primitives' | 'node'>,
  user: SignKey,
  device: Uint8Array,
): Promise<Uint8Array> {
  const issuedMs = env.wallMs();
  return bless(primitives, user.seed, {
    device: key(device),
    audience: node,
    scope: permissionsAll,
    issuedMs,
    expiresMs: issuedMs + BLESSED_MS,
    serial: issuedMs,
  });
}
