/** Several nodes that exchange messages, each with a store on the disk, in one process and without sockets. */

import { refOfInterest } from 'copse/internal/social/peer/interests.ts';
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { concat, equal, hex } from 'copse/internal/base/bytes.ts';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { exchangeRestMs } from 'copse/internal/base/limits-exchange.ts';
import { peerApi, type PeerEvents, type Published } from 'copse/internal/api/peer.ts';
import type { StrangersRemote } from 'copse/internal/api/strangers.ts';
import { deferred } from 'copse/internal/client/deferred.ts';
import { signKeyOf, type SignKey } from 'copse/internal/client/identity.ts';
import { interest } from 'copse/internal/client/neighbourhood/interest.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { encodeAddresses } from 'copse/internal/social/exchange/addresses.ts';
import type { PeerAddress } from 'copse/internal/social/exchange/address.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { readMessage, signMessage } from 'copse/internal/social/message/message.ts';
import type { Message, MessageTerms } from 'copse/internal/social/message/terms.ts';
import { Peer } from 'copse/internal/social/peer/peer.ts';
import type { Connect, Knock, NodeConnection } from '../../server/src/peer/exchange/connect.ts';
import { Exchange } from '../../server/src/peer/exchange/exchange.ts';
import { ExchangeStore } from '../../server/src/store/exchange.ts';
import { openPeerStore } from '../../server/src/store/peer.ts';
import { wired, type Liar } from './exchange-liar.ts';
import { primitives } from './peer-stage.ts';

const HASTE = 50;

/** Waits of the exchange pass fifty times faster, and so does the clock by which it puts things off; each is noted. */
function hastyEnv(waits: number[]): Env {
  const real = realEnv();
  const beganMs = real.wallMs();
  return {
    ...real,
    wallMs: () => beganMs + (real.wallMs() - beganMs) * HASTE,
    after(ms, task) {
      waits.push(ms);
      return real.after(ms / HASTE, task);
    },
  };
}

export interface StreetOptions {
  readonly bytesMax?: number;
  readonly guestBytes?: number;
  readonly knock?: Knock;
  readonly openStore?: (path: string) => ExchangeStore;
  /** Before it is answered whether somebody is a user. */
  readonly asked?: () => Promise<void>;
}

export class Street implements AsyncDisposable {
  readonly nodes: StreetNode[] = [];
  readonly liars = new Map<string, Liar>();
  /** Of every connection that was made: from whom to whom. */
  readonly dialled: string[] = [];
  /** For how long something of the exchange was put off. */
  readonly waits: number[] = [];
  readonly #scratch = mkdtempSync(join(tmpdir(), 'copse-exchange-'));

