/**
 * What stands between a program and the messages (SPEC Z55): the node itself, or in a browser the worker that has
 * those of its user. It says which, and what waits to be brought to the node.
 */

import type { PeerEvents, PeerRemote } from '../../api/peer.ts';
import { fromHex, NO_BYTES } from '../../base/bytes.ts';
import type { Env } from '../../base/env.ts';
import type { Fault } from '../../base/fault.ts';
import type { Key } from '../../base/ids.ts';
import { peerPageRowsMax } from '../../base/limits-peer.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import type { Contract, Events, Remote } from '../../wire/contract.ts';
import { Cell, type Store } from '../store.ts';
import type { PeerLine } from './line.ts';
import type { MessageId, Post } from './types.ts';

/**
 * Positions of the node, where a row is shown that is not kept on this device, stand above all that are given here,
 * so that the next page goes on at the right place.
 */
export const THERE = 2 ** 52;

export type Hello = Awaited<ReturnType<PeerRemote['hello']>>;

/** Where the messages are that a program reads. */
export type PlaceStorage =
  | { readonly kind: 'opening' }
  /** On this device: what one follows is read without the node, and what one writes waits for it. */
  | { readonly kind: 'kept'; readonly isUp: boolean }
  /** At the node alone; why not here, where something stands in the way. */
  | { readonly kind: 'none'; readonly why: Fault | null };

/** What one has written and the node has not taken. */
export interface Outgoing {
  readonly id: MessageId;
  readonly timeMs: number;
  /** Null: it waits, and is brought when the node can be reached. */
  readonly refusal: Fault | null;
}

export interface PlaceLine {
  /** `closed` when it cannot be reached in time, or why it never will. */
  get(): Promise<PeerRemote>;
  facet<F extends Contract>(contract: F, events: Events<F>): Promise<Remote<F>>;
  /** Of the node. */
  hello(): Promise<Hello>;
  readonly storage: Store<PlaceStorage>;
  readonly outgoing: Store<readonly Outgoing[]>;
  /** Where messages stand in what has arrived at the node, 0: it is not known; null: as their cursors say. */
  arrived(ids: readonly Uint8Array[]): Promise<readonly number[] | null>;
  again(id: Uint8Array): Promise<void>;
  drop(id: Uint8Array): Promise<void>;
  close(): void;
}

/** What a line is made with. */
export interface LineParts {
  readonly env: Env;
  readonly primitives: Primitives;
  /** Origin of the node. */
  readonly url: string;
  readonly node: Key;
  readonly events: PeerEvents;
  /** There is one: what was followed before is not any more. */
  readonly onUp: (remote: PeerRemote) => void;
  readonly onDown: () => void;
  /** A line to the node itself. */
  readonly direct: () => PlaceLine;
}

/** A line to the node itself. */
export function plainLine(line: PeerLine): PlaceLine {
  const nothing = new Cell<readonly Outgoing[]>([]);
  return {
    get: () => line.get(),
    facet: (contract, events) => line.facet(contract, events),
    hello: async () => (await line.get()).hello({}),
    storage: new Cell<PlaceStorage>({ kind: 'none', why: null }),
    outgoing: nothing,
    arrived: async () => null,
    again: async () => {},
    drop: async () => {},
    close: () => line.close(),
  };
}

/** Where posts stand in what has arrived at the node; null: it is not known on this device. */
export async function arrivedOf(
  line: Pick<PlaceLine, 'arrived'>,
  posts: readonly Pick<Post, 'id' | 'cursor'>[],
): Promise<readonly (number | null)[]> {
  const all: (number | null)[] = [];
  for (let from = 0; from < posts.length; from += peerPageRowsMax) {
    const some = posts.slice(from, from + peerPageRowsMax);
    const places = await line.arrived(some.map(({ id }) => fromHex(id) ?? NO_BYTES));
    for (const [at, { cursor }] of some.entries()) {
      const isThere = places === null || cursor.seq >= THERE;
      const place = isThere ? cursor.seq % THERE : (places[at] ?? 0);
      all.push(place === 0 ? null : place);
    }
  }
  return all;
}
