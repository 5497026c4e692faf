/**
 * Keys of a site as a member gets them (SPEC K3-K5): the newest from an envelope, earlier ones from the link in
 * each. A set is believed when a device made it that acted for an admin, a key when it is the one to which its
 * set commits. The newest set that was believed is kept, and only one that follows it is believed after it.
 */

import { equal } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key as keyOf, type Key, type SiteId } from '../base/ids.ts';
import type { KeysRemote, ProvenSetRow } from '../api/keys.ts';
import {
  breaksChain,
  checkKeySet,
  commitmentOf,
  openSiteLink,
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
const pinShape = struct({ epoch: uint(), id: text(64), history: bool, policy: uint() });

/** The set that was believed last, or null while the site has its first key. */
export async function pinnedSet(keep: Keep, site: SiteId): Promise<SetBefore | null> {
  const row = await keep.get(SET + site);
  return row === null ? null : decode(pinShape, row);
}

async function pin(keep: Keep, site: SiteId, set: SetBefore): Promise<void> {
  const { epoch, id, history, policy } = set;
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

/** The newest key of the site and the set by which it came; null when this member has no envelope of it yet. */
export async function newestSecrets(
  parts: EpochParts,
  at: SitePlace,
): Promise<{ readonly set: KeySet; readonly secrets: SiteSecrets } | null> {
  const told = await parts.keys.siteKey({ site: at.site });
  const set = told.set === null ? null : await believed(parts, at, told.set);
  const pinned = await pinnedSet(parts.keep, at.site);
  if (set === null || (pinned !== null && set.epoch < pinned.epoch)) {
    if (pinned === null) return null;
    throw new Fault('fork', 'the node shows an older key of this site than before');
  }
  if (set.epoch !== told.epoch) throw new Fault('badProof', 'a key set of another epoch');
  await requireChain(parts, at, set, pinned);
  if (told.envelope === null) return null;
  const secrets = await opened(parts, at.site, told.epoch, told.envelope);
  requireCommitted(parts, set, secrets);
  await pin(parts.keep, at.site, set);
  return { set, secrets };
}

/** Every set from the pinned one to this follows the one before it. A newcomer has none to begin with. */
async function requireChain(
  parts: EpochParts,
  at: SitePlace,
  newest: KeySet,
  pinned: SetBefore | null,
): Promise<void> {
  const { site } = at;
  if (pinned === null || pinned.epoch === newest.epoch) {
    if (pinned !== null && pinned.id !== newest.id)
      throw new Fault('fork', 'another key set of the same epoch');
    return;
  }
  let after = newest;
  while (after.epoch > pinned.epoch + 1) {
    const rows = await parts.keys.siteKeySets({ site, below: after.epoch });
    for (const { set } of rows) {
      if (set === null || after.epoch === pinned.epoch + 1) break;
      const before = await believed(parts, at, set);
      refuse(breaksChain(after, before));
      after = before;
    }
  }
  refuse(breaksChain(after, pinned));
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
