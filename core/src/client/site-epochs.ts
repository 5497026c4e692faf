/**
 * Keys of a site as a member gets them (SPEC K3-K5): the newest from an envelope, earlier ones from the link in
 * each. A set is believed when a device made it that acted for an admin, a key when it is the one to which its
 * set commits. The newest set that was believed is kept, and only one that follows it is believed after it.
 */

import { equal } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key as keyOf, type Key, type SiteId } from '../base/ids.ts';
import type { KeysRemote, ProvenSetRow, SiteKeyRow } from '../api/keys.ts';
import {
  breaksChain,
  checkKeySet,
  commitmentOf,
  isAnew,
  openSiteLink,
  successionOf,
  type KeySet,
  type SetBefore,
} from '../capability/key-set.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { struct } from '../wire/compound.ts';
import { bool, decode, encode, text, uint } from '../wire/shape.ts';
import type { Identity } from './identity.ts';
import type { Keep } from './keep.ts';
import { keepSecrets } from './site-keep.ts';
import { openWith } from './key-ring.ts';
import type { SiteKeys, SiteSecrets } from './site-keys.ts';

export interface EpochParts {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly identity: Identity;
  readonly keep: Keep;
  readonly node: Key;
  readonly keys: KeysRemote;
}

const SET = 'set/';
const FOLLOWED = 'followed/';
const followedShape = struct({ id: text(64) });
const pinShape = struct({ epoch: uint(), id: text(64), history: bool, policy: uint() });

/** The set that was believed last, or null while the site has its first key. */
export async function pinnedSet(keep: Keep, site: SiteId): Promise<SetBefore | null> {
  const row = await keep.get(SET + site);
  return row === null ? null : decode(pinShape, row);
}

async function pin(keep: Keep, site: SiteId, set: SetBefore): Promise<void> {
  const { epoch, id, history, policy } = set;
  if (((await pinnedSet(keep, site))?.epoch ?? 0) > epoch) return;
  await keep.write([{ name: SET + site, value: encode(pinShape, { epoch, id, history, policy }) }]);
}

export interface SitePlace {
  readonly site: SiteId;
  readonly root: Uint8Array;
}

/** A set that is believed. */
export function believed(parts: EpochParts, at: SitePlace, given: ProvenSetRow): Promise<KeySet> {
  const { primitives, node } = parts;
  const copy = {
    set: given.set.slice(),
    blessing: given.blessing.slice(),
    proof: given.proof.map((each) => each.slice()),
  };
  return checkKeySet(primitives, { site: at.site, root: keyOf(at.root.slice()), node }, copy);
}

export interface NewestSets {
  readonly told: SiteKeyRow;
  /** From the newest back to what this member knows. */
  readonly sets: readonly [KeySet, ...KeySet[]];
}

/** The sets that lead to the newest key, believed; null while the site has its first. */
export async function newestSets(
  parts: EpochParts,
  at: SitePlace,
  held: SiteKeys | null,
): Promise<NewestSets | null> {
  // Read before the node is asked: what is pinned meanwhile is newer than its answer.
  const pinned = await pinnedSet(parts.keep, at.site);
  // Who made a key has it as soon as it counts, and may have been cut off before its set was pinned.
  const known = Math.max(pinned?.epoch ?? 0, held?.epoch ?? 0);
  const told = await parts.keys.siteKey({ site: at.site });
  const set = told.set === null ? null : await believed(parts, at, told.set);
  if (set === null || set.epoch < known) {
    if (known <= 1) return null;
    throw new Fault('fork', 'The node shows an older key of a site than before.');
  }
  if (set.epoch !== told.epoch) throw new Fault('badProof', 'a key set of another epoch');
  const own = held?.keyAt(set.epoch);
  const commitment = own && commitmentOf(parts.primitives, { site: at.site, epoch: set.epoch, key: own });
  if (commitment !== undefined && !equal(commitment, set.commitment))
    throw new Fault('fork', 'The node shows another key of a site than before.');
  const sets = await requireChain(parts, at, { newest: set, pinned, from: pinned?.epoch ?? held?.epoch });
  return { told, sets };
}

