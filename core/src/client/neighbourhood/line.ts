/**
 * The connection of a program to a peer (SPEC Z6): the handshake with a key of its own that its user blesses for
 * a day, then the contract. Kept up; after an interruption it goes on where it was.
 */

import type { Env } from '../../base/env.ts';
import { Fault } from '../../base/fault.ts';
import type { Key } from '../../base/ids.ts';
import { blessingMsMax, callMs } from '../../base/limits.ts';
import { permissionsAll } from '../../api/model.ts';
import { peerApi, type PeerEvents, type PeerRemote } from '../../api/peer.ts';
import { bless } from '../../capability/blessing.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import type { Link } from '../../link/link.ts';
import { dial } from '../../link/remote.ts';
import { sealedLink } from '../auth-session.ts';
import { deferred, type Deferred } from '../deferred.ts';
import { Heartbeat, Pulse } from '../heartbeat.ts';
import { signKeyOf, type SignKey } from '../identity.ts';
import { Upkeep, type Connected } from '../upkeep.ts';

export interface LineOptions {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly dial: (url: string) => Link;
  /** Origin of the node. */
  readonly url: string;
  readonly node: Key;
  /** Signs the blessing; null: a stranger. */
  readonly user: SignKey | null;
  readonly events: PeerEvents;
  /** A new connection: what was followed before is not any more. */
  readonly onUp: (remote: PeerRemote) => void;
  readonly onDown: (fault: Fault | null) => void;
}

interface PeerSession extends Connected {
  readonly remote: PeerRemote;
}

/** A blessing is renewed with the connection, well before it ends. */
const BLESSED_MS = blessingMsMax;

export class PeerLine {
  readonly #options: LineOptions;
  readonly #upkeep: Upkeep<PeerSession>;
  #waiting: Deferred<PeerRemote>[] = [];
  #trouble: Fault | null = null;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#upkeep = new Upkeep<PeerSession>({
      env: options.env,
      attempt: () => this.#open(),
      onUp: ({ remote }) => {
        options.onUp(remote);
        for (const each of this.#waiting.splice(0)) each.resolve(remote);
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
  get(): Promise<PeerRemote> {
    const session = this.#upkeep.connected;
    if (session !== null) return Promise.resolve(session.remote);
    if (this.#trouble !== null) return Promise.reject(this.#trouble);
    this.#upkeep.nudge();
    const waiting = deferred<PeerRemote>();
    this.#waiting.push(waiting);
    const timer = this.#options.env.after(callMs, () => {
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
      waiting.reject(new Fault('closed', 'The node cannot be reached.'));
    });
    return waiting.promise.finally(() => timer.cancel());
  }

  close(): void {
    this.#trouble = new Fault('closed');
    this.#upkeep.stop();
    for (const each of this.#waiting.splice(0)) each.reject(this.#trouble);
  }

  #down(fault: Fault | null): void {
    if (this.#upkeep.state === 'given up' && fault !== null) {
      this.#trouble = fault;
      for (const each of this.#waiting.splice(0)) each.reject(fault);
    }
    this.#options.onDown(fault);
  }

  async #open(): Promise<PeerSession> {
    const { env, primitives, url, node, user, events } = this.#options;
    const device = await signKeyOf(primitives, env.random(32));
    const blessing = user === null ? null : await this.#blessing(user, device);
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
    return { remote: dialed.remote, ended, close: () => dialed.close() };
  }

  #blessing(user: SignKey, device: SignKey): Promise<Uint8Array> {
    const { env, primitives, node } = this.#options;
    const issuedMs = env.wallMs();
    return bless(primitives, user.seed, {
      device: device.publicKey,
      audience: node,
      scope: permissionsAll,
      issuedMs,
      expiresMs: issuedMs + BLESSED_MS,
      serial: issuedMs,
    });
  }
}