  async node(options: StreetOptions = {}): Promise<StreetNode> {
    const key = await signKeyOf(primitives, realEnv().random(32));
    const node = new StreetNode(this, key, join(this.#scratch, `${this.nodes.length}`), options);
    this.nodes.push(node);
    node.start();
    return node;
  }

  /** Who was asked once is not asked again before the longest of all pauses is over. */
  isLeftAlone(): void {
    assert.equal(this.dialled.length, 1, 'it is not asked again at once');
    assert.ok(this.waits.includes(exchangeRestMs), 'nor soon');
  }

  /** Connects one node to another as a socket would. */
  connect(from: Key, { key }: PeerAddress, events: PeerEvents): NodeConnection {
    this.dialled.push(`${hex(from).slice(0, 8)} ${hex(key).slice(0, 8)}`);
    const liar = this.liars.get(hex(key));
    if (liar !== undefined) return { ...wired(liar, events), doorstep: closedDoor };
    const target = this.nodes.find((node) => equal(node.key.publicKey, key));
    if (target === undefined) throw new Fault('closed', 'nobody is there');
    return target.accept(from, events);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) await node.stop();
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}

export class StreetNode {
  readonly key: SignKey;
  readonly address: PeerAddress;
  readonly users: Resident[] = [];
  readonly #street: Street;
  #path: string;
  readonly #options: StreetOptions;
  readonly #ends = new Set<() => void>();
  #peer: Peer | null = null;
  #exchange: Exchange | null = null;

  constructor(street: Street, key: SignKey, path: string, options: StreetOptions) {
    this.#street = street;
    this.key = key;
    this.#path = path;
    this.#options = options;
    const host = `${hex(key.publicKey).slice(0, 8)}.example`;
    this.address = { isSecure: true, host, port: 443, path: '', key: key.publicKey };
  }

  get peer(): Peer {
    return must(this.#peer, 'the node runs');
  }

  get exchange(): Exchange {
    return must(this.#exchange, 'the node runs');
  }

  start(): void {
    const { bytesMax = 1 << 30, guestBytes = 1 << 28, knock, openStore, asked } = this.#options;
    const env = realEnv();
    const isUser = (user: Key): boolean => this.users.some(({ key }) => equal(key.publicKey, user));
    this.#peer = new Peer({
      store: openPeerStore({ path: `${this.#path}.messages`, primitives, env }),
      primitives,
      env,
      standing: async (user) => (isUser(user) ? { kind: 'friend', bytesMax: 1 << 26 } : { kind: 'stranger' }),
      bytesMax,
      soon: (task) => void setImmediate(task),
    });
    const connect: Connect = async (address, events) =>
      this.#street.connect(this.key.publicKey, address, events);
    this.#exchange = new Exchange({
      env: hastyEnv(this.#street.waits),
      peer: this.#peer,
      store: openStore?.(`${this.#path}.exchange`) ?? new ExchangeStore(`${this.#path}.exchange`),
      node: this.key.publicKey,
      isUser: async (user) => {
        await asked?.();
        return isUser(user);
      },
      connect,
      bytesMax: guestBytes,
      ...(knock === undefined ? {} : { knock }),
    });
  }

  /** Ends all connections, in both directions, and closes the stores. */
  async stop(): Promise<void> {
    const [exchange, peer] = [this.#exchange, this.#peer];
    this.#exchange = null;
    this.#peer = null;
    for (const end of this.#ends) end();
    await exchange?.[Symbol.asyncDispose]();
    await peer?.[Symbol.asyncDispose]();
  }

  async restart(): Promise<void> {
    await this.stop();
    this.start();
  }

  /**
   * Goes on from what its files hold in this moment, as after `kill -9`: all that writes to them runs in this
   * thread, so that no write is half done.
   */
  async crash(): Promise<void> {
    const path = `${this.#path}'`;
    for (const file of ['messages', 'exchange'])
      for (const end of ['', '-wal']) {
        const from = `${this.#path}.${file}${end}`;
        if (existsSync(from)) copyFileSync(from, `${path}.${file}${end}`);
      }
    await this.stop();
    this.#path = path;
    this.start();
  }

  /** The messages are lost, what the exchange remembers is not: another epoch. */
  async lose(): Promise<void> {
    await this.stop();
    for (const end of ['', '-wal', '-shm']) rmSync(`${this.#path}.messages${end}`, { force: true });
    this.start();
  }

  /** Does what a play needs to the files of the node while it does not run. */
  async altered(
    change: (files: { readonly messages: string; readonly exchange: string }) => void,
  ): Promise<void> {
    await this.stop();
    change({ messages: `${this.#path}.messages`, exchange: `${this.#path}.exchange` });
    this.start();
  }

  /** A connection of another node. */
  accept(from: Key, events: PeerEvents): NodeConnection {
    if (this.#peer === null) throw new Fault('closed', 'it does not run');
    const ended = deferred<Fault | null>();
    const session = this.#peer.open({ user: null, device: from, buffered: () => 0 }, events);
    const end = (fault: Fault | null = null): void => {
      this.#ends.delete(end);
      session[Symbol.dispose]();
      ended.resolve(fault);
    };
    this.#ends.add(end);
    const remote = direct(peerApi, session, realEnv());
    return { remote, doorstep: closedDoor, ended: ended.promise, close: end };
  }

  async resident(): Promise<Resident> {
    const resident = new Resident(this, await signKeyOf(primitives, realEnv().random(32)));
    this.users.push(resident);
    await resident.publishesAt(this);
    return resident;
  }

  /** What is here of somebody, the oldest first. */
  posts(of: Key): readonly string[] {
    const texts: string[] = [];
    let before: { timeMs: number; seq: number } | null = null;
    for (;;) {
      const refs = [refOfInterest(interest('posts', of))];
      const rows = this.peer.options.store.page({ refs, before, rowsMax: 100, bytesMax: 1 << 20 });
      const last = rows.at(-1);
      if (last === undefined) return texts.toReversed();
      const messages = rows.map(({ bytes }) => readMessage(primitives, bytes));
      texts.push(...messages.map(({ text }) => text));
      before = { timeMs: must(messages.at(-1), 'there is one').timeMs, seq: last.seq };
    }
  }
}

const refuse = (): Promise<never> => Promise.reject(new Fault('forbidden', 'nobody is reached here'));
const closedDoor: StrangersRemote = {
  terms: refuse,
  price: refuse,
  knock: refuse,
  requests: refuse,
  answer: refuse,
  reach: refuse,
  setReach: refuse,
  keepAway: refuse,
  report: refuse,
  reports: refuse,
  settle: refuse,
  takeAway: refuse,
};
const QUIET: PeerEvents = { messages: () => {}, caughtUp: () => {} };

export class Resident {
  readonly node: StreetNode;
  readonly key: SignKey;
  readonly #followed: Uint8Array[] = [];
  #timeMs = realEnv().wallMs() - 60_000;

  constructor(node: StreetNode, key: SignKey) {
    this.node = node;
    this.key = key;
  }

  sign(terms: Partial<MessageTerms>): Promise<Message> {
    return signMessage(primitives, this.key.seed, { kind: KIND.post, timeMs: ++this.#timeMs, ...terms });
  }

  async say(terms: Partial<MessageTerms>): Promise<Message> {
    const message = await this.sign(terms);
    await this.bring([message.bytes]);
    return message;
  }

  async bring(messages: readonly Uint8Array[]): Promise<readonly Published[]> {
    using session = this.node.peer.open({ user: this.key.publicKey, buffered: () => 0 }, QUIET);
    return (await session.publish({ messages: [...messages] })).answers;
  }

  publishesAt(...nodes: readonly StreetNode[]): Promise<Message> {
    const addresses = nodes.map(({ address }) => address);
    const content = encodeAddresses({ outbox: addresses, inbox: addresses });
    return this.say({ kind: KIND.addresses, content });
  }

  /** Follows somebody of another node, and brings what she says of where she is. */
  async follow(...others: readonly Resident[]): Promise<void> {
    for (const other of others) {
      this.#followed.push(other.key.publicKey);
      const stored = other.node.peer.options.store.current(other.key.publicKey, KIND.addresses, '');
      if (stored !== null) await this.bring([stored.bytes]);
    }
    await this.say({ kind: KIND.follows, content: concat(...this.#followed) });
  }

  async leave(): Promise<void> {
    this.#followed.length = 0;
    await this.say({ kind: KIND.follows });
  }
}

/** Waits until it comes to that. */
export async function until(holds: () => boolean, what = 'it came to that'): Promise<void> {
  for (let turn = 0; turn < 3_000; turn++) {
    if (holds()) return;
    await new Promise((resolve) => void setTimeout(resolve, 10));
  }
  throw new Error(`not so: ${what}`);
}

/** What a node has of somebody, once it has this many. */
export async function has(node: StreetNode, of: Resident, count: number): Promise<readonly string[]> {
  await until(() => node.posts(of.key.publicKey).length >= count, `${count} of hers are here`);
  return node.posts(of.key.publicKey);
}

export function numbered(count: number, from = 0): readonly string[] {
  return Array.from({ length: count }, (_, at) => `${from + at}`);
}

export async function sayAll(resident: Resident, texts: readonly string[]): Promise<void> {
  const messages = [];
  for (const text of texts) messages.push((await resident.sign({ text })).bytes);
  for (let from = 0; from < messages.length; from += 200)
    await resident.bring(messages.slice(from, from + 200));
}
