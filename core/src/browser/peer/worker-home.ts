/**
 * What runs in the worker of a tab: it opens the messages, answers the tabs of its origin and keeps the line to the
 * node (SPEC Z52, Z53). The user's key stays with the tab, which blesses that of the worker for a day.
 */

import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { strangersApi } from '../../api/strangers.ts';
import { realEnv, type Env } from '../../base/env.ts';
import { equal } from '../../base/bytes.ts';
import { asFault, Fault } from '../../base/fault.ts';
import { callMs } from '../../base/limits.ts';
import { signKeyOf } from '../../client/identity.ts';
import { PeerLine, type Greeting } from '../../client/neighbourhood/line.ts';
import { socketLink } from '../../client/socket-link.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { SqlitePeer } from '../../social/store/sqlite.ts';
import { browserPrimitives } from '../primitives.ts';
import { PeerHome } from './home.ts';
import { HomeKeep } from './keep.ts';
import { openSql } from './open-sql.ts';
import { PipeLink } from './pipe-link.ts';
import {
  ASK,
  HERE,
  pairName,
  squareName,
  tabLock,
  type Blessed,
  type FromWorker,
  type Start,
  type ToWorker,
} from './words.ts';

/** The scope of a dedicated worker, as far as it is needed. */
export interface WorkerScope {
  postMessage(message: FromWorker): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void;
  addEventListener(type: 'online', listener: () => void): void;
}

export interface WorkerParts {
  readonly loadSqlite: () => Promise<Sqlite3Static>;
  readonly log: Env['log'];
}

export function runPeerWorker(scope: WorkerScope, parts: WorkerParts): void {
  const worker = new PeerWorker(scope, parts);
  scope.addEventListener('message', ({ data, ports }) => worker.hear(data, ports[0] ?? null));
}

class PeerWorker {
  readonly #scope: WorkerScope;
  readonly #sqlite: Promise<Sqlite3Static>;
  readonly #env: Env;
  readonly #primitives: Primitives = browserPrimitives();
  #home: PeerHome | null = null;
  /** To the node. */
  #upline: PeerLine | null = null;
  /** Ports of tabs that came before the messages were open. */
  #early: MessagePort[] = [];
  #onBlessed: (word: Blessed) => void = () => {};

  constructor(scope: WorkerScope, { loadSqlite, log }: WorkerParts) {
    this.#scope = scope;
    // Whoever made this worker may not know yet whose messages it shall open.
    this.#sqlite = loadSqlite();
    this.#sqlite.catch(() => {});
    this.#env = realEnv(log);
  }

  hear(word: ToWorker, port: MessagePort | null): void {
    if (word.kind === 'blessed') this.#onBlessed(word);
    else if (word.kind === 'start') void this.#start(word);
    else if (port !== null) this.#line(port);
  }

  async #start(start: Start): Promise<void> {
    try {
      const sqlite = await this.#sqlite;
      const { name, mustKeep } = start;
      const { database, isKept, isNew } = await openSql({ sqlite, env: this.#env, name, mustKeep });
      const home = new PeerHome({
        env: this.#env,
        primitives: this.#primitives,
        store: new SqlitePeer({ database, primitives: this.#primitives, env: this.#env }),
        keep: new HomeKeep(database),
        user: start.user,
        bytesMax: start.bytesMax,
        soon: (task) => void this.#env.after(0, task),
        strangers: async () => {
          if (this.#upline === null) throw new Fault('closed', 'no node is known');
          return this.#upline.facet(strangersApi, {});
        },
      });
      this.#home = home;
      this.#say({ kind: 'ready', isKept, isNew });
      for (const port of this.#early.splice(0)) this.#line(port);
      this.#meet(start.name, home);
      this.#connect(start, home);
    } catch (thrown) {
      this.#say({ kind: 'failed', code: asFault(thrown).code, why: String(thrown) });
    }
  }

  #line(port: MessagePort): void {
    if (this.#home === null) {
      this.#early.push(port);
      return;
    }
    port.start();
    this.#home.serve(new PipeLink(port));
  }

  /** Other tabs ask on the square, and get a channel that only the two have. */
  #meet(name: string, home: PeerHome): void {
    const square = new BroadcastChannel(squareName(name));
    square.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== 'string' || !data.startsWith(ASK)) return;
      const pair = data.slice(ASK.length);
      const channel = new BroadcastChannel(pairName(name, pair));
      const end = home.serve(new PipeLink(channel));
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a broadcast channel has none
      channel.postMessage(HERE);
      // When the lock of a tab can be had, the tab is gone.
      const tab = pair.slice(0, pair.lastIndexOf('/'));
      navigator.locks
        .request(tabLock(name, tab), async () => end())
        .catch((thrown: unknown) => this.#env.log('warn', 'peer.lock', { why: String(thrown) }));
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a broadcast channel has none
    square.postMessage(HERE);
  }

  #connect({ node }: Start, home: PeerHome): void {
    if (node === null) {
      home.down();
      return;
    }
    const line = (this.#upline = new PeerLine({
      env: this.#env,
      primitives: this.#primitives,
      dial: (url) => socketLink(() => new WebSocket(url)),
      url: node.url,
      node: node.key,
      greet: () => this.#greet(),
      events: home.upstream.events,
      onUp: (remote) => void home.up(remote),
      onDown: () => home.down(),
    }));
    this.#scope.addEventListener('online', () => void line.get().catch(() => {}));
  }

  async #greet(): Promise<Greeting> {
    const device = await signKeyOf(this.#primitives, this.#env.random(32));
    return { device, blessing: await this.#blessing(device.publicKey) };
  }

  /** A tab that does not answer now is asked again with the next attempt. */
  #blessing(device: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const timer = this.#env.after(callMs, () =>
        reject(new Fault('deadline', 'the tab does not bless the worker')),
      );
      this.#onBlessed = (word) => {
        if (!equal(word.device, device)) return;
        timer.cancel();
        resolve(word.blessing);
      };
      this.#say({ kind: 'bless', device });
    });
  }

  #say(word: FromWorker): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- to the tab that made this worker
    this.#scope.postMessage(word);
  }
}
