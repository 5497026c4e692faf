/**
 * PIN recovery over realms, the nodes of friends (SPEC P1-P5): a password-protected secret sharing after
 * Jarecki, Kiayias and Krawczyk (2014) with the two phases of the Juicebox protocol. Each realm has a key of
 * its own for a verifiable oblivious function. The unlocking secret U is dealt in shares; the share of a realm
 * stands in the card, masked with what that realm answers to the stretched PIN. `threshold` right answers give
 * U. A MAC by U opens a realm: it gives back its share of a second secret E and forgets the guesses. What is
 * recovered is sealed under both.
 *
 * Fewer realms than the threshold, together with the code, can test no PIN: whatever they try leaves shares
 * that are as likely as any others. Nothing that a realm holds may depend on less than U for that reason.
 */

import { assert, must } from '../base/assert.ts';
import { concat, equal, NO_BYTES } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { open, seal } from '../crypto/aead.ts';
import { domain } from '../crypto/domain.ts';
import { deriveKey, hashOf, macOf } from '../crypto/hash.ts';
import {
  oprfBlind,
  oprfFinalize,
  oprfKeyOf,
  oprfOutput,
  oprfSeedBytes,
  type OprfAnswer,
  type OprfBlind,
} from '../crypto/oprf.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { combine, deal, isScalar, maskBytes, maskShare, unmaskShare, type Share } from '../crypto/shares.ts';
import { stretch } from '../crypto/stretch.ts';
import { sealCard, type Card, type CardRealm } from './recovery-card.ts';
import { recoveryIdAt, type RecoveryKeys } from './recovery-code.ts';

const INPUT = domain('recovery/input');
const MASK = domain('recovery/mask');
const UNLOCK = domain('recovery/unlock');
const CHECK = domain('recovery/check');
const TAG = domain('recovery/tag');
const SHARE = domain('recovery/share');
const PAYLOAD = domain('recovery/payload');

const HALF = 32;

export interface RealmAddress {
  readonly url: string;
  readonly node: Uint8Array;
}

export interface RecoveryPlan {
  readonly pin: string;
  readonly realms: readonly RealmAddress[];
  readonly threshold: number;
  readonly triesMax: number;
  readonly costLog: number;
  /** What is given back. */
  readonly payload: Uint8Array;
}

/** What one realm is given to keep. */
export interface RealmPart {
  readonly url: string;
  readonly node: Uint8Array;
  readonly id: Uint8Array;
  /** Of its key. */
  readonly seed: Uint8Array;
  /** Whoever brings it has recovered. */
  readonly tag: Uint8Array;
  /** Of E. */
  readonly share: Uint8Array;
}

export interface MadeRecovery {
  readonly version: Uint8Array;
  readonly madeMs: number;
  /** Sealed; the same for all realms. */
  readonly card: Uint8Array;
  readonly parts: readonly RealmPart[];
}

/** Everything that a new registration, or a renewed one, consists of. */
export async function makeRecovery(
  primitives: Primitives,
  env: Env,
  keys: RecoveryKeys,
  plan: RecoveryPlan,
): Promise<MadeRecovery> {
  const { realms, threshold } = plan;
  const version = env.random(16);
  const salt = env.random(16);
  const stretched = await stretch(plan.pin, salt, plan.costLog);
  const unlocking = deal(env, threshold, realms.length);
  const second = deal(env, threshold, realms.length);
  const unlockKey = unlockKeyOf(primitives, unlocking.secret, stretched, version);
  const made = realms.map((realm, i) => {
    const share = must(second.shares[i], 'a share for each realm');
    const seed = env.random(oprfSeedBytes);
    const at = { version, node: realm.node };
    const key = oprfKeyOf(seed);
    const output = oprfOutput(env, key, inputOf(stretched, at));
    const masked = maskShare(
      must(unlocking.shares[i], 'a share for each realm'),
      padOf(primitives, output, at),
    );
    const commitment = commitmentOf(primitives, unlockKey, at, share);
    const part: RealmPart = {
      ...realm,
      id: recoveryIdAt(primitives, keys.code, realm.node),
      seed,
      tag: tagOf(primitives, unlockKey, at),
      share,
    };
    return { part, row: { ...realm, publicKey: key.publicKey, masked, commitment } };
  });
  const madeMs = Math.floor(env.wallMs());
  const payloadKey = payloadKeyOf(primitives, unlockKey, second.secret, version);
  const card = await sealCard(primitives, env, keys, {
    version,
    madeMs,
    threshold,
    triesMax: plan.triesMax,
    salt,
    costLog: plan.costLog,
    check: hashOf(primitives, CHECK, unlockKey),
    realms: made.map(({ row }) => row),
    sealed: seal(primitives, env, { key: payloadKey, associated: NO_BYTES }, plan.payload),
  });
  return { version, madeMs, card, parts: made.map(({ part }) => part) };
}

/** One realm of a card, with its place there. */
interface Seat {
  readonly realm: CardRealm;
  /** From 1. */
  readonly number: number;
}

interface Question {
  readonly input: Uint8Array;
  readonly own: OprfBlind;
}

/** Whoever recovers, with one PIN and one card. Each realm is asked once. */
export class Guess {
  readonly card: Card;
  readonly #primitives: Primitives;
  readonly #env: Env;
  readonly #stretched: Uint8Array;
  readonly #questions = new Map<number, Question>();
  readonly #unlocking = new Map<number, Uint8Array>();
  readonly #second = new Map<number, Uint8Array>();
  #unlockKey: Uint8Array | null = null;

