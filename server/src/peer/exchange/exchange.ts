/**
 * What a node exchanges with others (SPEC Z83 to Z86): it reads in its own messages whom its users follow and where
 * those publish, keeps a connection to each of those nodes, takes in what comes, and brings mentions to where they
 * are wanted.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import {
  exchangeLookMs,
  exchangeNodePart,
  exchangePlanMs,
  exchangeRetryMinMs,
} from 'copse/internal/base/limits-exchange.ts';
import type { OtherNode } from 'copse/internal/api/peer.ts';
import { planOf } from 'copse/internal/social/exchange/plan.ts';
import type { Guests } from 'copse/internal/social/peer/guests.ts';
import type { Payer } from 'copse/internal/social/peer/ingest.ts';
import type { Peer } from 'copse/internal/social/peer/peer.ts';
import { PLACE_SOURCE, type ExchangeStore } from '../../store/exchange.ts';
import type { Connect, Knock } from './connect.ts';
import type { Target } from './fetching.ts';
import { Learning } from './learning.ts';
import { NodeLine } from './line.ts';

export interface ExchangeOptions {
  readonly env: Env;
  /** Disposed of behind the exchange. */
  readonly peer: Peer;
  /** The exchange disposes of it. */
  readonly store: ExchangeStore;
  /** This node. */
  readonly node: Key;
  readonly isUser: (user: Key) => Promise<boolean>;
  readonly connect: Connect;
  /** How a message is brought to a node that takes nothing from this one. */
  readonly knock?: Knock;
  /** What messages of all other nodes may fill. */
  readonly bytesMax: number;
}

export interface ExchangeFigures {
  readonly nodes: number;
  readonly connected: number;
  readonly followed: number;
  readonly taken: number;
  readonly refused: number;
  readonly waiting: number;
  readonly brought: number;
  readonly lost: number;
  readonly bytes: number;
  readonly compared: number;
  readonly missing: number;
  readonly comparedBytes: number;
}

const LATER: Knock = () => Promise.resolve('later');

type Counts = Pick<
  ExchangeFigures,
  'taken' | 'refused' | 'brought' | 'lost' | 'compared' | 'missing' | 'comparedBytes'
>;

function countsOf({ intake, bringing, compares }: NodeLine): Counts {
  const { compared, missing, bytes: comparedBytes } = compares;
  const { taken, refused } = intake;
  const { brought, lost } = bringing;
  return { taken, refused, brought, lost, compared, missing, comparedBytes };
}

function added(a: Counts, b: Counts): Counts {
  return {
    taken: a.taken + b.taken,
    refused: a.refused + b.refused,
    brought: a.brought + b.brought,
    lost: a.lost + b.lost,
    compared: a.compared + b.compared,
    missing: a.missing + b.missing,
    comparedBytes: a.comparedBytes + b.comparedBytes,
  };
}

