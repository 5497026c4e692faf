/**
 * A whole node in a simulated world: the product's auth and tail over stores in memory, reached through
 * wires that are slow and can be cut. `crash` kills the process: what was not synced is gone, the keys and
 * the disk stay.
 */

import { authInternal } from 'copse/internal/api/auth.ts';
import type { NotifyRemote } from 'copse/internal/api/notify.ts';
import type { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { direct } from 'copse/internal/link/direct.ts';
import type { Link } from 'copse/internal/link/link.ts';
import { curves } from 'copse/internal/browser/curves.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { identityOf } from 'copse/internal/social/handshake-keys.ts';
import { Auth } from '../../server/src/auth/auth.ts';
import { AuthDoor } from '../../server/src/node/auth-door.ts';
import type { Accounts } from '../../server/src/store/accounts.ts';
import { MemoryAccounts } from '../../server/src/store/accounts-memory.ts';
import { MemoryTlogDisk, openMemoryTlog } from '../../server/src/store/tlog-memory.ts';
import { MemoryDisk } from '../../server/src/store/log-store-memory.ts';
import type { LogStore, Retention } from '../../server/src/store/log-store.ts';
import { Tail, type NewsOfLog } from '../../server/src/tail/tail.ts';
import type { NotifySink } from '../../server/src/tail/tellers.ts';
import { CALM, Wire, type NetworkFaults, type WireEnd } from '../sim/network.ts';
import type { SimEnv, World } from '../sim/world.ts';
// What the client loads when it needs it is there already: loading takes real time, which worlds have none of.
import '../sim/system/warm.ts';

const primitives = nativePrimitives();
const SHARD = 0;
/** Where clients find it; only the path matters. */
export const NODE_URL = 'http://node.example';

interface Running {
  readonly env: SimEnv;
  readonly auth: Auth;
  readonly door: AuthDoor;
  readonly tail: Tail;
  readonly topics: Map<string, Set<WireEnd<Uint8Array>>>;
}

export class SimNode {
  readonly world: World;
  readonly key: Key;
  readonly accounts = new MemoryAccounts();
  nodeLog = new MemoryTlogDisk();
  /** Accounts that stand in the place of those in memory from the next start on. */
  otherAccounts: Accounts | null = null;
  readonly wires = new Set<Wire<Uint8Array>>();
  readonly #seed: Uint8Array;
  /** Another one stands in its place from the next start on. */
  disk = new MemoryDisk({ primitives, sync: () => this.#sync() });
  /** What is kept of logs, from the next start on. */
  retention: Retention | null = null;
  faults: NetworkFaults = CALM;
  signup: 'open' | 'invited' = 'open';
  /** Nothing gets through in either direction, and nobody is told. */
  isSilent = false;
  /** What the shard map says of the tail from the next start on. */
  tailUrl = '';
  /** Whom its auth tells what devices hear, from the next start on. */
  subscriptions: NotifyRemote | null = null;
  /** Nobody can connect. */
  isDown = false;
  connections = { auth: 0, tail: 0 };
  /** Signatures that its tails have checked. */
  tailSignatures = 0;
  /** What its tails have said that people are to hear of. */
  readonly news: NewsOfLog[] = [];
  /** Whom its tails tell, from the next start on. */
  notify: NotifySink | null = null;
  /** No proof by the secret of a token is believed. */
  spoilSecrets = false;
  #running: Running | null = null;
  #store: LogStore | null = null;

  constructor(world: World) {
    this.world = world;
    this.#seed = world.chance.bytes(32);
    this.key = key(curves.publicKey('Ed25519', this.#seed));
  }

  #sync(): Promise<void> {
    return new Promise((resolve) => {
      this.world.at(this.world.chance.unit() * 3, resolve);
    });
  }

  async start(): Promise<void> {
    const env = this.world.env('node');
    const node = await identityOf(primitives, this.#seed);
    const auth = await Auth.open({
      accounts: this.otherAccounts ?? this.accounts,
      tlog: openMemoryTlog(primitives, this.nodeLog),
      nodeSeed: this.#seed,
      primitives,
      env,
      signup: this.signup,
      notify: this.subscriptions,
      shards: [{ shard: SHARD, url: this.tailUrl }],
      figures: () => [{ name: 'test', unit: '', value: '1' }],
    });
    const topics = new Map<string, Set<WireEnd<Uint8Array>>>();
    const tail = await Tail.open({
      logs: await this.#opened(env),
      authority: (events) => direct(authInternal, auth.internal(events), env),
      fanout: {
        publish: (topic, message) => {
          for (const end of topics.get(topic) ?? []) end.send(message.slice());
        },
      },
      primitives: {
        ...primitives,
        ed25519Verify: (...given) => {
          this.tailSignatures++;
          return primitives.ed25519Verify(...given);
        },
        hmacSha256: (secret, data) => {
          const isSpoilt = this.spoilSecrets && new TextDecoder().decode(data).includes('token/resume');
          return primitives.hmacSha256(isSpoilt ? secret.toReversed() : secret, data);
        },
      },
      env,
      nodeKey: node.publicKey,
      shard: SHARD,
      notify: this.notify,
      onNews: (news) => void this.news.push(news),
      soon: (task) => void env.after(0, task),
    });
    this.#running = { env, auth, tail, topics, door: new AuthDoor({ auth, node, primitives, env }) };
  }

  async #opened(env: SimEnv): Promise<LogStore> {
    this.#store = await this.disk.open(env, undefined, { retention: this.retention });
    return this.#store;
  }

  /** Moves the journal into chunks, and lets go what retention lets go. */
  async compact(): Promise<void> {
    await this.#store?.compact();
  }

  /** It comes back without any log, as one whose disk was lost. */
  async loseLogs(): Promise<void> {
    await this.stop();
    this.disk = new MemoryDisk({ primitives, sync: () => this.#sync() });
    await this.start();
  }

  get auth(): Auth {
    if (this.#running === null) throw new Error('the node is not running');
    return this.#running.auth;
  }

  /** A live figure of the tail. */
  tailFigure(name: string): string | undefined {
    return this.#running?.tail.figures().find((figure) => figure.name === name)?.value;
  }

  /** The process is gone at once; whoever was connected learns of it. */
  async crash(): Promise<void> {
    this.#running?.env.kill();
    this.#running = null;
    this.cut();
    this.disk.crash(this.world.chance.often(0.5) ? 'synced' : 'failed');
    await this.start();
  }

  /** Says goodbye. */
  async stop(): Promise<void> {
    await this.#running?.tail.drain();
    this.#running?.env.kill();
    this.#running = null;
    this.cut();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  cut(): void {
    const wires = [...this.wires];
    for (const wire of wires) wire.cut();
  }

  /** A client's connection to one of the doors. */
  readonly dial = (url: string): Link => this.connect(url.endsWith('/auth') ? 'auth' : 'tail');

  /** A connection that nobody answers, without a door. */
  connect(door: 'auth' | 'tail' | null): Link {
    const wire = new Wire<Uint8Array>({
      world: this.world,
      faults: () => this.faults,
      cargo: {
        sizeOf: (message) => message.length,
        copy: (message) => message.slice(),
        mayDouble: () => false,
      },
      onOver: (over) => this.wires.delete(over),
    });
    this.wires.add(wire);
    const [theirs, ours] = wire.ends;
    if (this.isDown || door === null || this.#running === null) this.world.at(1, () => wire.cut());
    else if (door === 'auth') this.#serveAuth(this.#running, ours);
    else this.#serveTail(this.#running, ours);
    return {
      send: (message) => {
        if (!this.isSilent) theirs.send(message.slice());
      },
      listen: (events) =>
        theirs.listen({
          onMessage: (message) => {
            if (!this.isSilent) events.onMessage(message);
          },
          onClose: (fault) => events.onClose(fault),
        }),
      buffered: () => theirs.buffered(),
      close: (fault) => theirs.close(fault),
    };
  }

  #serveAuth(running: Running, end: WireEnd<Uint8Array>): void {
    this.connections.auth++;
    const connection = running.door.door(socketOf(running, end));
    serve(end, connection);
  }

  #serveTail(running: Running, end: WireEnd<Uint8Array>): void {
    this.connections.tail++;
    serve(end, running.tail.open(socketOf(running, end)));
  }
}

function serve(
  end: WireEnd<Uint8Array>,
  connection: { receive(message: Uint8Array): void; drained(): void; closed(): void },
): void {
  end.onDrained = () => connection.drained();
  end.listen({
    onMessage: (message) => connection.receive(new Uint8Array(message)),
    onClose: () => connection.closed(),
  });
}

function socketOf({ topics }: Running, end: WireEnd<Uint8Array>) {
  const subscribed = new Set<string>();
  return {
    origin: null,
    address: 'sim',
    send: (message: Uint8Array<ArrayBuffer>) => end.send(message.slice()),
    subscribe: (topic: string) => {
      subscribed.add(topic);
      const ends = topics.get(topic) ?? new Set();
      topics.set(topic, ends.add(end));
    },
    unsubscribe: (topic: string) => {
      subscribed.delete(topic);
      topics.get(topic)?.delete(end);
    },
    buffered: () => end.buffered(),
    close: (fault: Fault | null) => {
      for (const topic of subscribed) topics.get(topic)?.delete(end);
      end.close(fault ?? undefined);
    },
  };
}

/** Runs a world until `scenario` is over; fails when nothing happens any more or it takes too long. */
export function play(world: World, scenario: () => Promise<void>, limitMs = 900_000): void {
  const state: { end: { readonly thrown: unknown } | 'well' | null } = { end: null };
  scenario().then(
    () => (state.end = 'well'),
    (thrown: unknown) => (state.end = { thrown }),
  );
  world.at(0, () => {});
  while (state.end === null && world.nowMs < limitMs && world.step());
  const { end } = state;
  if (end === null) throw new Error(`not over after ${world.nowMs} ms\n${world.lastLines(40).join('\n')}`);
  if (end !== 'well') throw end.thrown;
}

export function sleep(world: World, ms: number): Promise<void> {
  return new Promise((resolve) => {
    world.at(ms, resolve);
  });
}

/** Resolves when `condition` holds. */
export async function until(
  world: World,
  condition: () => boolean,
  what: string,
  limitMs = 120_000,
): Promise<void> {
  const endMs = world.nowMs + limitMs;
  while (!condition()) {
    if (world.nowMs > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(world, 5);
  }
}