/**
 * The newest key of the site and the set by which it came; null when this member has no envelope of it yet.
 * `held` are the keys that she has: the newest one must follow them.
 */
export async function newestSecrets(
  parts: EpochParts,
  at: SitePlace,
  held: SiteKeys | null,
): Promise<{ readonly set: KeySet; readonly secrets: SiteSecrets } | null> {
  const newest = await newestSets(parts, at, held);
  if (newest === null || newest.told.envelope === null) return null;
  const { told, sets } = newest;
  const [set] = sets;
  const secrets = await opened(parts, at.site, told.epoch, newest.told.envelope);
  requireCommitted(parts, set, secrets);
  const followed = held === null ? null : await followedSet(parts.keep, at.site);
  if (held !== null) requireSuccession(parts, sets, { secrets, held, followed });
  await pin(parts.keep, at.site, set);
  return { set, secrets };
}

/**
 * Every set from the one that is pinned, or from the epoch that is held, to the newest follows the one before
 * it; newest first. A newcomer has none to begin with.
 */
async function requireChain(
  parts: EpochParts,
  at: SitePlace,
  of: { readonly newest: KeySet; readonly pinned: SetBefore | null; readonly from: number | undefined },
): Promise<NewestSets['sets']> {
  const { site } = at;
  const { newest, pinned, from = newest.epoch } = of;
  if (pinned?.epoch === newest.epoch) {
    if (pinned.id !== newest.id) throw new Fault('fork', 'another key set of the same epoch');
    return [newest];
  }
  const sets: [KeySet, ...KeySet[]] = [newest];
  let after = newest;
  while (after.epoch > from + 1) {
    const rows = await parts.keys.siteKeySets({ site, below: after.epoch });
    if (rows.length === 0) throw new Fault('corrupt', 'earlier key sets of the site are missing');
    for (const { set } of rows) {
      if (set === null || after.epoch === from + 1) break;
      const before = await believed(parts, at, set);
      refuse(breaksChain(after, before));
      sets.push(before);
      after = before;
    }
  }
  if (pinned !== null) refuse(breaksChain(after, pinned));
  else if (after.epoch === 2) refuse(breaksChain(after, null));
  return sets;
}

interface Following {
  readonly secrets: SiteSecrets;
  readonly held: SiteKeys;
  /** The set made anew that this member follows at her own word. */
  readonly followed: string | null;
}

/**
 * The newest key was made by somebody who held the one that this member holds, as far as links lead back to
 * it: who was an admin once and was not given that key cannot make the next, whatever node helps him.
 */
function requireSuccession(
  parts: EpochParts,
  sets: readonly KeySet[],
  { secrets, held, followed }: Following,
): void {
  const { primitives } = parts;
  let key: Uint8Array | null = secrets.key;
  for (const [i, set] of sets.entries()) {
    const { site, epoch, commitment, link } = set;
    const linked: Uint8Array | null =
      key === null || link.length === 0 ? null : openSiteLink(primitives, { site, epoch, key }, link);
    if (linked === null && key !== null && link.length > 0)
      throw new Fault('badProof', 'the link to an earlier key');
    const own: Uint8Array | null = held.keyAt(epoch - 1) ?? linked;
    const before = sets[i + 1];
    if (own !== null && isAnew(set)) {
      // Whoever has the key before knows that it is not lost; she may follow all the same (SPEC K10).
      if (set.id !== followed)
        throw new Fault('fork', 'a key of this site by an admin who had not been given the one before');
    } else if (own !== null) {
      const shown = successionOf(primitives, { site, epoch: epoch - 1, key: own }, commitment);
      if (!equal(shown, set.succession) || (linked !== null && !equal(own, linked)))
        throw new Fault('fork', 'a key of this site by somebody who did not hold the one before');
    }
    if (own !== null && before !== undefined)
      requireCommitted(parts, before, { epoch: epoch - 1, key: own, nameSecret: held.nameSecret });
    key = own;
  }
}

