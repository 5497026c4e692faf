/** A tail with everything around it in memory, and devices that speak its contract over the real link. */

import { permissionsAll } from 'copse/internal/api/model.ts';
import { tailApi, type AckRun, type NackReason, type Page } from 'copse/internal/api/tail.ts';
import { must } from 'copse/internal/base/assert.ts';
import { concat, fromHex } from 'copse/internal/base/bytes.ts';
import { FAULT_CODES, type Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import { key, logId, siteId, type Handle, type Key } from 'copse/internal/base/ids.ts';
import { connecting, prove } from 'copse/internal/capability/possession.ts';
import { deviceIdOf, keyedMac, userIdOf } from 'copse/internal/crypto/hash.ts';
import { mint, type TokenClaims } from 'copse/internal/crypto/token.ts';
import { dial, type Dialed } from 'copse/internal/link/remote.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { encodeEntry } from 'copse/internal/wire/entry.ts';
import { Tail, type TailOptions } from '../tail.ts';
import { TestAuthority } from './authority.ts';
import { FakeEnv, settled } from './fake-env.ts';
import { MemoryLogs } from './memory-logs.ts';
import { Network, type End } from './network.ts';

export const primitives = nativePrimitives();
export const SITE = siteId('5e'.repeat(16));
export const LOG = logId('10'.repeat(16));
const SHARD = 3;
const NODE_KEY = key(await primitives.ed25519PublicKey(new Uint8Array(32).fill(99)));

export const log = (n: number): typeof LOG => logId(n.toString(16).padStart(32, '0'));

export interface World extends AsyncDisposable {
  readonly env: FakeEnv;
  readonly logs: MemoryLogs;
  readonly network: Network;
  readonly authority: TestAuthority;
  readonly tail: Tail;
  /** Everything that can happen without time passing has happened. */
  settle(): Promise<void>;
}

export async function world(options: Partial<TailOptions> = {}): Promise<World> {
  const env = new FakeEnv();
  const logs = new MemoryLogs();
  const network = new Network();
  const authority = new TestAuthority(NODE_KEY);
  authority.allow(SITE);
  const tail = await Tail.open({
    logs,
    authority: authority.connect,
    fanout: network,
    primitives,
    env,
    nodeKey: NODE_KEY,
    shard: SHARD,
    soon: setImmediate,
    durability: 'memory',
    ...options,
  });
  const dispose = async (): Promise<void> => {
    logs.failure = null;
    logs.release();
    await tail[Symbol.asyncDispose]();
  };
  return { env, logs, network, authority, tail, settle: settled, [Symbol.asyncDispose]: dispose };
}

/** Keys of a device and its user; `n` tells them apart. */
export interface Person {
  readonly seed: Uint8Array;
  readonly deviceKey: Key;
  readonly device: ReturnType<typeof deviceIdOf>;
  readonly deviceBytes: Uint8Array;
  readonly user: ReturnType<typeof userIdOf>;
}

export async function person(n: number): Promise<Person> {
  const seed = new Uint8Array(32).fill(n);
  const deviceKey = key(await primitives.ed25519PublicKey(seed));
  const device = deviceIdOf(primitives, deviceKey);
  const user = userIdOf(primitives, await primitives.ed25519PublicKey(new Uint8Array(32).fill(n + 100)));
  return { seed, deviceKey, device, deviceBytes: must(fromHex(device), 'an id is hex'), user };
}

export function tokenOf(
  world: World,
  { user, device }: Person,
  claims: Partial<TokenClaims> = {},
  macKey: Uint8Array = world.authority.key,
): Uint8Array {
  const none = '00'.repeat(8);
  const number = claims.keyNumber ?? 1;
  return mint(
    { number, mac: keyedMac(primitives, macKey) },
    {
      keyNumber: number,
      permissions: permissionsAll,
      expiresAtMs: world.env.wallMs() + 3_600_000,
      user,
      device,
      site: none,
      log: none,
      deviceEpoch: 1,
      siteEpoch: 0,
      capability: none,
      id: none,
      ...claims,
    },
  );
}

export interface Said {
  readonly who: number;
  readonly payload: Uint8Array;
}

/** A device on one connection, with everything the tail told it. */
export class Client {
  readonly world: World;
  readonly person: Person;
  readonly end: End;
  readonly dialed: Dialed<typeof tailApi>;
  readonly hellos: { readonly nonce: Uint8Array; readonly node: Uint8Array }[] = [];
  readonly acks: (AckRun & { readonly handle: Handle })[] = [];
  readonly nacks: {
    readonly handle: Handle;
    readonly epoch: number;
    readonly seq: number;
    readonly reason: NackReason;
  }[] = [];
  readonly pushed: {
    readonly channel: number;
    readonly at: number;
    readonly count: number;
    readonly entries: Uint8Array;
  }[] = [];
  readonly lagging: { readonly channel: number; readonly at: number }[] = [];
  readonly revoked: { readonly handle: Handle; readonly fault: FaultCode | undefined }[] = [];
  readonly goAways: number[] = [];
  readonly said: Said[] = [];
  readonly presents: {
    readonly reset: boolean;
    readonly count: number;
    readonly joined: readonly { readonly who: number; readonly state: Uint8Array }[];
    readonly left: readonly number[];
  }[] = [];
  endedWith: Fault | null | undefined;
  who = 0;
  seq = 0;

  constructor(world: World, person: Person, address?: string, origin: string | null = null) {
    this.world = world;
    this.person = person;
    this.end = world.network.connect(world.tail, address, origin);
    this.dialed = dial(
      tailApi,
      this.end.link(),
      {
        hello: ({ nonce, node }) => void this.hellos.push({ nonce: nonce.slice(), node: node.slice() }),
        ack: ({ handle, runs }) => void this.acks.push(...runs.map((run) => ({ ...run, handle }))),
        nack: (message) => void this.nacks.push(message),
        entries: ({ entries, ...rest }) => void this.pushed.push({ ...rest, entries: entries.slice() }),
        lagging: (message) => void this.lagging.push(message),
        revoke: ({ handle, fault }) => void this.revoked.push({ handle, fault: FAULT_CODES.get(fault) }),
        goAway: ({ reconnectMs }) => void this.goAways.push(reconnectMs),
        said: ({ who, payload }) => void this.said.push({ who, payload: payload.slice() }),
        present: (message) =>
          void this.presents.push({
            ...message,
            joined: message.joined.map(({ who, state }) => ({ who, state: state.slice() })),
          }),
      },
      world.env,
    );
    void this.#watchEnd();
  }

  async #watchEnd(): Promise<void> {
    this.endedWith = await this.dialed.ended;
  }

  get remote(): Dialed<typeof tailApi>['remote'] {
    return this.dialed.remote;
  }

  /** The request of a connect, to be spoilt by tests. */
  async request(
    token = tokenOf(this.world, this.person),
  ): Promise<Parameters<Client['remote']['connect']>[0]> {
    await settled();
    const hello = must(this.hellos[0], 'hello comes first');
    const claim = connecting({ nonce: hello.nonce, node: key(hello.node), token });
    return {
      version: 1,
      token,
      device: this.person.deviceKey,
      proof: await prove(primitives, this.person.seed, claim),
    };
  }

  async connect(token?: Uint8Array): Promise<void> {
    const { who } = await this.remote.connect(await this.request(token));
    this.who = who;
  }

  /** The handle of a log that must open. */
  async open(logId = LOG, want: 'read' | 'write' = 'write', site = SITE): Promise<Handle> {
    const answer = await this.remote.lease({ site, log: logId, want });
    if (answer.kind !== 'open') throw new Error(`the lease is ${answer.kind}`);
    return answer.handle;
  }

  entry(
    seq: number,
    options: {
      readonly epoch?: number;
      readonly keyEpoch?: number;
      readonly size?: number;
      readonly isPart?: boolean;
      readonly news?: Uint8Array;
    } = {},
  ): Uint8Array {
    return encodeEntry({
      sealed: false,
      ...(options.isPart === true ? { isPart: true } : {}),
      ...(options.news === undefined ? {} : { news: options.news }),
      device: this.person.deviceBytes,
      epoch: options.epoch ?? 1,
      seq,
      keyEpoch: options.keyEpoch ?? 1,
      timeMs: 1_800_000_000_000,
      payload: new Uint8Array(options.size ?? 8).fill(seq),
    });
  }

  /** Casts one write of `count` new entries. */
  write(
    handle: Handle,
    count = 1,
    options: { readonly size?: number; readonly isPart?: boolean; readonly news?: Uint8Array } = {},
  ): void {
    const entries = Array.from({ length: count }, () => this.entry(++this.seq, options));
    this.remote.write({ handle, at: null, entries: concat(...entries) });
  }

  async page(handle: Handle, from: number, bytesMax = 65_536): Promise<Extract<Page, { kind: 'page' }>> {
    const page = await this.remote.attach({ handle, from, bytesMax });
    if (page.kind !== 'page') throw new Error('trimmed');
    return page;
  }
}

/** A device that is connected. */
export async function joined(world: World, n: number, address?: string): Promise<Client> {
  const client = new Client(world, await person(n), address);
  await client.connect();
  return client;
}
