/**
 * Handing rights on and taking them back (SPEC R1-R8): what is signed is checked here, what only the
 * stored state decides is decided by the store. The facet's questions are in `rights-facet.ts`.
 */

import { equal } from 'copse/internal/base/bytes.ts';
import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import { key, type Key, type SiteId, type UserId } from 'copse/internal/base/ids.ts';
import { grantsBelowMax, holdingsMax, nameBytesMax, spreadMax } from 'copse/internal/base/limits.ts';
import { openAttestation, type Attestation } from 'copse/internal/capability/attestation.ts';
import type { ObjectId } from 'copse/internal/capability/cose.ts';
import { mayHandOn, permission } from 'copse/internal/capability/policy.ts';
import { openRevocation } from 'copse/internal/capability/revocation.ts';
import { siteIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import type { Attested, Holding, PlacedGrant } from '../store/accounts-grants.ts';
import { permissionsNow, type Grounds, type VerifiedPath, type Who } from './grounds.ts';
import { cleanName } from './names.ts';

const FAULT_BY_ATTESTED: Readonly<Record<Exclude<Attested, 'ok' | 'known'>, readonly [FaultCode, string]>> = {
  forbidden: ['forbidden', 'somebody on the path does not hold what she hands on'],
  revoked: ['revoked', 'an attestation of the path'],
  quota: ['full', 'the quota of this right is used up'],
  full: ['full', 'rights of a user, members of a group or attestations on one'],
  used: ['used', 'an invitation is taken up by joining'],
};

/** Registers what a proof grants; answers its last attestation. */
export async function attestProof(
  grounds: Grounds,
  root: Key,
  given: readonly Uint8Array[],
): Promise<{ readonly last: Attestation; readonly fresh: boolean }> {
  const proof = given.map((bytes) => bytes.slice());
  const verified = await grounds.proofs.verify(root, proof);
  const { last } = verified;
  if (last.subjectKind === 'oneTime') throw new Fault('malformed', 'a one-time key is invited');
  const answer = await grounds.accounts.grants.attest({
    path: placed(grounds, verified, proof),
    atMs: grounds.env.wallMs(),
    spreadMax,
    holdingsMax,
    belowMax: grantsBelowMax,
  });
  if (answer !== 'ok' && answer !== 'known') throw new Fault(...FAULT_BY_ATTESTED[answer]);
  return { last, fresh: answer === 'ok' };
}

function placed(
  { primitives }: Grounds,
  { places }: VerifiedPath,
  proof: readonly Uint8Array[],
): readonly PlacedGrant[] {
  return places.map(({ link, above, from }, at) => ({
    grant: link,
    bytes: proof[at] ?? new Uint8Array(0),
    above: above?.id ?? null,
    from,
    issuer: userIdOf(primitives, link.issuer),
    holder: userIdOf(primitives, link.subject),
    group: link.subjectKind === 'group' ? siteIdOf(primitives, link.subject) : null,
  }));
}

/** The root key of a site or group; `unknown` when there is none here. */
export async function rootOf(grounds: Grounds, site: SiteId): Promise<Key> {
  const { sites, grants } = grounds.accounts;
  const root = (await sites.site(site))?.root ?? (await grants.group(site))?.root;
  if (root === undefined) throw new Fault('unknown', 'no such site or group');
  return root;
}

/** Finds the place of an attestation below what its issuer holds: a bounded search, since she holds a bounded number. */
async function attestAlone(grounds: Grounds, bytes: Uint8Array, grant: Attestation): Promise<void> {
  const root = await rootOf(grounds, grant.site);
  if (equal(grant.issuer, root)) {
    await attestProof(grounds, root, [bytes]);
    return;
  }
  const { grants } = grounds.accounts;
  const held = await grants.held(grant.site, userIdOf(grounds.primitives, grant.issuer));
  let fault = new Fault('forbidden', 'the issuer holds no right that contains this one');
  for (const holding of held) {
    if (!mayHandOn(holding.rights, grant)) continue;
    try {
      await attestProof(grounds, root, [...(await grants.pathOf(holding)), bytes]);
      return;
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      fault = thrown;
    }
  }
  throw fault;
}

export type Declared =
  | { readonly kind: 'attestation'; readonly grant: Attestation }
  | { readonly kind: 'revocation'; readonly id: ObjectId; readonly site: SiteId };

/** Stores any signed object after checking it. */
export async function declareObject(grounds: Grounds, given: Uint8Array): Promise<Declared> {
  const bytes = given.slice();
  const grant = await openAttestation(grounds.primitives, bytes);
  if (grant !== null) {
    await attestAlone(grounds, bytes, grant);
    return { kind: 'attestation', grant };
  }
  const { id, site } = await revokeBy(grounds, bytes, true);
  return { kind: 'revocation', id, site };
}

/** Carries a signed revocation out: for an issuer who lacks the newest key only when that is forced (SPEC K9). */
export async function revokeBy(
  grounds: Grounds,
  given: Uint8Array,
  isForced: boolean,
): Promise<{ readonly id: ObjectId; readonly site: SiteId; readonly fresh: boolean }> {
  const { accounts, primitives, env } = grounds;
  const bytes = given.slice();
  const revocation = await openRevocation(primitives, bytes);
  if (revocation === null) throw new Fault('badProof', 'neither an attestation nor a revocation');
  const { id, site, attestation, issuer } = revocation;
  const sealed = await accounts.grants.sealed(attestation);
  if (sealed !== null && sealed.by !== userIdOf(primitives, issuer))
    throw new Fault('forbidden', 'whoever sealed a grant revokes it');
  const answer = await accounts.grants.revoke({
    site,
    attestation,
    issuer: key(issuer),
    holder: isForced ? null : userIdOf(primitives, issuer),
    id,
    bytes,
    atMs: env.wallMs(),
  });
  if (answer === 'unknown') throw new Fault('unknown', 'no such attestation');
  if (answer === 'forbidden') throw new Fault('forbidden', 'neither its issuer nor anybody above');
  if (answer === 'stale')
    throw new Fault(
      'stale',
      'its issuer was not given the newest key of this site: wait for a device of its admins, or force it',
    );
  const fresh = answer === 'ok';
  if (fresh) env.log('info', 'auth.revoked', { site, attestation: attestation.slice(0, 16) });
  return { id, site, fresh };
}

/** Registers a group with its founder as the first in it. */
export async function foundGroup(
  grounds: Grounds,
  who: Who,
  request: { readonly root: Uint8Array; readonly attestation: Uint8Array; readonly title: string },
): Promise<SiteId> {
  const { accounts, primitives, env } = grounds;
  const root = key(request.root.slice());
  const { last } = await attestProof(grounds, root, [request.attestation]);
  if (last.subjectKind !== 'user' || !equal(last.subject, who.key))
    throw new Fault('badProof', 'the attestation is made out to another');
  const group = siteIdOf(primitives, root);
  const title = cleanName(request.title, nameBytesMax).text;
  const answer = await accounts.grants.foundGroup({ group, root, title, atMs: env.wallMs(), by: who.user });
  if (answer !== 'ok') throw new Fault('taken', 'a group');
  return group;
}

/** What a device may do in all logs of a site, and in some of them, by everything its user holds there. */
export async function permissionsIn(
  grounds: Grounds,
  user: UserId,
  site: SiteId,
): Promise<{ readonly everywhere: number; readonly somewhere: number }> {
  const held = await grounds.accounts.grants.held(site, user);
  return permissionsOf(grounds, held);
}

function permissionsOf(
  { env }: Grounds,
  held: readonly Holding[],
): { readonly everywhere: number; readonly somewhere: number } {
  let everywhere = 0;
  let somewhere = 0;
  for (const { rights } of held) {
    const now = permissionsNow(rights, env.wallMs());
    somewhere |= now;
    // Whether a caveat holds is the tail's to find out; here it counts as not.
    if (rights.resource === '*' && rights.caveats.length === 0) everywhere |= now;
  }
  return { everywhere, somewhere };
}

/** Whether she is an admin of the site or group, as far as this device may be. */
export async function isAdmin(grounds: Grounds, who: Who, site: SiteId): Promise<boolean> {
  const { everywhere } = await permissionsIn(grounds, who.user, site);
  return (everywhere & who.scope & permission.admin) !== 0;
}