export class Exchange implements Guests, AsyncDisposable {
  readonly #options: ExchangeOptions;
  readonly #learning: Learning;
  readonly #lines = new Map<string, NodeLine>();
  /** Of lines that were closed. */
  #past: Counts = { taken: 0, refused: 0, brought: 0, lost: 0, compared: 0, missing: 0, comparedBytes: 0 };
  /** What goes on against the stores, one after the other. */
  #doing: Promise<void> = Promise.resolve();
  #isReading = false;
  #isBehind = false;
  #planning: Timer | null = null;
  #looking: Timer | null = null;
  #closing: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#learning = new Learning(options);
    options.peer.host(this);
    this.#planned();
    this.committed();
    this.#look();
  }

  committed(): void {
    this.#isBehind = true;
    if (this.#isReading || this.#isOver) return;
    this.#isReading = true;
    this.#do('exchange.learn', () => this.#read());
  }

  payer(device: Key): Payer | null {
    return this.#lines.has(hex(device)) ? { key: device, bytesMax: this.#nodeBytesMax } : null;
  }

  /** The one that has most gives first. */
  yield(bytesOver: number): number {
    const { peer, store } = this.#options;
    const accounts = store.nodes().map((node) => ({ node, bytes: peer.options.store.usage(node).bytes }));
    for (const { node, bytes } of accounts.toSorted((a, b) => b.bytes - a.bytes)) {
      const gone = bytes === 0 ? 0 : peer.options.store.pruneAccount(node, Math.max(0, bytes - bytesOver));
      if (gone > 0) return gone;
    }
    return 0;
  }

  figures(): ExchangeFigures {
    const lines = [...this.#lines.values()];
    const sum = (of: (line: NodeLine) => number): number => lines.reduce((all, line) => all + of(line), 0);
    return {
      nodes: lines.length,
      connected: sum(({ isUp }) => (isUp ? 1 : 0)),
      followed: sum(({ wanted }) => wanted.length),
      waiting: this.#options.store.carriedCount(),
      bytes: this.#bytes(),
      ...lines.map(countsOf).reduce(added, this.#past),
    };
  }

  nodes(): readonly OtherNode[] {
    const { store } = this.#options;
    return [...this.#lines.values()].map((line) => {
      const { compared, missing, comparedBytes, taken } = countsOf(line);
      return {
        node: line.node,
        address: store.addressesOf(line.node)[0] ?? '',
        isUp: line.isUp,
        heardMs: store.heardMs(line.node),
        followed: line.wanted.length,
        taken,
        compared,
        missing,
        comparedBytes,
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#planning?.cancel();
    this.#looking?.cancel();
    await this.#doing;
    await Promise.all([...this.#lines.values()].map((line) => line.close()));
    await this.#closing;
    this.#options.store[Symbol.dispose]();
  }

  get #nodeBytesMax(): number {
    return Math.floor(this.#options.bytesMax / exchangeNodePart);
  }

  /** Whoever ends the exchange waits for it; what fails is done again with the next commit, look or loss. */
  #do(event: string, task: () => Promise<void>): void {
    this.#doing = this.#behind(this.#doing, event, task);
  }

  async #behind(before: Promise<void>, event: string, task: () => Promise<void>): Promise<void> {
    await before;
    try {
      if (!this.#isOver) await task();
    } catch (thrown) {
      this.#options.env.log('warn', event, { fault: asFault(thrown).code });
    }
  }

  async #read(): Promise<void> {
    try {
      while (this.#isBehind && !this.#isOver) {
        this.#isBehind = false;
        const { any, changed } = await this.#learning.step();
        if (any) this.#isBehind = true;
        if (changed) this.#changed();
      }
    } finally {
      this.#isReading = false;
    }
  }

  #changed(pauseMs = exchangePlanMs): void {
    if (this.#planning !== null || this.#isOver) return;
    this.#planning = this.#options.env.after(pauseMs, () => {
      this.#planning = null;
      this.#planned();
    });
  }

  /** What could not be read or written is planned anew. */
  #planned(): void {
    if (!this.#tried('exchange.plan', () => this.#plan())) this.#changed(exchangeRetryMinMs);
  }

  /** An error of the disk must not end the node from a timer. */
  #tried(event: string, task: () => void): boolean {
    try {
      task();
      return true;
    } catch (thrown) {
      this.#options.env.log('warn', event, { fault: asFault(thrown).code });
      return false;
    }
  }

  /** Makes, changes and ends connections as is wanted now. */
  #plan(): void {
    const { store, node } = this.#options;
    const plans = planOf(store.wanted(), node, store.carriedNodes());
    const kept = new Set(plans.map((each) => hex(each.node)));
    for (const [name, line] of this.#lines) if (!kept.has(name)) this.#close(name, line);
    for (const each of plans) {
      const users = each.users.map((id): Target => ({ kind: 'user', id }));
      const threads = store.threads(each.node).map((id): Target => ({ kind: 'thread', id }));
      const line = this.#lines.get(hex(each.node)) ?? this.#open(each.node);
      this.#forget(each.node, line.wanted, [...users, ...threads]);
      line.want([...users, ...threads]);
      line.bringing.nudge();
    }
  }

  /** Who is followed no more is fetched again when somebody follows her again. */
  #forget(node: Key, before: readonly Target[], now: readonly Target[]): void {
    const kept = new Set(now.map(({ id }) => hex(id)));
    for (const { id } of before) if (!kept.has(hex(id))) this.#options.store.forgetFilled(node, id);
  }

  #open(node: Key): NodeLine {
    const { store, knock = LATER } = this.#options;
    const line = new NodeLine({
      ...this.#options,
      node,
      knock,
      bytesMax: this.#nodeBytesMax,
      heard: (author) => {
        const [address] = store.addressesOf(node);
        if (address === undefined || store.placesOf(author).length > 0) return;
        store.setPlaces(author, PLACE_SOURCE.carrier, [{ node, address }]);
      },
      lost: (ids) => this.#do('exchange.bringAgain', () => this.#bringAgain(node, ids)),
      brought: () => this.#changed(),
    });
    this.#lines.set(hex(node), line);
    return line;
  }

  /** What mentions somebody who is reached there is brought once more. */
  async #bringAgain(node: Key, ids: readonly Uint8Array[]): Promise<void> {
    if (await this.#learning.bringAgain(node, ids)) this.#changed();
  }

  #close(name: string, line: NodeLine): void {
    this.#lines.delete(name);
    this.#past = added(this.#past, countsOf(line));
    this.#closing = Promise.all([this.#closing, line.close()]);
  }

  /** Once in a while: users who are none any more, and accounts of nodes that together have too much. */
  #look(): void {
    this.#looking = this.#options.env.after(exchangeLookMs, () => {
      this.#tried('exchange.look', () => this.#madeRoom());
      this.#do('exchange.forget', () => this.#forgetOthers());
      this.committed();
      this.#look();
    });
  }

  #madeRoom(): void {
    const bytesOver = this.#bytes() - this.#options.bytesMax;
    if (bytesOver > 0) this.yield(bytesOver);
  }

  async #forgetOthers(): Promise<void> {
    if (await this.#learning.forgetOthers()) this.#changed();
  }

  #bytes(): number {
    const { peer, store } = this.#options;
    return store.nodes().reduce((sum, node) => sum + peer.options.store.usage(node).bytes, 0);
  }
}
