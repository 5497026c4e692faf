/**
 * Who this device is: the user's secret, the device's keys, the writer's epoch. All of it lies in the
 * keep, private keys as secrets (SPEC S10); nothing here ever goes to a node.
 *
 * The epoch rises at every start, durably and before the first append, so that no identity of an entry
 * is ever given twice, whatever the last run left half done (SPEC L2, L9).
 */

import { assert } from '../base/assert.ts';
import { equal } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key, type DeviceId, type Key, type UserId } from '../base/ids.ts';
import { blessingMsMax } from '../base/limits.ts';
import { permissionsAll } from '../api/model.ts';
import { bless } from '../capability/blessing.ts';
import { exchangeKeyOf, type ExchangeKey } from '../crypto/agree.ts';
import { domain } from '../crypto/domain.ts';
import { deriveKey, deviceIdOf, userIdOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { epochMax } from '../wire/entry.ts';
import { decode, encode, uint } from '../wire/shape.ts';
import type { Keep } from './keep.ts';
import { keyRow, KeyRing } from './key-ring.ts';
import { Proofs } from './proofs.ts';
import type { OpenOptions } from './types.ts';

export const secretBytes = 32;
const USER_SIGN = domain('user/sign');
const USER_AGREE = domain('user/agree');

export const SECRET = 'user/secret';
export const DEVICE = 'device/seed';
const EPOCH = 'device/epoch';
const epochShape = uint(epochMax);

export interface SignKey {
  readonly seed: Uint8Array;
  readonly publicKey: Key;
}

export interface UserKeys {
  readonly id: UserId;
  readonly sign: SignKey;
  /** The first key that envelopes for this user are sealed to. */
  readonly agree: ExchangeKey;
}

/** The keys that a user's secret makes, on every device the same (SPEC C7). */
export async function userKeysOf(primitives: Primitives, secret: Uint8Array): Promise<UserKeys> {
  assert(secret.length === secretBytes, 'a user secret has 32 bytes');
  const sign = await signKeyOf(primitives, deriveKey(primitives, secret, USER_SIGN));
  const agree = await exchangeKeyOf(primitives, deriveKey(primitives, secret, USER_AGREE));
  return { id: userIdOf(primitives, sign.publicKey), sign, agree };
}

export async function signKeyOf(primitives: Primitives, seed: Uint8Array): Promise<SignKey> {
  return { seed, publicKey: key(await primitives.ed25519PublicKey(seed)) };
}

export class Identity {
  readonly secret: Uint8Array;
  readonly user: UserKeys;
  readonly deviceKey: SignKey;
  readonly device: DeviceId;
  /** What envelopes for this user open with. */
  readonly ring: KeyRing;
  /** What this device shows of sealed grants. */
  readonly proofs: Proofs;
  /** No run of this device has existed before this one. */
  readonly isNew: boolean;
  readonly #primitives: Primitives;
  readonly #env: Env;
  readonly #keep: Keep;
  #epoch: number;
  #raised: Promise<void> = Promise.resolve();

  private constructor(
    machinery: { readonly primitives: Primitives; readonly env: Env; readonly keep: Keep },
    keys: {
      readonly secret: Uint8Array;
      readonly user: UserKeys;
      readonly deviceKey: SignKey;
      readonly ring: KeyRing;
      readonly proofs: Proofs;
      readonly epoch: number;
    },
  ) {
    this.#primitives = machinery.primitives;
    this.#env = machinery.env;
    this.#keep = machinery.keep;
    this.#epoch = keys.epoch;
    this.isNew = keys.epoch === 1;
    this.secret = keys.secret;
    this.user = keys.user;
    this.deviceKey = keys.deviceKey;
    this.ring = keys.ring;
    this.proofs = keys.proofs;
    this.device = deviceIdOf(machinery.primitives, this.deviceKey.publicKey);
  }

  /** The kept identity, or a new one; `taken` when the keep belongs to another user than the given secret's. */
  static async open(machinery: {
    readonly primitives: Primitives;
    readonly env: Env;
    readonly keep: Keep;
    readonly secret?: Uint8Array | undefined;
    readonly generations?: OpenOptions['generations'];
  }): Promise<Identity> {
    const { primitives, env, keep } = machinery;
    const kept = await keep.get(SECRET);
    const given = machinery.secret;
    if (given !== undefined && given.length !== secretBytes) throw new Fault('malformed', 'a user secret');
    if (kept !== null && given !== undefined && !equal(kept, given)) {
      throw new Fault('taken', 'Another user is signed in on this device.');
    }
    const keptEpoch = await keep.get(EPOCH);
    const keys = {
      secret: kept ?? given?.slice() ?? env.random(secretBytes),
      deviceSeed: (await keep.get(DEVICE)) ?? env.random(secretBytes),
      epoch: keptEpoch === null ? 1 : decode(epochShape, keptEpoch) + 1,
    };
    await keep.write([
      { name: SECRET, value: keys.secret, secret: true },
      { name: DEVICE, value: keys.deviceSeed, secret: true },
      { name: EPOCH, value: encode(epochShape, keys.epoch) },
      ...(machinery.generations ?? []).map(({ generation, secret }) => keyRow(generation, secret)),
    ]);
    const user = await userKeysOf(primitives, keys.secret);
    const deviceKey = await signKeyOf(primitives, keys.deviceSeed);
    const holder = { user: user.sign.publicKey, device: deviceKey, wallMs: () => env.wallMs() };
    return new Identity(machinery, {
      secret: keys.secret,
      user,
      proofs: await Proofs.load({ primitives, keep, ...holder }),
      ring: await KeyRing.load(primitives, keep, user.agree),
      deviceKey,
      epoch: keys.epoch,
    });
  }

  /** The epoch under which this run writes. */
  get epoch(): number {
    return this.#epoch;
  }

  /**
   * A fresh epoch above `floor`, for a log that must not go on under the present one. What is written to
   * the keep afterwards is written after it; what is not kept waits for `whenRaised`.
   */
  raise(floor: number): number {
    this.#epoch = Math.max(this.#epoch, floor) + 1;
    this.#raised = this.#keep.write([{ name: EPOCH, value: encode(epochShape, this.#epoch) }]);
    this.#raised.catch(() => {});
    return this.#epoch;
  }

  /** Resolves when the present epoch will never be given again. */
  whenRaised(): Promise<void> {
    return this.#raised;
  }

  /** The user's statement that this device acts for her at `node`; short-lived, made anew for each session. */
  blessing(node: Key): Promise<Uint8Array> {
    const issuedMs = Math.floor(this.#env.wallMs());
    return bless(this.#primitives, this.user.sign.seed, {
      device: this.deviceKey.publicKey,
      audience: node,
      scope: permissionsAll,
      issuedMs,
      expiresMs: issuedMs + blessingMsMax,
      serial: issuedMs,
    });
  }
}

/** Who is signed in on this device, without signing anybody in. */
export async function identityIn(
  primitives: Primitives,
  keep: Keep,
): Promise<{ readonly user: UserId; readonly device: DeviceId } | null> {
  const secret = await keep.get(SECRET);
  const seed = await keep.get(DEVICE);
  if (secret === null || seed === null) return null;
  const device = deviceIdOf(primitives, (await signKeyOf(primitives, seed)).publicKey);
  return { user: (await userKeysOf(primitives, secret)).id, device };
}
