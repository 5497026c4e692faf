/**
 * A chain proves a right: attestations from the root key of a site down to a subject, each issued by
 * the subject of the one before (SPEC A9). It is verified with nothing but its bytes, the root key and
 * the date, so anybody can do it offline; a node adds what it knows of revocations.
 */

import { equal } from '../base/bytes.ts';
import type { Cache } from '../base/cache.ts';
import { Fault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import { clockSkewMs, proofDepthMax } from '../base/limits.ts';
import { siteIdOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { openAttestation, type Attestation, type SubjectKind } from './attestation.ts';
import { objectId, type ObjectId } from './cose.ts';
import { mayHandOn, type Rights } from './policy.ts';

export interface Proof {
  /** Attestations in order, the root's first. */
  readonly path: readonly Uint8Array[];
  /** The root key of the site. */
  readonly root: Key;
  /** Wall clock for which the rights are asked. */
  readonly atMs: number;
  /** Whether an attestation has been revoked, where that is known. */
  readonly revoked?: (id: ObjectId) => boolean;
  /** Attestations whose signatures have been checked before. Their place, dates and state are checked anew. */
  readonly known?: Cache<ObjectId, Attestation>;
}

export type ChainRefusal =
  | 'empty'
  | 'tooDeep'
  | 'malformed'
  | 'badSignature'
  /** The first is not issued by the root key, or a later one not by the subject before it. */
  | 'wrongIssuer'
  | 'otherSite'
  /** More than the issuer held, or handed on more often than allowed. */
  | 'tooWide'
  | 'early'
  | 'expired'
  | 'revoked'
  | 'unknownCaveat';

export type ChainAnswer =
  | {
      readonly kind: 'ok';
      /** Those of the last attestation: nothing above it grants less. */
      readonly rights: Rights;
      readonly subject: Key;
      readonly subjectKind: SubjectKind;
      readonly path: readonly Attestation[];
    }
  | { readonly kind: 'refused'; readonly reason: ChainRefusal; readonly at: number };

/** What the path proves, or the first attestation at which it breaks and why. */
export async function verifyChain(primitives: Primitives, proof: Proof): Promise<ChainAnswer> {
  if (proof.path.length === 0) return { kind: 'refused', reason: 'empty', at: 0 };
  if (proof.path.length > proofDepthMax) return { kind: 'refused', reason: 'tooDeep', at: proofDepthMax };
  const path: Attestation[] = [];
  for (const [at, bytes] of proof.path.entries()) {
    // One after the other: the first that breaks ends the work, and a hostile path costs no more than that.
    const link = proof.known?.get(objectId(primitives, bytes)) ?? (await open(primitives, proof, bytes));
    if (typeof link === 'string') return { kind: 'refused', reason: link, at };
    const reason = flaw(primitives, proof, { link, above: path.at(-1) });
    if (reason !== null) return { kind: 'refused', reason, at };
    path.push(link);
  }
  const last = path.at(-1);
  if (last === undefined) return { kind: 'refused', reason: 'empty', at: 0 };
  return { kind: 'ok', rights: last, subject: last.subject, subjectKind: last.subjectKind, path };
}

async function open(
  primitives: Primitives,
  proof: Proof,
  bytes: Uint8Array,
): Promise<Attestation | ChainRefusal> {
  try {
    const opened = await openAttestation(primitives, bytes);
    if (opened === null) return 'badSignature';
    proof.known?.set(opened.id, opened);
    return opened;
  } catch (thrown) {
    if (thrown instanceof Fault) return 'malformed';
    throw thrown;
  }
}

/** What is wrong with `link` below `above` (below the root key when there is none). */
function flaw(
  primitives: Primitives,
  proof: Proof,
  place: { readonly link: Attestation; readonly above: Attestation | undefined },
): ChainRefusal | null {
  const { link, above } = place;
  if (!equal(link.issuer, above === undefined ? proof.root : above.subject)) return 'wrongIssuer';
  if (link.site !== (above === undefined ? siteIdOf(primitives, proof.root) : above.site)) return 'otherSite';
  if (above !== undefined && !mayIssue(above, link)) return 'tooWide';
  if (link.caveats.length > 0) return 'unknownCaveat';
  if (proof.atMs < link.notBeforeMs - clockSkewMs) return 'early';
  if (link.expiresMs !== 0 && proof.atMs >= link.expiresMs + clockSkewMs) return 'expired';
  if (proof.revoked?.(link.id) === true) return 'revoked';
  return null;
}

/** A one-time key does nothing but hand its rights on to a user. */
function mayIssue(above: Attestation, link: Attestation): boolean {
  if (above.subjectKind === 'oneTime' && link.subjectKind !== 'user') return false;
  return mayHandOn(above, link);
}
