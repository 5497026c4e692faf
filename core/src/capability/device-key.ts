/**
 * A device's exchange key: its own X25519 key, derived from its seed and stated with its signing key, so that
 * nobody can put another in its place (SPEC K1). Envelopes of a user's keys are sealed to it.
 *
 * The user's word that the device is hers stands in it, so that a node cannot add a device to somebody's.
 *
 * Fields of the payload after version (1) and device key (2): 3 X25519 public key · 4 blessing
 */

import { equal } from '../base/bytes.ts';
import type { Key } from '../base/ids.ts';
import { signedBytesMax } from '../base/limits.ts';
import { exchangeKeyBytes, exchangeKeyOf, type ExchangeKey } from '../crypto/agree.ts';
import { domain } from '../crypto/domain.ts';
import { deriveKey } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { openBlessing } from './blessing.ts';
import { openObject, signObject } from './cose.ts';

const DEVICE_AGREE = domain('device/agree');
const DEVICE_KEY = domain('capability/device-key');

export interface DeviceKey {
  /** Ed25519 key of the device. */
  readonly device: Key;
  readonly user: Key;
  readonly publicKey: Uint8Array;
}

/** The exchange key of the device whose seed this is. */
export function deviceExchangeKey(primitives: Primitives, seed: Uint8Array): Promise<ExchangeKey> {
  return exchangeKeyOf(primitives, deriveKey(primitives, seed, DEVICE_AGREE));
}

/** The statement of the device whose seed this is, with a blessing of its user. */
export async function writeDeviceKey(
  primitives: Primitives,
  seed: Uint8Array,
  blessing: Uint8Array,
): Promise<Uint8Array> {
  const { publicKey } = await deviceExchangeKey(primitives, seed);
  return signObject(primitives, DEVICE_KEY, seed, [
    [3, publicKey],
    [4, blessing],
  ]);
}

/** The key stated in `bytes`, or null when a signature does not hold or the blessing is another device's; `malformed` when it is none. */
export async function openDeviceKey(primitives: Primitives, bytes: Uint8Array): Promise<DeviceKey | null> {
  const object = await openObject(primitives, DEVICE_KEY, bytes);
  if (object === null) return null;
  const publicKey = object.fields.bytes(3, exchangeKeyBytes);
  const bytesOfBlessing = object.fields.blob(4, signedBytesMax);
  object.fields.done();
  // When it was blessed does not matter: whether a device is still in use is known otherwise.
  const blessing = await openBlessing(primitives, bytesOfBlessing);
  if (blessing === null || !equal(blessing.device, object.signer)) return null;
  return { device: object.signer, user: blessing.user, publicKey };
}
