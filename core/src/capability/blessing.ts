/**
 * A blessing: a user's signed statement that a device acts for her for a while, towards one node or all
 * (SPEC H5). It lives a day at most and is renewed silently while the user's key is at hand, so a lost
 * device that nobody revoked is harmless by tomorrow.
 *
 * Fields of the payload after version (1) and user (2):
 *   3 device key · 4 audience: a node's key, empty for every node · 5 scope · 6 issued · 7 expires · 8 serial
 */

import { assert } from '../base/assert.ts';
import { equal, NO_BYTES } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { blessingMsMax, clockSkewMs } from '../base/limits.ts';
import { domain } from '../crypto/domain.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { publicKeyBytes } from '../crypto/sign.ts';
import { openObject, signObject, type ObjectId } from './cose.ts';
import { permissionsAll } from './policy.ts';

export interface BlessingTerms {
  readonly device: Key;
  /** The node to which it may be shown, or all of them. */
  readonly audience: Key | '*';
  /** Bit set of `permission`: what the device may do at most of what the user may. */
  readonly scope: number;
  readonly issuedMs: number;
  readonly expiresMs: number;
  /** Rises with each blessing of a user, so that all up to one can be refused together. */
  readonly serial: number;
}

export interface Blessing extends BlessingTerms {
  readonly id: ObjectId;
  readonly user: Key;
}

export type BlessingRefusal =
  | 'malformed'
  | 'badSignature'
  | 'otherDevice'
  | 'otherAudience'
  /** It ends before it begins, or lives longer than `blessingMsMax`. */
  | 'badTimes'
  | 'early'
  | 'expired';

export type BlessingAnswer =
  | { readonly kind: 'ok'; readonly blessing: Blessing }
  | { readonly kind: 'refused'; readonly reason: BlessingRefusal };

/** For whom, where and when a blessing is asked to hold. */
export interface BlessingUse {
  readonly device: Key;
  readonly node: Key;
  readonly wallMs: number;
}

const BLESSING = domain('capability/blessing');

/** The blessing of a device by the user whose seed this is. */
export function bless(primitives: Primitives, seed: Uint8Array, terms: BlessingTerms): Promise<Uint8Array> {
  assert(isWellFormed(terms), 'a blessing is within its bounds');
  return signObject(primitives, BLESSING, seed, [
    [3, terms.device],
    [4, terms.audience === '*' ? NO_BYTES : terms.audience],
    [5, terms.scope],
    [6, terms.issuedMs],
    [7, terms.expiresMs],
    [8, terms.serial],
  ]);
}

/** Whether `bytes` bless this device at this node now. Clocks may differ by `clockSkewMs`. */
export async function checkBlessing(
  primitives: Primitives,
  bytes: Uint8Array,
  use: BlessingUse,
): Promise<BlessingAnswer> {
  const blessing = await openOrRefuse(primitives, bytes);
  if (typeof blessing === 'string') return { kind: 'refused', reason: blessing };
  const reason = refusal(blessing, use);
  return reason === null ? { kind: 'ok', blessing } : { kind: 'refused', reason };
}

/** The blessing in `bytes`, or null when its signature does not hold; `malformed` when it is none. */
export async function openBlessing(primitives: Primitives, bytes: Uint8Array): Promise<Blessing | null> {
  const object = await openObject(primitives, BLESSING, bytes);
  if (object === null) return null;
  const { fields } = object;
  const device = key(fields.bytes(3, publicKeyBytes));
  const audience = fields.blob(4, publicKeyBytes);
  if (audience.length % publicKeyBytes !== 0) throw new Fault('malformed', 'an audience is a key or empty');
  const blessing: Blessing = {
    id: object.id,
    user: object.signer,
    device,
    audience: audience.length === 0 ? '*' : key(audience),
    scope: fields.uint(5, permissionsAll),
    issuedMs: fields.uint(6),
    expiresMs: fields.uint(7),
    serial: fields.uint(8),
  };
  fields.done();
  return blessing;
}

async function openOrRefuse(primitives: Primitives, bytes: Uint8Array): Promise<Blessing | BlessingRefusal> {
  try {
    return (await openBlessing(primitives, bytes)) ?? 'badSignature';
  } catch (thrown) {
    if (thrown instanceof Fault) return 'malformed';
    throw thrown;
  }
}

function refusal(blessing: Blessing, use: BlessingUse): BlessingRefusal | null {
  if (!equal(blessing.device, use.device)) return 'otherDevice';
  if (blessing.audience !== '*' && !equal(blessing.audience, use.node)) return 'otherAudience';
  if (!isWellFormed(blessing)) return 'badTimes';
  if (use.wallMs < blessing.issuedMs - clockSkewMs) return 'early';
  if (use.wallMs >= blessing.expiresMs + clockSkewMs) return 'expired';
  return null;
}

function isWellFormed(terms: BlessingTerms): boolean {
  const lifeMs = terms.expiresMs - terms.issuedMs;
  return terms.scope >= 0 && terms.scope <= permissionsAll && lifeMs > 0 && lifeMs <= blessingMsMax;
}
