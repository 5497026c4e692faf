/**
 * A chain proves a right: attestations from the root key of a site down to a subject, each issued by
 * the subject of the one before (SPEC A9, R1; `route.ts`). It is verified with nothing but its bytes, the
 * root key and the date, so anybody can do it offline; a node adds what it knows of revocations.
 */

import type { Cache } from '../base/cache.ts';
import { Fault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import { clockSkewMs, proofDepthMax } from '../base/limits.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { openAttestation, type Attestation, type SubjectKind } from './attestation.ts';
import { conditionOf, type Caveat } from './caveat.ts';
import { objectId, type ObjectId } from './cose.ts';
import type { Rights } from './policy.ts';
import { Route, type Place, type RouteRefusal } from './route.ts';

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
  | RouteRefusal
  | 'early'
  | 'expired'
  | 'revoked'
  | 'unknownCaveat';

export type ChainAnswer =
  | {
      readonly kind: 'ok';
      /** Those of the last attestation of the site, while all attestations of the path hold. */
      readonly rights: Rights;
      /** Of the whole path: each of them must hold where the right is used. */
      readonly caveats: readonly Caveat[];
      readonly subject: Key;
      readonly subjectKind: SubjectKind;
      readonly path: readonly Attestation[];
      readonly places: readonly Place[];
    }
  | { readonly kind: 'refused'; readonly reason: ChainRefusal; readonly at: number };

/** What the path proves, or the first attestation at which it breaks and why. */
export async function verifyChain(primitives: Primitives, proof: Proof): Promise<ChainAnswer> {
  if (proof.path.length === 0) return { kind: 'refused', reason: 'empty', at: 0 };
  if (proof.path.length > proofDepthMax) return { kind: 'refused', reason: 'tooDeep', at: proofDepthMax };
  const route = new Route(primitives, proof.root);
  for (const [at, bytes] of proof.path.entries()) {
    // One after the other: the first that breaks ends the work, and a hostile path costs no more than that.
    const link = proof.known?.get(objectId(primitives, bytes)) ?? (await open(primitives, proof, bytes));
    if (typeof link === 'string') return { kind: 'refused', reason: link, at };
    const reason = route.take(link) ?? flaw(proof, link);
    if (reason !== null) return { kind: 'refused', reason, at };
  }
  return proven(route, proof.path.length);
}

function proven(route: Route, count: number): ChainAnswer {
  const { places, granting } = route;
  const last = places.at(-1)?.link;
  if (last === undefined || granting === null) return { kind: 'refused', reason: 'empty', at: 0 };
  if (!route.isMember) return { kind: 'refused', reason: 'tooWide', at: count - 1 };
  const path = places.map((place) => place.link);
  const rights = { ...granting, ...datesOf(path) };
  const caveats = path.flatMap((link) => link.caveats);
  return { kind: 'ok', rights, caveats, subject: last.subject, subjectKind: last.subjectKind, path, places };
}

/** When all attestations of a path hold; the site's alone only shrink, those of groups are apart. */
export function datesOf(path: readonly Rights[]): Pick<Rights, 'notBeforeMs' | 'expiresMs'> {
  const ends = path.map((link) => link.expiresMs).filter((expiresMs) => expiresMs !== 0);
  return {
    notBeforeMs: Math.max(...path.map((link) => link.notBeforeMs)),
    expiresMs: ends.length === 0 ? 0 : Math.min(...ends),
  };
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

/** What is wrong with an attestation by itself, wherever it stands. */
function flaw(proof: Proof, link: Attestation): ChainRefusal | null {
  if (link.caveats.some((caveat) => conditionOf(caveat) === null)) return 'unknownCaveat';
  if (proof.atMs < link.notBeforeMs - clockSkewMs) return 'early';
  if (link.expiresMs !== 0 && proof.atMs >= link.expiresMs + clockSkewMs) return 'expired';
  if (proof.revoked?.(link.id) === true) return 'revoked';
  return null;
}
