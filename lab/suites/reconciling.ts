/** Two sets that are compared to the end, for the tests, the judge and the benchmark of reconciliation (SPEC Z35). */

import { assert } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { Initiator } from 'copse/internal/social/reconcile/initiator.ts';
import type { Item } from 'copse/internal/social/reconcile/item.ts';
import { ItemSet } from 'copse/internal/social/reconcile/item-set.ts';
import { Responder } from 'copse/internal/social/reconcile/responder.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';

export interface Outcome {
  /** Ids in hexadecimal, sorted; one that was told twice stands there twice. */
  readonly have: readonly string[];
  readonly need: readonly string[];
  readonly messages: number;
  readonly upBytes: number;
  readonly downBytes: number;
  /** The longest message of each side. */
  readonly upMost: number;
  readonly downMost: number;
}

export interface Asking {
  start(): Uint8Array;
  on(answer: Uint8Array): {
    readonly have: Iterable<{ readonly id: Uint8Array }>;
    readonly need: Iterable<Uint8Array>;
    readonly message: Uint8Array | null;
  };
}

export interface Answering {
  on(message: Uint8Array): Uint8Array;
}

/** Well above what any two honest sides of a test take. */
const MESSAGES_MAX = 100_000;
const primitives = nativePrimitives();

export function reconcile(asking: Asking, answering: Answering): Outcome {
  const have: string[] = [];
  const need: string[] = [];
  let messages = 0;
  let [upBytes, downBytes] = [0, 0];
  let [upMost, downMost] = [0, 0];
  for (let message: Uint8Array | null = asking.start(); message !== null; messages++) {
    assert(messages < MESSAGES_MAX, 'the two sides come to an end');
    upBytes += message.length;
    const answer = answering.on(message);
    downBytes += answer.length;
    upMost = Math.max(upMost, message.length);
    downMost = Math.max(downMost, answer.length);
    const step = asking.on(answer);
    for (const { id } of step.have) have.push(hex(id));
    for (const id of step.need) need.push(hex(id));
    ({ message } = step);
  }
  return { have: have.toSorted(), need: need.toSorted(), messages, upBytes, downBytes, upMost, downMost };
}

export interface Frames {
  readonly asking: number;
  readonly answering: number;
}

/** Ours on both sides, without a limit on messages. */
export function reconcileOurs(ours: ItemSet, theirs: ItemSet, frames: Partial<Frames> = {}): Outcome {
  const roundsMax = MESSAGES_MAX + 1;
  const options = (frameBytesMax?: number) =>
    frameBytesMax === undefined ? { roundsMax } : { roundsMax, frameBytesMax };
  return reconcile(
    new Initiator({ primitives, snapshot: ours.snapshot() }, options(frames.asking)),
    new Responder({ primitives, snapshot: theirs.snapshot() }, options(frames.answering)),
  );
}

/** What must come out. */
export function differences(ours: readonly Item[], theirs: readonly Item[]): Pick<Outcome, 'have' | 'need'> {
  const ids = (items: readonly Item[]) => new Set(items.map(({ id }) => hex(id)));
  const [a, b] = [ids(ours), ids(theirs)];
  const without = (ids: ReadonlySet<string>, others: ReadonlySet<string>) =>
    [...ids].filter((id) => !others.has(id)).toSorted();
  return { have: without(a, b), need: without(b, a) };
}

export function setOf(items: Iterable<Item>, tailMax?: number): ItemSet {
  const set = new ItemSet(undefined, tailMax === undefined ? {} : { tailMax });
  for (const item of items) set.insert(item);
  return set;
}

/** The same items for the same seed: xorshift, which is quick and needs to be no more. */
export function drawItems(seed: number, count: number, times: (n: number) => number): readonly Item[] {
  let state = Math.imul(seed + 1, 0x9e3779b9) | 1;
  return Array.from({ length: count }, (_, n) => {
    const id = new Uint8Array(32);
    const words = new DataView(id.buffer);
    for (let at = 0; at < 32; at += 4) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words.setInt32(at, state);
    }
    return { time: times(n), id };
  });
}
