/**
 * The messages of one push service, in the order in which they leave: by priority, then as they came. One device
 * has at most one under way, so that what is newer never arrives first; a later message with the same topic takes
 * the place of an earlier one (RFC 8030, section 5.4). All operations are O(log n) at most.
 */

import { assert } from 'copse/internal/base/assert.ts';

import { DueHeap } from './due-heap.ts';

/** 0: mentions and tests. 1: what most send. 2: sites with very many listeners. */
export type Priority = 0 | 1 | 2;
const PRIORITIES: readonly Priority[] = [0, 1, 2];

export interface LineMessage {
  readonly id: string;
  /** Which device, however it is named: its endpoint. */
  readonly device: string;
  readonly topic: string | null;
  readonly priority: Priority;
  /** Monotonic time at which it is worth nothing any more. */
  readonly expiresAtMs: number;
  /** There is a shorter form of it. */
  readonly hasLean: boolean;
}

export interface Item {
  message: LineMessage;
  attempts: number;
  isLean: boolean;
  /** What the service answered last, if anything. */
  last: string;
  /** Its device unsubscribed while it was under way: it is not sent again. */
  isWithdrawn: boolean;
  place: 'ready' | 'due' | 'parked' | 'sent' | 'out';
  dueAtMs: number;
  heapAt: number;
}

interface Spot {
  readonly items: Set<Item>;
  sent: Item | null;
  /** Nothing for this device until then: its service asked for that. */
  heldUntilMs: number;
  /** Nothing until then either: others shall go first. */
  putOffUntilMs: number;
}

/** First in, first out; whatever stands in it can be taken out. */
class Fifo {
  readonly #items = new Set<Item>();
  /** Goes on where it stopped: a set that is emptied from its front is slow to begin anew. */
  #walk: IterableIterator<Item> | null = null;

  add(item: Item): void {
    this.#items.add(item);
  }

  remove(item: Item): void {
    this.#items.delete(item);
  }

  take(): Item | null {
    if (this.#items.size === 0) return null;
    this.#walk ??= this.#items.values();
    const { value, done } = this.#walk.next();
    if (done !== true) {
      this.#items.delete(value);
      return value;
    }
    this.#walk = null;
    return this.take();
  }
}

export class LineQueue {
  readonly #itemById = new Map<string, Item>();
  readonly #spotByDevice = new Map<string, Spot>();
  readonly #ready: readonly [Fifo, Fifo, Fifo] = [new Fifo(), new Fifo(), new Fifo()];
  readonly #due = new DueHeap<Item>();
  #sentCount = 0;

  /** All that has not ended, under way or not. */
  get count(): number {
    return this.#itemById.size;
  }

  get sentCount(): number {
    return this.#sentCount;
  }

  /** When the first of those that wait for a time is due. */
  get firstDueAtMs(): number | null {
    return this.#due.first?.dueAtMs ?? null;
  }

  get(id: string): Item | undefined {
    return this.#itemById.get(id);
  }

  /** Adds a message; what it takes the place of is answered. */
  add(message: LineMessage): LineMessage | null {
    assert(!this.#itemById.has(message.id), 'a message is offered once');
    const spot = this.#spotOf(message.device);
    const earlier = message.topic === null ? undefined : waitingFor(spot, message.topic);
    const item: Item = earlier ?? {
      message,
      attempts: 0,
      isLean: false,
      last: '',
      isWithdrawn: false,
      place: 'out',
      dueAtMs: 0,
      heapAt: -1,
    };
    const replaced = earlier === undefined ? null : earlier.message;
    if (replaced !== null) this.#itemById.delete(replaced.id);
    this.#itemById.set(message.id, item);
    spot.items.add(item);
    if (replaced === null) this.#makeReady(item);
    else this.#renew(item, message);
    return replaced;
  }

  /** What takes the place of another one waits as that did, and comes forward when it is more urgent. */
  #renew(item: Item, message: LineMessage): void {
    const wasReady = item.place === 'ready' && item.message.priority !== message.priority;
    if (wasReady) this.#lift(item);
    item.message = message;
    item.isLean = false;
    if (wasReady) this.#makeReady(item);
  }

  /** The next message that may leave now, marked as sent; those that have expired are handed to `expired`. */
  next(nowMs: number, expired: (item: Item) => void): Item | null {
    for (let due = this.#due.first; due !== undefined && due.dueAtMs <= nowMs; due = this.#due.first) {
      this.#lift(due);
      this.#makeReady(due);
    }
    for (let item = this.#takeReady(); item !== null; item = this.#takeReady()) {
      const spot = this.#spotOf(item.message.device);
      if (item.message.expiresAtMs <= nowMs) {
        this.remove(item);
        expired(item);
      } else if (spot.sent !== null) item.place = 'parked';
      else if (pausedUntilMs(spot) > nowMs) this.#makeDue(item, pausedUntilMs(spot));
      else return this.#send(item, spot);
    }
    return null;
  }

