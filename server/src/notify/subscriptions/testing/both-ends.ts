/** For tests: both ends of `update`, with a network that loses, repeats and reorders, and copies to start anew from. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import type { SubscriptionChange, Update, Updated } from 'copse/internal/api/notify.ts';
import { must } from 'copse/internal/base/assert.ts';
import { hex, NO_BYTES } from 'copse/internal/base/bytes.ts';
import { deviceId, siteId, userId } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { NO_DIGEST } from 'copse/internal/social/subscriptions/digest.ts';
import { MemoryHeld, type Difference, type Held } from 'copse/internal/social/subscriptions/held.ts';
import { SubscriptionSender, type SenderSaved } from 'copse/internal/social/subscriptions/sender.ts';
import { differenceTo } from 'copse/internal/social/subscriptions/whole.ts';
import { SubscriptionReceiver, type Stored } from '../receiver.ts';

export const primitives = nativePrimitives();
export const user = userId('00000000000000aa');
export const deviceAt = (n: number) => deviceId(`dddddddd${n.toString(16).padStart(8, '0')}`);
export const siteAt = (n: number) => siteId(n.toString(16).padStart(8, '0').padStart(32, '5'));

/** By how much the clock of notify is ahead. */
const SKEW_MS = 7_200_000;

interface Copy extends Omit<Stored, 'state'> {
  readonly epoch: Uint8Array;
  readonly state: Difference;
}

/** Rows in order, with times as the sender's clock tells them left out. */
export function rowsOf(held: Held): unknown {
  const listeners = [...held.listeners()].map(({ device, site, listener }) => {
    const { override, tags, ...rest } = listener;
    const stated = override === null ? null : [override.level, override.forMs, override.untilMs === 0];
    return [`${device} ${site}`, { ...rest, override: stated, tags: hex(tags) }] as const;
  });
  const endpoints = [...held.endpoints()].map(([device, { url }]) => [device, url] as const);
  return {
    listeners: Object.fromEntries(listeners.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    endpoints: Object.fromEntries(endpoints.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    quiet: held.quiet,
  };
}

function whole(state: Difference): MemoryHeld {
  const held = new MemoryHeld();
  held.take(state);
  return held;
}

export class BothEnds {
  clockMs = 1_000_000;
  sender = new SubscriptionSender({ user, primitives });
  stored: Stored = { version: 0, hash: NO_BYTES, digest: NO_DIGEST, state: new MemoryHeld() };
  /** How often something was stored. */
  storeCount = 0;
  /** And how often a whole state. */
  wholeCount = 0;
  readonly #sent: Update[] = [];
  readonly #delivered: Update[] = [];
  readonly #answers: { readonly message: Update; readonly answer: Updated }[] = [];
  readonly #senderCopies: SenderSaved[] = [];
  readonly #receiverCopies: Copy[] = [];
  readonly #startMs = this.clockMs;
  #epochs = 0;
  #draws = 0;
  #epoch = NO_BYTES;
  #receiver = this.#begin(this.#newEpoch());

  constructor() {
    this.#keep();
  }

  change(changes: readonly SubscriptionChange[]): void {
    this.sender.change(changes, this.clockMs);
    this.#keep();
  }

  /** Puts what is to be said on its way. */
  send(): void {
    const message = this.sender.next(this.clockMs);
    if (message !== null) this.#sent.push(message);
    this.#keep();
  }

  /** One of the messages arrives, perhaps once more; its answer is on its way. */
  deliver(place: number): void {
    const message = this.#sent.at(-1 - (place % Math.max(1, this.#sent.length)));
    if (message === undefined) return;
    this.#delivered.push(message);
    this.#answers.push({ message, answer: this.#decide(message) });
    this.#keep();
  }

  answer(place: number): void {
    const given = this.#answers.at(-1 - (place % Math.max(1, this.#answers.length)));
    if (given === undefined) return;
    this.sender.answered(given.message, given.answer, this.clockMs);
    this.#keep();
  }

  restartSender(age: number): void {
    const saved = must(this.#senderCopies.at(-1 - (age % this.#senderCopies.length)), 'a copy');
    this.sender = new SubscriptionSender({ user, primitives, saved });
  }

  restartReceiver(age: number): void {
    const { epoch, state, ...rest } = must(
      this.#receiverCopies.at(-1 - (age % this.#receiverCopies.length)),
      'a copy',
    );
    this.stored = { ...rest, state: whole(state) };
    this.#receiver = this.#begin(epoch);
  }

  wipeReceiver(): void {
    this.stored = { version: 0, hash: NO_BYTES, digest: NO_DIGEST, state: new MemoryHeld() };
    this.#receiver = this.#begin(this.#newEpoch());
    this.#keep();
  }

  /** A network without faults until everything is said; answers how many messages it took. */
  settle(): number {
    for (let count = 0; ; count++) {
      const message = this.sender.next(this.clockMs);
      if (message === null) return count;
      ok(count < 40, 'it comes to an end');
      this.#sent.push(message);
      this.sender.answered(message, this.#decide(message), this.clockMs);
      this.#keep();
    }
  }

  /** Everything that was ever said comes once more. */
  repeatAll(): void {
    for (const message of this.#sent) this.#decide(message);
  }

  /** Everything that has arrived comes once more. */
  repeatDelivered(): void {
    for (const message of this.#delivered) this.#decide(message);
  }

  agree(): void {
    ok(this.sender.isSettled);
    deepEqual(rowsOf(this.stored.state), rowsOf(this.sender.held));
    for (const { device, site, listener } of this.sender.held.listeners()) {
      const other = this.stored.state.listener(device, site)?.override?.untilMs ?? 0;
      const own = listener.override?.untilMs ?? 0;
      if (own === 0) equal(other, 0);
      else ok(Math.abs(other - SKEW_MS - own) <= this.clockMs - this.#startMs, `${own} ${other}`);
    }
  }

  #decide(message: Update): Updated {
    const verdict = this.#receiver.decide(this.stored, message, this.clockMs + SKEW_MS);
    if (verdict.kind === 'answer') return verdict.answer;
    const { version, hash, digest, difference } = verdict;
    const state = whole(differenceTo(new MemoryHeld(), this.stored.state));
    state.take(difference);
    this.stored = { version, hash, digest, state };
    this.storeCount++;
    if (message.full !== null) this.wholeCount++;
    return verdict.answer;
  }

  #newEpoch(): Uint8Array {
    return new Uint8Array(8).fill(++this.#epochs);
  }

  #begin(epoch: Uint8Array): SubscriptionReceiver {
    this.#epoch = epoch;
    return new SubscriptionReceiver({ epoch, primitives, draw: () => 1_000 * ++this.#draws });
  }

  #keep(): void {
    this.#senderCopies.push(this.sender.save());
    const { state, ...rest } = this.stored;
    this.#receiverCopies.push({ ...rest, epoch: this.#epoch, state: differenceTo(new MemoryHeld(), state) });
  }
}
