/**
 * A node of the simulation: the real tail, log store, auth and its door, put together as a process puts
 * them together, on a simulated disk and behind simulated sockets.
 */

import { authInternal } from 'copse/internal/api/auth.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type LogId, type SiteId } from 'copse/internal/base/ids.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import { Auth } from '../../../server/src/auth/auth.ts';
import { AuthDoor } from '../../../server/src/node/auth-door.ts';
import type { Accounts } from '../../../server/src/store/accounts.ts';
import type { MemoryDisk } from '../../../server/src/store/log-store-memory.ts';
import type { Logs, LogStore, LogStoreOptions, Retention } from '../../../server/src/store/log-store.ts';
import type { TailLimits } from '../../../server/src/tail/limits.ts';
import { openMemoryTlog, type MemoryTlogDisk } from '../../../server/src/store/tlog-memory.ts';
import { Tail } from '../../../server/src/tail/tail.ts';
import { LeadWatch, type KeptLeads } from '../lead-watch.ts';
import type { WireEnd } from '../network.ts';
import { check } from '../violation.ts';
import type { SimEnv, World } from '../world.ts';
import type { Ciphers } from './ciphers.ts';
import type { FeedLine } from './feed-line.ts';
import { SimSocket, Topics } from './socket.ts';
import './warm.ts';

export const SHARD = 0;

export interface NodeParts {
  readonly world: World;
  readonly ciphers: Ciphers;
  /** What outlives the process. */
  readonly disk: MemoryDisk;
  readonly accounts: Accounts;
  readonly nodeLog: MemoryTlogDisk;
  /** Sites with a rule of retention. */
  readonly sites: Iterable<SiteId>;
  readonly retention: Retention;
  /** A log was opened. */
  readonly onLog: (site: SiteId, log: LogId) => void;
  readonly storeLimits: NonNullable<LogStoreOptions['limits']>;
  readonly tailLimits: Partial<TailLimits>;
  readonly skewMs: number;
  /** Between auth and the tail. */
  readonly feed: FeedLine;
}

export type Door = 'auth' | 'tail';

interface Services {
  readonly store: LogStore;
  readonly auth: Auth;
  readonly door: AuthDoor;
  readonly tail: Tail;
}