  #send(item: Item, spot: Spot): Item {
    spot.sent = item;
    item.place = 'sent';
    this.#sentCount++;
    return item;
  }

  /** A message that was sent stays, and waits: until `dueAtMs`, or in the line again. */
  back(item: Item, dueAtMs: number | null): void {
    this.#arrived(item);
    if (dueAtMs === null) this.#makeReady(item);
    else this.#makeDue(item, dueAtMs);
  }

  /** Takes a message out, wherever it is. */
  remove(item: Item): void {
    if (item.place === 'sent') this.#arrived(item);
    else this.#lift(item);
    this.#itemById.delete(item.message.id);
    const spot = this.#spotOf(item.message.device);
    spot.items.delete(item);
    if (spot.items.size === 0 && pausedUntilMs(spot) === 0) this.#spotByDevice.delete(item.message.device);
  }

  /** The messages for a device that are not under way. */
  waitingOf(device: string): readonly Item[] {
    return [...(this.#spotByDevice.get(device)?.items ?? [])].filter((item) => item.place !== 'sent');
  }

  /** The message for a device that is under way. */
  sentOf(device: string): Item | null {
    return this.#spotByDevice.get(device)?.sent ?? null;
  }

  /** Nothing for this device until then, or later if that was said before. */
  hold(device: string, untilMs: number): void {
    const spot = this.#spotOf(device);
    spot.heldUntilMs = Math.max(spot.heldUntilMs, untilMs);
  }

  /** Nothing for this device until then; 0 ends that, and other pauses than those of `hold`. */
  putOff(device: string, untilMs: number): void {
    const spot = this.#spotOf(device);
    spot.putOffUntilMs = untilMs;
    if (untilMs > 0) return;
    for (const item of spot.items) {
      if (item.place !== 'due') continue;
      this.#lift(item);
      this.#makeReady(item);
    }
  }

  /** All is well with this device. */
  release(device: string): void {
    const spot = this.#spotOf(device);
    spot.heldUntilMs = 0;
    spot.putOffUntilMs = 0;
  }

  /** The message that waits longest among those of the least priority, if that is less than `priority`. */
  takeLesser(priority: Priority): Item | null {
    for (const lesser of PRIORITIES.toReversed()) {
      if (lesser <= priority) return null;
      const item = this.#ready[lesser].take();
      if (item === null) continue;
      this.remove(item);
      return item;
    }
    return null;
  }

  /** Forgets devices for which nothing waits and whose pause has passed. */
  sweep(nowMs: number): void {
    for (const [device, spot] of this.#spotByDevice)
      if (spot.items.size === 0 && pausedUntilMs(spot) <= nowMs) this.#spotByDevice.delete(device);
  }

  get deviceCount(): number {
    return this.#spotByDevice.size;
  }

  #arrived(item: Item): void {
    const spot = this.#spotOf(item.message.device);
    assert(spot.sent === item, 'what arrives was sent');
    spot.sent = null;
    item.place = 'out';
    this.#sentCount--;
    for (const other of spot.items) if (other.place === 'parked') this.#makeReady(other);
  }

  #takeReady(): Item | null {
    for (const fifo of this.#ready) {
      const item = fifo.take();
      if (item === null) continue;
      item.place = 'out';
      return item;
    }
    return null;
  }

  #makeReady(item: Item): void {
    item.place = 'ready';
    this.#ready[item.message.priority].add(item);
  }

  #makeDue(item: Item, dueAtMs: number): void {
    item.place = 'due';
    item.dueAtMs = dueAtMs;
    this.#due.add(item);
  }

  #lift(item: Item): void {
    if (item.place === 'due') this.#due.remove(item);
    if (item.place === 'ready') this.#ready[item.message.priority].remove(item);
    item.place = 'out';
  }

  #spotOf(device: string): Spot {
    const known = this.#spotByDevice.get(device);
    if (known !== undefined) return known;
    const spot: Spot = { items: new Set(), sent: null, heldUntilMs: 0, putOffUntilMs: 0 };
    this.#spotByDevice.set(device, spot);
    return spot;
  }
}

function pausedUntilMs({ heldUntilMs, putOffUntilMs }: Spot): number {
  return Math.max(heldUntilMs, putOffUntilMs);
}

function waitingFor(spot: Spot, topic: string): Item | undefined {
  for (const item of spot.items) if (item.message.topic === topic && item.place !== 'sent') return item;
  return undefined;
}