  private constructor(primitives: Primitives, env: Env, card: Card, stretched: Uint8Array) {
    this.#primitives = primitives;
    this.#env = env;
    this.card = card;
    this.#stretched = stretched;
  }

  static async begin(primitives: Primitives, env: Env, card: Card, pin: string): Promise<Guess> {
    return new Guess(primitives, env, card, await stretch(pin, card.salt, card.costLog));
  }

  /** What the realm with this number, from 1, is to evaluate. */
  ask(number: number): Uint8Array {
    const { realm } = this.#seat(number);
    const input = inputOf(this.#stretched, { version: this.card.version, node: realm.node });
    const own = oprfBlind(this.#env, input);
    this.#questions.set(number, { input, own });
    return own.blinded;
  }

  /** Takes a realm's answer; false when it is not by the key that the card names (SPEC P4). */
  take(number: number, answer: OprfAnswer): boolean {
    const { realm } = this.#seat(number);
    const { input, own } = must(this.#questions.get(number), 'a realm answers what it was asked');
    this.#questions.delete(number);
    const output = oprfFinalize(input, own, realm.publicKey, answer);
    if (output === null) return false;
    const pad = padOf(this.#primitives, output, { version: this.card.version, node: realm.node });
    const share = unmaskShare(realm.masked, pad);
    if (share === null) return false;
    this.#unlocking.set(number, share);
    return true;
  }

  /** So many more realms must answer. */
  get missing(): number {
    return Math.max(0, this.card.threshold - this.#unlocking.size);
  }

  /** Whether the PIN is the right one, as soon as enough realms have answered rightly. */
  solve(): boolean {
    assert(this.missing === 0, 'enough realms have answered');
    const secret = combine(some(this.#unlocking, this.card.threshold));
    const key = unlockKeyOf(this.#primitives, secret, this.#stretched, this.card.version);
    if (!equal(hashOf(this.#primitives, CHECK, key), this.card.check)) return false;
    this.#unlockKey = key;
    return true;
  }

  /** What opens the realm with this number. */
  tag(number: number): Uint8Array {
    const { realm } = this.#seat(number);
    return tagOf(this.#primitives, this.#key(), { version: this.card.version, node: realm.node });
  }

  /** Takes the share that a realm gave back; false when it is not the one that was left there. */
  give(number: number, share: Uint8Array): boolean {
    const { realm } = this.#seat(number);
    const at = { version: this.card.version, node: realm.node };
    if (!isScalar(share)) return false;
    if (!equal(commitmentOf(this.#primitives, this.#key(), at, share), realm.commitment)) return false;
    this.#second.set(number, share.slice());
    return true;
  }

  get missingShares(): number {
    return Math.max(0, this.card.threshold - this.#second.size);
  }

  /** What was left; enough shares were given. Null when the card was made wrongly. */
  payload(): Uint8Array | null {
    assert(this.missingShares === 0, 'enough realms have given their share');
    const second = combine(some(this.#second, this.card.threshold));
    const key = payloadKeyOf(this.#primitives, this.#key(), second, this.card.version);
    return open(this.#primitives, { key, associated: NO_BYTES }, this.card.sealed);
  }

  #key(): Uint8Array {
    return must(this.#unlockKey, 'the PIN has been found right');
  }

  #seat(number: number): Seat {
    return { realm: must(this.card.realms[number - 1], 'a realm of the card'), number };
  }
}

function some(shares: ReadonlyMap<number, Uint8Array>, count: number): readonly Share[] {
  return [...shares].slice(0, count).map(([number, share]) => ({ number, share }));
}

/** Where a value belongs: no value of one realm or one registration is good at another. */
interface Place {
  readonly version: Uint8Array;
  readonly node: Uint8Array;
}

function placed({ version, node }: Place): Uint8Array {
  assert(version.length === 16 && node.length === 32, 'a version has 16 bytes and a key 32');
  return concat(version, node);
}

function inputOf(stretched: Uint8Array, at: Place): Uint8Array {
  return concat(INPUT.prefix, placed(at), stretched.subarray(0, HALF));
}

function padOf(primitives: Primitives, output: Uint8Array, at: Place): Uint8Array {
  return deriveKey(primitives, output, MASK, placed(at), maskBytes);
}

function unlockKeyOf(
  primitives: Primitives,
  secret: Uint8Array,
  stretched: Uint8Array,
  version: Uint8Array,
): Uint8Array {
  return deriveKey(primitives, concat(secret, stretched.subarray(HALF)), UNLOCK, version);
}

function tagOf(primitives: Primitives, unlockKey: Uint8Array, at: Place): Uint8Array {
  return macOf(primitives, unlockKey, TAG, placed(at));
}

function commitmentOf(
  primitives: Primitives,
  unlockKey: Uint8Array,
  at: Place,
  share: Uint8Array,
): Uint8Array {
  return macOf(primitives, unlockKey, SHARE, concat(placed(at), share));
}

function payloadKeyOf(
  primitives: Primitives,
  unlockKey: Uint8Array,
  second: Uint8Array,
  version: Uint8Array,
): Uint8Array {
  return deriveKey(primitives, concat(unlockKey, second), PAYLOAD, version);
}
