/**
 * The peer of a browser: the messages of one user, for all her tabs (SPEC Z53). It answers the contract that the
 * node's peer answers, from what is here, whether the node can be reached or not; what is asked for is asked of the
 * node too, and what comes from there is told to whoever follows it.
 */

import { peerApi, type Interest, type PeerApi, type PeerRemote } from '../../api/peer.ts';
import type { Published } from '../../api/peer.ts';
import { hex } from '../../base/bytes.ts';
import type { Env } from '../../base/env.ts';
import type { Key } from '../../base/ids.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import type { Link } from '../../link/link.ts';
import { Outbox, WriterPool } from '../../link/outbox.ts';
import { Host, pusher, service } from '../../link/serve.ts';
import { Peer } from '../../social/peer/peer.ts';
import type { PeerSession } from '../../social/peer/session.ts';
import type { PeerStore } from '../../social/store/store.ts';
import type { MarkKeep } from './marks.ts';
import { Upstream } from './upstream.ts';

export interface PeerHomeOptions {
  readonly env: Env;
  readonly primitives: Primitives;
  /** The home disposes of it. */
  readonly store: PeerStore;
  readonly marks: MarkKeep;
  readonly user: Key;
  /** What is kept here. */
  readonly bytesMax: number;
  readonly soon: (task: () => void) => void;
  readonly onRefused?: (id: Uint8Array, answer: Published) => void;
}

type Request<N extends keyof PeerApi> = Parameters<PeerApi[N]>[0];

const SERVICE = service(peerApi);
/** The same is not asked of the node again so soon. */
const REFRESH_MS = 5_000;
const REFRESHED_MAX = 256;

export class PeerHome implements AsyncDisposable {
  readonly #options: PeerHomeOptions;
  readonly #peer: Peer;
  readonly upstream: Upstream;
  readonly #refreshedMs = new Map<string, number>();

  constructor(options: PeerHomeOptions) {
    const { env, primitives, store, marks, user, bytesMax, soon, onRefused = () => {} } = options;
    this.#options = options;
    this.#peer = new Peer({
      store,
      primitives,
      env,
      // Whoever has reached this worker is the user.
      standing: async () => ({ kind: 'friend', bytesMax }),
      bytesMax,
      soon,
    });
    const payer = { key: user, bytesMax };
    this.upstream = new Upstream({ env, primitives, peer: this.#peer, payer, marks, onRefused });
  }

  /** Answers a tab; the answered function ends it. */
  serve(link: Link): () => void {
    const outbox = new Outbox(
      { send: (message) => link.send(message), schedule: (flush) => queueMicrotask(flush) },
      new WriterPool(),
    );
    const { user, env } = this.#options;
    const buffered = (): number => link.buffered() + outbox.size;
    const session = this.#peer.open({ user, buffered }, pusher(peerApi, outbox));
    const end = (): void => {
      session[Symbol.dispose]();
      link.close();
    };
    const host = new Host(new HomeSession(session, this), {
      service: SERVICE,
      outbox,
      onFault: end,
      onMistake: (fault, method) => env.log('error', 'peer.mistake', { method, fault: fault.code }),
    });
    link.listen({ onMessage: (message) => host.receive(message), onClose: () => session[Symbol.dispose]() });
    return end;
  }

  /** Something was written here. */
  written(): void {
    void this.upstream.follow();
    void this.upstream.send();
  }

  /** Somebody looks at the newest of this. */
  looked(of: readonly Interest[]): void {
    if (!this.upstream.isUp) return;
    const name = of.map(({ relation, key }) => relation + hex(key)).join();
    const nowMs = this.#options.env.nowMs();
    if (nowMs - (this.#refreshedMs.get(name) ?? -Infinity) < REFRESH_MS) return;
    if (this.#refreshedMs.size >= REFRESHED_MAX) this.#refreshedMs.clear();
    this.#refreshedMs.set(name, nowMs);
    void this.upstream.refresh(of);
  }

  /** The node can be reached. */
  up(remote: PeerRemote): Promise<void> {
    return this.upstream.up(remote);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.upstream.down();
    await this.#peer[Symbol.asyncDispose]();
  }
}

/** The session of a tab, and what its calls mean for the node. */
class HomeSession implements PeerApi {
  readonly #session: PeerSession;
  readonly #home: PeerHome;

  constructor(session: PeerSession, home: PeerHome) {
    this.#session = session;
    this.#home = home;
  }

  hello() {
    return this.#session.hello();
  }

  async publish(request: Request<'publish'>) {
    const answer = await this.#session.publish(request);
    this.#home.written();
    return answer;
  }

  get(request: Request<'get'>) {
    return this.#session.get(request);
  }

  page(request: Request<'page'>) {
    // Keys are views into what has arrived.
    const of = request.of.map(({ relation, key }) => ({ relation, key: key.slice() }));
    if (request.before === null) this.#home.looked(of);
    return this.#session.page(request);
  }

  follow(request: Request<'follow'>) {
    return this.#session.follow(request);
  }

  listen(request: Request<'listen'>) {
    return this.#session.listen(request);
  }

  current(request: Request<'current'>) {
    return this.#session.current(request);
  }

  search(request: Request<'search'>) {
    return this.#session.search(request);
  }

  pin(request: Request<'pin'>) {
    return this.#session.pin(request);
  }

  compare(request: Request<'compare'>) {
    return this.#session.compare(request);
  }

  compareOn(request: Request<'compareOn'>) {
    return this.#session.compareOn(request);
  }

  compareEnd(request: Request<'compareEnd'>) {
    return this.#session.compareEnd(request);
  }

  nodes() {
    return this.#session.nodes();
  }
}
