/**
 * A revocation: the signed statement that an attestation no longer counts, by its issuer or by anyone
 * above on its path, down to the root key of the site. What stands on it falls with it.
 *
 * Fields of the payload after version (1) and issuer (2): 3 site (16 bytes) · 4 attestation id · 5 issued.
 */

import { must } from '../base/assert.ts';
import { equal, fromHex, hex } from '../base/bytes.ts';
import { siteId, type Key, type SiteId } from '../base/ids.ts';
import { domain } from '../crypto/domain.ts';
import { hashBytes } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Attestation } from './attestation.ts';
import { openObject, signObject, type ObjectId } from './cose.ts';

export interface Withdrawal {
  readonly site: SiteId;
  readonly attestation: ObjectId;
  readonly issuedMs: number;
}

export interface Revocation extends Withdrawal {
  readonly id: ObjectId;
  readonly issuer: Key;
}

const REVOCATION = domain('capability/revocation');
const SITE_BYTES = 16;

/** The revocation of an attestation by the seed's key. */
export function revoke(
  primitives: Primitives,
  seed: Uint8Array,
  withdrawal: Withdrawal,
): Promise<Uint8Array> {
  return signObject(primitives, REVOCATION, seed, [
    [3, must(fromHex(withdrawal.site), 'a site id is hex')],
    [4, must(fromHex(withdrawal.attestation), 'an object id is hex')],
    [5, withdrawal.issuedMs],
  ]);
}

/** The revocation in `bytes`, or null when its signature does not hold; `malformed` when it is none. */
export async function openRevocation(primitives: Primitives, bytes: Uint8Array): Promise<Revocation | null> {
  const object = await openObject(primitives, REVOCATION, bytes);
  if (object === null) return null;
  const { fields } = object;
  const revocation: Revocation = {
    id: object.id,
    issuer: object.signer,
    site: siteId(hex(fields.bytes(3, SITE_BYTES))),
    attestation: hex(fields.bytes(4, hashBytes)),
    issuedMs: fields.uint(5),
  };
  fields.done();
  return revocation;
}

/**
 * Where on a verified path the revocation strikes, or null when it does not: it names no attestation of
 * the path, or its issuer issued neither that attestation nor one above it.
 */
export function strikesAt(revocation: Revocation, path: readonly Attestation[]): number | null {
  const at = path.findIndex((link) => link.id === revocation.attestation && link.site === revocation.site);
  if (at < 0) return null;
  const mayRevoke = path.slice(0, at + 1).some((link) => equal(link.issuer, revocation.issuer));
  return mayRevoke ? at : null;
}
