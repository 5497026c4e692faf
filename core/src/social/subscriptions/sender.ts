/**
 * The sender's end of `update`: what auth holds of a user, and which message brings notify to the same. Pure:
 * its owner sends what `next` says, as often as it likes, tells `answered`, and keeps `save()` where its state
 * survives, or row by row what `moved` says; an older copy of that costs one whole state (SPEC I11).
 *
 * A batch stays the same until it is answered, because notify knows it again by its hash. What has a duration
 * would begin anew when it is repeated much later: then the whole state goes, with what is left of it.
 */

import type { SubscriptionChange, Update, Updated } from '../../api/notify.ts';
import type { UserId } from '../../base/ids.ts';
import { changesPerUpdateMax, changesWaitingMax, timedChangeMs } from '../../base/limits-notify.ts';
import { Draft, differenceBy, isTimed } from './change.ts';
import { DIGEST_BYTES, digestBetween, NO_DIGEST, xor, type Sha256 } from './digest.ts';
import { MemoryHeld, type Difference, type Held } from './held.ts';
import { Moved } from './moved.ts';
import { changesOf, differenceTo } from './whole.ts';

/** A change that has been taken over here and that notify has not been told of. */
export interface Waiting {
  readonly change: SubscriptionChange;
  readonly atMs: number;
  /** Of the state behind it. */
  readonly digest: Uint8Array;
}

/** What survives a restart. Nothing in it is changed afterwards. */
export interface SenderSaved {
  /** Of the store of notify; null while nothing is known of it. */
  readonly epoch: Uint8Array | null;
  readonly version: number;
  /** Nothing less than the whole state will do. */
  readonly isWhole: boolean;
  readonly state: Difference;
  /** The first `inFlight` of them were sent as one batch. */
  readonly waiting: readonly Waiting[];
  readonly inFlight: number;
}

/** What an owner that keeps rows keeps beside them, while everything is said. */
export type SenderHead = Pick<SenderSaved, 'epoch' | 'version'>;

export interface SenderOptions {
  readonly user: UserId;
  readonly primitives: Sha256;
  readonly saved?: SenderSaved;
}

type Flight =
  | { readonly kind: 'ask'; readonly message: Update }
  | { readonly kind: 'batch'; readonly message: Update; readonly count: number }
  | {
      readonly kind: 'whole';
      readonly message: Update;
      readonly parts: readonly (readonly SubscriptionChange[])[];
      /** Of the state that the parts make; changes may have followed. */
      readonly digest: Uint8Array;
      readonly movedMs: number;
      readonly isTimed: boolean;
    };

/** What no store has: who asks under it is told the right one. */
const NO_EPOCH: Uint8Array = new Uint8Array(DIGEST_BYTES);

export class SubscriptionSender {
  readonly #user: UserId;
  readonly #primitives: Sha256;
  #held = new MemoryHeld();
  #digest = NO_DIGEST;
  #epoch: Uint8Array | null = null;
  #version = 0;
  #isWhole = true;
  #waiting: Waiting[] = [];
  #flight: Flight | null = null;
  #moved = new Moved();

  constructor({ user, primitives, saved }: SenderOptions) {
    this.#user = user;
    this.#primitives = primitives;
    if (saved === undefined) return;
    this.#take(saved.state);
    this.#moved = new Moved();
    this.#epoch = saved.epoch;
    this.#version = saved.version;
    this.#isWhole = saved.isWhole;
    this.#waiting = [...saved.waiting];
    if (saved.inFlight > 0) this.#flight = this.#batch(saved.inFlight);
  }

  get held(): Held {
    return this.#held;
  }