export class SimNode {
  readonly env: SimEnv;
  readonly #parts: NodeParts;
  readonly #topics = new Topics();
  readonly #sockets = new Set<SimSocket>();
  #services: Services | null = null;
  #isDead = false;
  /** An orderly end is under way. */
  isStopping = false;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.env = parts.world.env('node');
    this.env.skewMs = parts.skewMs;
  }

  /** Opens everything; rejects when the disk does not let it. Nothing listens before. */
  async start(): Promise<void> {
    const { disk, accounts, nodeLog, sites, storeLimits, tailLimits, onLog, feed } = this.#parts;
    const { primitives, nodeSeed, node } = this.#parts.ciphers;
    const { env } = this;
    const store = await disk.open(env, storeLimits);
    await this.#retain(store, sites);
    const auth = await Auth.open({
      accounts,
      tlog: openMemoryTlog(primitives, nodeLog),
      nodeSeed,
      primitives,
      env,
      signup: 'open',
      shards: [{ shard: SHARD, url: '' }],
      figures: () => [],
    });
    const tail = await Tail.open({
      logs: watched(this.#parts, store, (site, log) => {
        feed.leased();
        onLog(site, log);
      }),
      authority: (events) => feed.authority(direct(authInternal, auth.internal(feed.events(events)), env)),
      fanout: this.#topics,
      primitives,
      env,
      nodeKey: key(node.publicKey),
      shard: SHARD,
      soon: (task) => void env.after(0, task),
      limits: tailLimits,
    });
    const door = new AuthDoor({ auth, node, primitives, env });
    if (!this.#isDead) this.#services = { store, auth, door, tail };
  }

  async #retain(store: LogStore, sites: Iterable<SiteId>): Promise<void> {
    for (const site of sites) await store.retain(site, null, this.#parts.retention);
  }

  retain(sites: Iterable<SiteId>): Promise<void> {
    return this.#retain(this.services.store, sites);
  }

  compact(): Promise<void> {
    return this.services.store.compact();
  }

  /** Bytes in the fullest socket, and of entries that wait for the disk. */
  memory(): { readonly buffered: number; readonly pending: number } {
    let buffered = 0;
    for (const socket of this.#sockets) {
      if (socket.isOver) this.#sockets.delete(socket);
      else buffered = Math.max(buffered, socket.buffered());
    }
    const pending = this.services.tail.figures().find(({ name }) => name === 'tailPending');
    return { buffered, pending: Number(pending?.value) };
  }

  get isUp(): boolean {
    return this.#services !== null;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get services(): Services {
    check(this.#services !== null, 'X1', () => 'the simulator uses a node that is not up');
    return this.#services;
  }

  /** A new connection; false when nobody listens. */
  accept(door: Door, end: WireEnd<Uint8Array>, address: string): boolean {
    const services = this.#services;
    if (services === null) return false;
    const socket = new SimSocket(end, address, this.#topics);
    this.#sockets.add(socket);
    socket.serve(door === 'tail' ? services.tail.open(socket) : services.door.door(socket));
    return true;
  }

  /** The process ends without a word. */
  kill(): void {
    this.#isDead = true;
    this.#services = null;
    this.env.kill();
    for (const socket of this.#sockets) socket.kill();
  }

  /** An orderly end: everything accepted is committed, everybody is told to come back. */
  async stop(): Promise<void> {
    const { store, auth, door, tail } = this.services;
    this.isStopping = true;
    await tail.drain();
    door.close(new Fault('draining'));
    await tail[Symbol.asyncDispose]();
    await auth[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    this.kill();
  }
}

const keptByDisk = new WeakMap<MemoryDisk, KeptLeads>();

/** The store as it is, with an eye on which logs are opened and who leads them. */
function watched({ world, disk }: NodeParts, store: LogStore, onLog: NodeParts['onLog']): Logs {
  const kept = keptByDisk.get(disk) ?? new Map();
  keptByDisk.set(disk, kept);
  const watch = new LeadWatch(world, kept);
  return {
    find: (site, log) => store.find(site, log),
    open(site, log) {
      onLog(site, log);
      return store.open(site, log);
    },
    writersReady: (log) => store.writersReady(log),
    async commit(batch) {
      const undo = watch.commit(batch);
      try {
        await store.commit(batch);
        watch.keep(batch);
      } catch (thrown) {
        undo();
        throw thrown;
      }
    },
    read: (log, from, bytesMax) => store.read(log, from, bytesMax),
    coldFrom: (log, from, countMax) => store.coldFrom(log, from, countMax),
    untoldNews: () => store.untoldNews(),
    olderNews: () => store.olderNews(),
    newsTold: (record) => store.newsTold(record),
    retain: (site, log, retention) => store.retain(site, log, retention),
    compact: () => store.compact(),
    verify: () => store.verify(),
    figures: () => store.figures(),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** What a store holds of a log, entry by entry, as readers would get it. */
export function storedEntries(
  store: LogStore,
  place: { readonly site: SiteId; readonly log: LogId },
  onEntry: (at: number, cursor: EntryCursor) => void,
): { readonly first: number; readonly tail: number } {
  const state = store.find(place.site, place.log);
  if (state === undefined) return { first: 1, tail: 1 };
  let at = state.first;
  while (at < state.durable) {
    const page = store.read(state, at, PAGE_BYTES);
    check(
      page.kind === 'page',
      'J5',
      () => `position ${at} is ${page.kind} and the log begins at ${state.first}`,
    );
    check(page.at === at && page.count > 0, 'J5', () => `a page from ${at} begins at ${page.at}`);
    const cursor = new EntryCursor(page.entries);
    while (cursor.next()) onEntry(at++, cursor);
    check(
      at === page.at + page.count,
      'J5',
      () => `a page from ${page.at} does not have ${page.count} entries`,
    );
  }
  return { first: state.first, tail: state.durable };
}

const PAGE_BYTES = 4096;
