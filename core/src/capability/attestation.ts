/**
 * An attestation: a signed grant of rights on a site from issuer to subject (SPEC A9, C9). It says
 * nothing about whether its issuer had the rights; that is what a chain proves.
 *
 * Fields of the payload after version (1) and issuer (2):
 *   3 subject key · 4 kind of subject · 5 site (16 bytes) · 6 resource · 7 permissions
 *   8 re-delegations left · 9 not before · 10 expires · 11 quota · 12 caveats · 13 nonce
 */

import { assert, must } from '../base/assert.ts';
import { fromHex, hex } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key, siteId, type Key, type SiteId } from '../base/ids.ts';
import { caveatBytesMax, caveatsMax } from '../base/limits.ts';
import { domain } from '../crypto/domain.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { publicKeyBytes } from '../crypto/sign.ts';
import type { Cbor } from '../wire/cbor.ts';
import { Fields } from '../wire/fields.ts';
import { openObject, signObject, type ObjectId } from './cose.ts';
import type { Caveat } from './caveat.ts';
import { delegationsMax, permissionsAll, resourceIn, type Resource, type Rights } from './policy.ts';

export type { Caveat } from './caveat.ts';

/**
 * A user; a one-time key that travels in an invitation and hands its rights on to a user; or the root key
 * of a group, whose members then hold the rights (`route.ts`).
 */
export type SubjectKind = 'user' | 'oneTime' | 'group';

export interface Grant extends Rights {
  readonly subject: Key;
  readonly subjectKind: SubjectKind;
  readonly site: SiteId;
  readonly caveats?: readonly Caveat[];
}

export interface Attestation extends Rights {
  readonly id: ObjectId;
  readonly issuer: Key;
  readonly subject: Key;
  readonly subjectKind: SubjectKind;
  readonly site: SiteId;
  readonly caveats: readonly Caveat[];
  /** Makes two grants of the same rights two attestations, which can be revoked apart. */
  readonly nonce: Uint8Array;
}

const ATTESTATION = domain('capability/attestation');
const SUBJECT_KINDS: readonly SubjectKind[] = ['user', 'oneTime', 'group'];
const NONCE_BYTES = 16;
const SITE_BYTES = 16;

/** The attestation of `grant` by the seed's key. */
export function attest(
  primitives: Primitives,
  env: Env,
  seed: Uint8Array,
  grant: Grant,
): Promise<Uint8Array> {
  assert(isWellFormed(grant), 'a grant is within the bounds of an attestation');
  const caveats = (grant.caveats ?? []).map((caveat): Cbor => [caveat.kind, caveat.value]);
  return signObject(primitives, ATTESTATION, seed, [
    [3, grant.subject],
    [4, SUBJECT_KINDS.indexOf(grant.subjectKind)],
    [5, must(fromHex(grant.site), 'a site id is hex')],
    [6, grant.resource],
    [7, grant.permissions],
    [8, grant.delegations],
    [9, grant.notBeforeMs],
    [10, grant.expiresMs],
    [11, grant.quota],
    [12, caveats],
    [13, env.random(NONCE_BYTES)],
  ]);
}

/** The attestation in `bytes`, or null when its signature does not hold; `malformed` when it is none. */
export async function openAttestation(
  primitives: Primitives,
  bytes: Uint8Array,
): Promise<Attestation | null> {
  const object = await openObject(primitives, ATTESTATION, bytes);
  if (object === null) return null;
  const { fields } = object;
  const attestation: Attestation = {
    id: object.id,
    issuer: object.signer,
    subject: key(fields.bytes(3, publicKeyBytes)),
    subjectKind: must(SUBJECT_KINDS[fields.uint(4, SUBJECT_KINDS.length - 1)], 'a kind within its bound'),
    site: siteId(hex(fields.bytes(5, SITE_BYTES))),
    resource: resourceOf(fields.text(6, 32)),
    permissions: fields.uint(7),
    delegations: fields.uint(8),
    notBeforeMs: fields.uint(9),
    expiresMs: fields.uint(10),
    quota: fields.uint(11),
    caveats: fields.list(12, caveatsMax).map(readCaveat),
    nonce: fields.bytes(13, NONCE_BYTES),
  };
  fields.done();
  if (!isWellFormed(attestation)) throw new Fault('malformed', 'an attestation out of its bounds');
  return attestation;
}

/** What the fields must satisfy together; the same for what we sign and for what we are handed. */
function isWellFormed(grant: Grant): boolean {
  return (
    grant.permissions > 0 &&
    grant.permissions <= permissionsAll &&
    grant.delegations >= 0 &&
    grant.delegations <= delegationsMax &&
    (grant.expiresMs === 0 || grant.expiresMs > grant.notBeforeMs)
  );
}

function resourceOf(text: string): Resource {
  const resource = resourceIn(text);
  if (resource === null) throw new Fault('malformed', 'a resource is *, a folder or the id of a log');
  return resource;
}

function readCaveat(value: Cbor): Caveat {
  const fields = new Fields('a caveat', value);
  const caveat = { kind: fields.uint(0, 255), value: fields.blob(1, caveatBytesMax) };
  fields.done();
  return caveat;
}
