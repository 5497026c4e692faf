/**
 * The receiver's end of `update`: whether changes apply to what is stored of a user, and what is to be stored
 * then (SPEC I11). Pure, but for the parts of whole states that wait for their last one; whoever loses them
 * is sent them again.
 *
 * A batch applies when the store is the one it was made for and the version its base. A whole state takes the
 * place of the version that it names, so that one which was long on its way replaces nothing that came after;
 * its own version is drawn, so that a copy of the store from before never holds another state under it.
 */

import { updateShape, type Update, type Updated } from 'copse/internal/api/notify.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import { updatesUnderWayMax } from 'copse/internal/base/limits-notify.ts';
import { domain, separated } from 'copse/internal/crypto/domain.ts';
import { differenceBy } from 'copse/internal/social/subscriptions/change.ts';
import {
  digestBetween,
  isSame,
  NO_DIGEST,
  xor,
  type Sha256,
} from 'copse/internal/social/subscriptions/digest.ts';
import { MemoryHeld, type Difference, type Held } from 'copse/internal/social/subscriptions/held.ts';
import { differenceTo } from 'copse/internal/social/subscriptions/whole.ts';
import { encode } from 'copse/internal/wire/shape.ts';

/** What the store has of a user. */
export interface Stored {
  /** 0: nothing. */
  readonly version: number;
  /** Of the update that led to it. */
  readonly hash: Uint8Array;
  readonly digest: Uint8Array;
  readonly state: Held;
}

export type Verdict =
  | { readonly kind: 'answer'; readonly answer: Updated }
  /** To be answered when it is durable. */
  | {
      readonly kind: 'store';
      readonly answer: Updated;
      readonly version: number;
      readonly hash: Uint8Array;
      readonly digest: Uint8Array;
      readonly difference: Difference;
    };

export interface ReceiverOptions {
  /** Of the store. */
  readonly epoch: Uint8Array;
  readonly primitives: Sha256;
  /** A number below 2^32, for the version of a whole state. */
  readonly draw: () => number;
}

/** A whole state as far as its parts have come. */
interface UnderWay {
  readonly hash: Uint8Array;
  readonly state: MemoryHeld;
  digest: Uint8Array;
  next: number;
}

/** What an update makes of a state. */
interface Outcome {
  readonly difference: Difference;
  readonly digest: Uint8Array;
}

interface At {
  readonly hash: Uint8Array;
  readonly nowMs: number;
}

const HASH = domain('notify/update');
const HASH_BYTES = 16;

export class SubscriptionReceiver {
  readonly #options: ReceiverOptions;
  readonly #underWay = new Cache<UserId, UnderWay>(updatesUnderWayMax);

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /** Throws `tooMany` or `malformed` for what no sender of ours says. */
  decide(stored: Stored, update: Update, nowMs: number): Verdict {
    const { epoch, primitives } = this.#options;
    const unknown = answered({ kind: 'unknown', epoch, version: stored.version });
    if (!isSame(update.epoch, epoch)) return unknown;
    const hash = updateHash(primitives, update);
    if (isSame(stored.hash, hash)) return answered({ kind: 'ok', version: stored.version });
    if (update.base !== stored.version) return unknown;
    const outcome =
      update.full === null ? this.#batch(stored, update, nowMs) : this.#part(stored, update, { hash, nowMs });
    if (typeof outcome === 'number') return answered({ kind: 'more', part: outcome });
    if (!isSame(outcome.digest, update.digest)) return unknown;
    const version = update.base + 1 + (update.full === null ? 0 : this.#options.draw());
    return { kind: 'store', answer: { kind: 'ok', version }, version, hash, ...outcome };
  }

  #batch({ state, digest }: Stored, { changes }: Update, nowMs: number): Outcome {
    const difference = differenceBy(state, changes, nowMs);
    return { difference, digest: xor(digest, digestBetween(this.#options.primitives, state, difference)) };
  }

  /** The number of the part that is to come, or the outcome of all of them, whatever the digest was before. */
  #part({ state }: Stored, { user, full, changes }: Update, at: At): Outcome | number {
    const underWay = this.#underWayOf(user, at.hash);
    if (full?.part === underWay.next) {
      const difference = differenceBy(underWay.state, changes, at.nowMs);
      const digest = digestBetween(this.#options.primitives, underWay.state, difference);
      underWay.digest = xor(underWay.digest, digest);
      underWay.state.take(difference);
      underWay.next++;
    }
    if (underWay.next < (full?.parts ?? 0)) {
      this.#underWay.set(user, underWay);
      return underWay.next;
    }
    this.#underWay.delete(user);
    return { difference: differenceTo(inMemory(state), underWay.state), digest: underWay.digest };
  }

  #underWayOf(user: UserId, hash: Uint8Array): UnderWay {
    const known = this.#underWay.get(user);
    if (known !== undefined && isSame(known.hash, hash)) return known;
    return { hash, state: new MemoryHeld(), digest: NO_DIGEST, next: 0 };
  }
}

/** All of it at once: to look for each row by itself takes five times as long. */
function inMemory(state: Held): MemoryHeld {
  const copy = new MemoryHeld();
  copy.take({ listeners: [...state.listeners()], endpoints: [...state.endpoints()], quiet: state.quiet });
  return copy;
}

function answered(answer: Updated): Verdict {
  return { kind: 'answer', answer };
}

/** Knows a batch again by all of it, and a whole state by its digest, which all its parts share. */
function updateHash(primitives: Sha256, update: Update): Uint8Array {
  const { full } = update;
  const same: Update =
    full === null ? update : { ...update, full: { part: 0, parts: full.parts }, changes: [] };
  return primitives.sha256(separated(HASH, encode(updateShape, same))).subarray(0, HASH_BYTES);
}
