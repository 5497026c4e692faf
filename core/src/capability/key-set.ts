/**
 * The set of envelopes by which a site gets its next key (SPEC K3-K5): stated by the device that made it,
 * which shows that it acts for an admin. It names the set before, so that sets form a chain; it commits to
 * the key, because anybody can seal an envelope; it shows that its maker held the key before, because somebody
 * who was an admin once still has his papers; and it says whether newcomers read what was before.
 *
 * Fields of the payload after version (1) and device key (2): 3 site (16 bytes) · 4 epoch · 5 history, 0 or 1 ·
 * 6 how often that was changed · 7 hash of the envelopes · 8 commitment · 9 back link, empty without history ·
 * 10 id of the set before, empty for the first · 11 issued · 12 succession, zeros when
 * its maker was not given the key before
 */

import { must } from '../base/assert.ts';
import { concat, equal, fromHex, hex, NO_BYTES } from '../base/bytes.ts';
import type { Cache } from '../base/cache.ts';
import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { siteId, type Key, type SiteId } from '../base/ids.ts';
import { clockSkewMs } from '../base/limits.ts';
import { open, seal, sealKeyBytes, sealOverheadBytes } from '../crypto/aead.ts';
import { domain } from '../crypto/domain.ts';
import { deriveKey, hashBytes, hashOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { Writer } from '../wire/buffer.ts';
import type { Attestation } from './attestation.ts';
import { openBlessing } from './blessing.ts';
import { verifyChain } from './chain.ts';
import { openObject, signObject, type ObjectId } from './cose.ts';
import { permission } from './policy.ts';

const KEY_SET = domain('capability/key-set');
const PART = domain('site/set-part');
const PARTS = domain('site/set-parts');
const COMMITMENT = domain('site/commitment');
const LINK = domain('site/link');
const SUCCESSION = domain('site/succession');
const SITE_BYTES = 16;

export interface KeySetTerms {
  readonly site: SiteId;
  readonly epoch: number;
  /** Whether this epoch opens the one before. */
  readonly history: boolean;
  /** How often `history` was changed: it never sinks, and the same number means the same. */
  readonly policy: number;
  /** Hash of the envelopes (`hashOfParts`). */
  readonly envelopes: Uint8Array;
  readonly commitment: Uint8Array;
  readonly link: Uint8Array;
  readonly previous: ObjectId | null;
  readonly issuedMs: number;
  /** What only a holder of the key before can make (`successionOf`), or `NO_SUCCESSION`. */
  readonly succession: Uint8Array;
}

/** Says that the maker was not given the key before, and found nobody who could have made the next one (SPEC K10). */
export const NO_SUCCESSION: Uint8Array = new Uint8Array(hashBytes);

/** Whether the set was made without the key before. */
export function isAnew({ succession }: Pick<KeySetTerms, 'succession'>): boolean {
  return equal(succession, NO_SUCCESSION);
}

export interface KeySet extends KeySetTerms {
  readonly id: ObjectId;
  readonly maker: Key;
}

export function writeKeySet(
  primitives: Primitives,
  seed: Uint8Array,
  terms: KeySetTerms,
): Promise<Uint8Array> {
  return signObject(primitives, KEY_SET, seed, [
    [3, bytesOf(terms.site)],
    [4, terms.epoch],
    [5, terms.history ? 1 : 0],
    [6, terms.policy],
    [7, terms.envelopes],
    [8, terms.commitment],
    [9, terms.link],
    [10, terms.previous === null ? NO_BYTES : must(fromHex(terms.previous), 'an object id is hex')],
    [11, terms.issuedMs],
    [12, terms.succession],
  ]);
}

/** The set stated in `bytes`, or null when its signature does not hold; `malformed` when it is none. */
export async function openKeySet(primitives: Primitives, bytes: Uint8Array): Promise<KeySet | null> {
  const object = await openObject(primitives, KEY_SET, bytes);
  if (object === null) return null;
  const { fields, signer, id } = object;
  const set = {
    id,
    maker: signer,
    site: siteId(hex(fields.bytes(3, SITE_BYTES))),
    epoch: fields.uint(4),
    history: fields.uint(5, 1) === 1,
    policy: fields.uint(6),
    envelopes: fields.bytes(7, hashBytes),
    commitment: fields.bytes(8, hashBytes),
    link: fields.blob(9, sealOverheadBytes + sealKeyBytes),
    previous: fields.blob(10, hashBytes),
    issuedMs: fields.uint(11),
    succession: fields.bytes(12, hashBytes),
  };
  fields.done();
  const { previous } = set;
  const isOne = set.epoch >= 2 && previous.length % hashBytes === 0;
  // Made anew, it cannot open what its maker could not.
  const isWhole = isOne && set.history === set.link.length > 0 && !(set.history && isAnew(set));
  if (!isWhole)
    throw new Fault('malformed', 'a key set: a link, and a set before, exactly where they belong');
  return { ...set, previous: previous.length === 0 ? null : hex(previous) };
}

/** A set with what shows that its maker may make one. */
export interface ProvenSet {
  readonly set: Uint8Array;
  readonly blessing: Uint8Array;
  /** Attestations from the root of the site to the maker's user. */
  readonly proof: readonly Uint8Array[];
}

export interface SetPlace {
  readonly site: SiteId;
  readonly root: Key;
  readonly node: Key;
  readonly known?: Cache<ObjectId, Attestation>;
}

/** The set, when a device made it that acted for an admin of the site; `badProof` says what does not hold. */
export async function checkKeySet(primitives: Primitives, at: SetPlace, given: ProvenSet): Promise<KeySet> {
  const set = await openKeySet(primitives, given.set);
  if (set === null) throw new Fault('badProof', 'the signature of a key set');
  if (set.site !== at.site) throw new Fault('badProof', 'a key set of another site');
  const blessing = await openBlessing(primitives, given.blessing);
  if (blessing === null || !equal(blessing.device, set.maker))
    throw new Fault('badProof', 'the maker of a key set');
  const isInTime =
    set.issuedMs >= blessing.issuedMs - clockSkewMs && set.issuedMs < blessing.expiresMs + clockSkewMs;
  const isHere = blessing.audience === '*' || equal(blessing.audience, at.node);
  if (!isInTime || !isHere || (blessing.scope & permission.admin) === 0) {
    throw new Fault('badProof', 'the maker of a key set was not blessed to make it');
  }
  const { root, known } = at;
  const path = { path: given.proof, root, atMs: set.issuedMs, ...(known === undefined ? {} : { known }) };
  const chain = await verifyChain(primitives, path);
  if (chain.kind === 'refused') throw new Fault('badProof', `the maker of a key set: ${chain.reason}`);
  const { rights, caveats, subject, subjectKind } = chain;
  const isAdmin =
    (rights.permissions & permission.admin) !== 0 && rights.resource === '*' && caveats.length === 0;
  const isHers = subjectKind === 'user' && equal(subject, blessing.user);
  if (!isAdmin || !isHers) throw new Fault('badProof', 'the maker of a key set is no admin');
  return set;
}

export type SetBefore = Pick<KeySet, 'epoch' | 'id' | 'history' | 'policy'>;

/** Why a set cannot follow another (null: none, the site has its first key), or null when it can (SPEC K5). */
export function breaksChain(
  set: SetBefore & Pick<KeySet, 'previous'>,
  before: SetBefore | null,
): string | null {
  if (set.epoch !== (before?.epoch ?? 1) + 1) return 'another epoch';
  if (set.previous !== (before?.id ?? null)) return 'another set before';
  const policy = before?.policy ?? 0;
  const history = before?.history ?? true;
  if (set.policy < policy) return 'an older word about history';
  return set.policy === policy && set.history !== history ? 'history changed without a word' : null;
}

export interface SetEnvelope {
  readonly user: string;
  readonly generation: number;
  readonly envelope: Uint8Array;
}

/** The hash of one part of a set. */
export function hashOfPart(primitives: Primitives, envelopes: readonly SetEnvelope[]): Uint8Array {
  const writer = new Writer();
  for (const { user, generation, envelope } of envelopes) {
    writer.raw(must(fromHex(user), 'a user id is hex'));
    writer.uint(generation);
    writer.uint(envelope.length);
    writer.raw(envelope);
  }
  return hashOf(primitives, PART, writer.take());
}

/** The hash of a whole set, from those of its parts. */
export function hashOfParts(primitives: Primitives, parts: readonly Uint8Array[]): Uint8Array {
  return hashOf(primitives, PARTS, concat(...parts));
}

interface SiteEpoch {
  readonly site: SiteId;
  readonly epoch: number;
  readonly key: Uint8Array;
}

/** What binds a set to one key without telling it. */
export function commitmentOf(primitives: Primitives, of: SiteEpoch): Uint8Array {
  return deriveKey(primitives, of.key, COMMITMENT, placed(of));
}

/** What shows the holders of the key before, `of`, that the maker of the next one held it too. */
export function successionOf(primitives: Primitives, of: SiteEpoch, commitment: Uint8Array): Uint8Array {
  return deriveKey(primitives, of.key, SUCCESSION, concat(placed(of), commitment));
}

/** The key before, sealed under this one. */
export function sealSiteLink(
  primitives: Primitives,
  env: Env,
  of: SiteEpoch,
  before: Uint8Array,
): Uint8Array {
  return seal(primitives, env, linkKey(primitives, of), before);
}

export function openSiteLink(primitives: Primitives, of: SiteEpoch, link: Uint8Array): Uint8Array | null {
  return open(primitives, linkKey(primitives, of), link);
}

function linkKey(primitives: Primitives, of: SiteEpoch) {
  return { key: deriveKey(primitives, of.key, LINK), associated: placed(of) };
}

function placed({ site, epoch }: SiteEpoch): Uint8Array {
  const writer = new Writer();
  writer.raw(bytesOf(site));
  writer.uint(epoch);
  return writer.take();
}

function bytesOf(site: SiteId): Uint8Array {
  return must(fromHex(site), 'a site id is hex');
}