  get head(): SenderHead {
    return { epoch: this.#epoch, version: this.#version };
  }

  /** Rows that have changed since the last time; null when there are none. */
  moved(): Difference | null {
    const moved = this.#moved;
    this.#moved = new Moved();
    return moved.difference();
  }

  /** Whether notify has said that it holds the same. */
  get isSettled(): boolean {
    return !this.#isWhole && this.#flight === null && this.#waiting.length === 0;
  }

  /** Throws `tooMany` or `malformed`, and then nothing has changed. */
  change(changes: readonly SubscriptionChange[], nowMs: number): void {
    // Each on its own for its digest, after all of them have been found to be right.
    differenceBy(this.#held, changes, nowMs);
    for (const change of changes) {
      this.#take(differenceBy(this.#held, [change], nowMs));
      // The whole state that is to come holds it; one on its way does not.
      if (!this.#isWhole || this.#flight?.kind === 'whole')
        this.#waiting.push({ change, atMs: nowMs, digest: this.#digest });
    }
    if (this.#waiting.length > changesWaitingMax) this.#needWhole();
  }

  /** The message that is to be sent, the same until its answer or until it is too old; null when all is said. */
  next(nowMs: number): Update | null {
    if (this.#flight !== null && this.#isTooOld(this.#flight, nowMs)) this.#needWhole();
    this.#flight ??= this.#launch(nowMs);
    return this.#flight?.message ?? null;
  }

  /** An answer to a message; one to a message that is not the one in flight says nothing. */
  answered(message: Update, answer: Updated, nowMs: number): void {
    const flight = this.#flight;
    if (flight === null || flight.message !== message) return;
    this.#flight = null;
    if (answer.kind === 'unknown') {
      this.#needWhole();
      this.#epoch = answer.epoch.slice();
      this.#version = answer.version;
      return;
    }
    if (answer.kind === 'more') return this.#more(flight, answer.part, nowMs);
    if (flight.kind === 'ask') return this.#needWhole();
    this.#version = answer.version;
    if (flight.kind === 'whole') this.#isWhole = false;
    else this.#waiting.splice(0, flight.count);
  }

  save(): SenderSaved {
    const flight = this.#flight;
    const none = new MemoryHeld();
    return {
      epoch: this.#epoch,
      version: this.#version,
      // Parts are not kept: they begin again.
      isWhole: this.#isWhole || flight?.kind === 'whole',
      state: differenceTo(none, this.#held),
      waiting: [...this.#waiting],
      inFlight: flight?.kind === 'batch' ? flight.count : 0,
    };
  }

  #take(difference: Difference): void {
    this.#digest = xor(this.#digest, digestBetween(this.#primitives, this.#held, difference));
    this.#held.take(difference);
    this.#moved.add(difference);
  }

  #needWhole(): void {
    this.#isWhole = true;
    this.#waiting = [];
    this.#flight = null;
  }

  #isTooOld(flight: Flight, nowMs: number): boolean {
    if (flight.kind === 'ask') return false;
    if (flight.kind === 'whole') return flight.isTimed && nowMs - flight.movedMs > timedChangeMs;
    return this.#hasOld(flight.count, nowMs);
  }

  #hasOld(count: number, nowMs: number): boolean {
    return this.#waiting
      .slice(0, count)
      .some(({ change, atMs }) => isTimed(change) && nowMs - atMs > timedChangeMs);
  }

  #launch(nowMs: number): Flight | null {
    if (this.#epoch === null) return this.#ask();
    const count = Math.min(changesPerUpdateMax, this.#waiting.length);
    if (!this.#isWhole && this.#hasOld(count, nowMs)) this.#needWhole();
    if (this.#isWhole) return this.#whole(nowMs);
    return count === 0 ? null : this.#batch(count);
  }

  #ask(): Flight {
    const message = {
      user: this.#user,
      epoch: NO_EPOCH,
      base: 0,
      digest: NO_DIGEST,
      full: null,
      changes: [],
    };
    return { kind: 'ask', message };
  }

  #batch(count: number): Flight {
    const batch = this.#waiting.slice(0, count);
    const changes = batch.map(({ change }) => change);
    const digest = batch.at(-1)?.digest ?? NO_DIGEST;
    return { kind: 'batch', count, message: { ...this.#head(), digest, full: null, changes } };
  }

  #whole(nowMs: number): Flight {
    const changes = [...changesOf(this.#held, nowMs)];
    const draft = new Draft(new MemoryHeld(), nowMs);
    for (const change of changes) draft.apply(change);
    // What has ended is left out, and durations are what is left of them: here as there.
    const said = new MemoryHeld();
    said.take(draft.difference());
    this.#take(differenceTo(this.#held, said));
    this.#waiting = [];
    const parts = partsOf(changes);
    return this.#part({ parts, digest: this.#digest, movedMs: nowMs, isTimed: changes.some(isTimed) }, 0);
  }

  #part(whole: Omit<Extract<Flight, { kind: 'whole' }>, 'kind' | 'message'>, part: number): Flight {
    const { parts, digest } = whole;
    const full = { part, parts: parts.length };
    const message = { ...this.#head(), digest, full, changes: parts[part] ?? [] };
    return { kind: 'whole', ...whole, message };
  }

  #more(flight: Flight, part: number, nowMs: number): void {
    if (flight.kind !== 'whole' || part >= flight.parts.length) return this.#needWhole();
    this.#flight = this.#part({ ...flight, movedMs: nowMs }, part);
  }

  #head(): Pick<Update, 'user' | 'epoch' | 'base'> {
    return { user: this.#user, epoch: this.#epoch ?? NO_EPOCH, base: this.#version };
  }
}

/** One at least, because an empty state is one too. */
function partsOf(changes: readonly SubscriptionChange[]): readonly (readonly SubscriptionChange[])[] {
  const count = Math.max(1, Math.ceil(changes.length / changesPerUpdateMax));
  return Array.from({ length: count }, (_, i) =>
    changes.slice(changesPerUpdateMax * i, changesPerUpdateMax * (i + 1)),
  );
}
