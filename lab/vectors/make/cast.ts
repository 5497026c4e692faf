/** The people and machines of the vectors: each key is made from a name, so the same one occurs in many files. */

import { hex } from 'copse/internal/base/bytes.ts';
import { deviceIdOf, siteIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import { identityOf, type Identity } from 'copse/internal/social/handshake-keys.ts';
import { primitives, seedOf } from './draw.ts';

const identity = (who: string): Promise<Identity> => identityOf(primitives, seedOf(who));

export const node = await identity('node');
export const user = await identity('user');
export const otherUser = await identity('other user');
export const device = await identity('device');
export const oneTime = await identity('one-time');
export const siteRoot = await identity('site root');

export const site = siteIdOf(primitives, siteRoot.publicKey);
export const deviceId = deviceIdOf(primitives, device.publicKey);
export const userId = userIdOf(primitives, user.publicKey);

/** What the node never sees of the site. */
export const siteKey = seedOf('site key 1');
export const nextSiteKey = seedOf('site key 2');
export const nameSecret = seedOf('name secret');

/** A key pair as a vector states it. */
export function keyPair(of: Identity): { readonly seed: string; readonly publicKey: string } {
  return { seed: hex(of.seed), publicKey: hex(of.publicKey) };
}