/** The set made anew that waits for a word of this member, who has the key before it; null: none does. */
export async function setToFollow(
  parts: EpochParts,
  sets: readonly KeySet[],
  held: SiteKeys,
): Promise<KeySet | null> {
  const set = sets.find((each) => isAnew(each) && held.keyAt(each.epoch - 1) !== undefined);
  if (set === undefined || held.keyAt(set.epoch) !== undefined) return null;
  return set.id === (await followedSet(parts.keep, set.site)) ? null : set;
}

/** She follows it although she has the key before. */
export async function follow(keep: Keep, { site, id }: KeySet): Promise<void> {
  await keep.write([{ name: FOLLOWED + site, value: encode(followedShape, { id }) }]);
}

async function followedSet(keep: Keep, site: SiteId): Promise<string | null> {
  const row = await keep.get(FOLLOWED + site);
  return row === null ? null : decode(followedShape, row).id;
}

function refuse(breach: string | null): void {
  if (breach !== null) throw new Fault('fork', `the key sets of this site: ${breach}`);
}

/** What an envelope holds for this user, with whichever of her keys it opens. */
export async function opened(
  { primitives, identity }: Pick<EpochParts, 'primitives' | 'identity'>,
  site: SiteId,
  epoch: number,
  envelope: Uint8Array,
): Promise<SiteSecrets> {
  const secrets = await openWith(primitives, identity.ring, { site, epoch }, envelope);
  if (secrets === null) throw new Fault('badProof', 'the envelope of a site key does not open');
  return secrets;
}

function requireCommitted({ primitives }: EpochParts, set: KeySet, { epoch, key }: SiteSecrets): void {
  const isSame =
    set.epoch === epoch && equal(commitmentOf(primitives, { site: set.site, epoch, key }), set.commitment);
  if (!isSame) throw new Fault('badProof', 'an envelope with another key than its set commits to');
}

/**
 * Walks back until the key of `epoch` is held, as far as links and own envelopes lead; what it finds is kept.
 * Answers whether it is held now.
 */
export async function walkBack(
  parts: EpochParts,
  at: SitePlace,
  held: SiteKeys,
  epoch: number,
): Promise<boolean> {
  const { site } = at;
  while (held.keyAt(epoch) === undefined) {
    const from = held.heldAbove(epoch);
    if (from === null) return false;
    const rows = await parts.keys.siteKeySets({ site, below: from + 1 });
    const [above, below] = rows;
    const set = above?.epoch === from ? above.set : null;
    if (set === null || below?.epoch !== from - 1) return false;
    const found = await oneBack(parts, at, held, { above: set, below });
    if (found === null) return false;
    await keepSecrets(parts.keep, site, [found]);
    held.add(found);
  }
  return true;
}

/** The key before, by the link of the set above it, or by an envelope where the link was cut. */
async function oneBack(
  parts: EpochParts,
  at: SitePlace,
  held: SiteKeys,
  rows: {
    readonly above: ProvenSetRow;
    readonly below: Awaited<ReturnType<KeysRemote['siteKeySets']>>[number];
  },
): Promise<SiteSecrets | null> {
  const above = await believed(parts, at, rows.above);
  const below = rows.below.set === null ? null : await believed(parts, at, rows.below.set);
  refuse(breaksChain(above, below));
  const { site, epoch } = above;
  const own = held.keyAt(epoch);
  if (own === undefined) return null;
  requireCommitted(parts, above, { epoch, key: own, nameSecret: held.nameSecret });
  let found: SiteSecrets | null = null;
  if (above.link.length > 0) {
    const key = openSiteLink(parts.primitives, { site, epoch, key: own }, above.link);
    if (key === null) throw new Fault('badProof', 'the link to an earlier key');
    found = { epoch: epoch - 1, key, nameSecret: held.nameSecret };
  } else if (rows.below.envelope !== null) {
    found = await opened(parts, site, epoch - 1, rows.below.envelope);
  }
  if (found !== null && below !== null) requireCommitted(parts, below, found);
  return found;
}
