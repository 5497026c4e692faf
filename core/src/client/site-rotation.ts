/**
 * Making the next key of a site (SPEC K3, K4): as an admin's device, in parts, with a pause between them, so
 * that the application beside it does not notice. Nobody is given the key whom the root of the site does not
 * vouch for, and under no key that she did not state.
 */

import { equal } from '../base/bytes.ts';
import { Cache } from '../base/cache.ts';
import { Fault } from '../base/fault.ts';
import { key as keyOf, type SiteId, type UserId } from '../base/ids.ts';
import { attestationsKnownMax, keySetPartMax } from '../base/limits.ts';
import type { RosterRow, SiteEnvelopeRow } from '../api/keys.ts';
import type { RightsRemote } from '../api/rights.ts';
import type { Attestation } from '../capability/attestation.ts';
import { verifyChain } from '../capability/chain.ts';
import {
  commitmentOf,
  hashOfPart,
  hashOfParts,
  sealSiteLink,
  writeKeySet,
  type SetBefore,
} from '../capability/key-set.ts';
import { permission } from '../capability/policy.ts';
import { openUserKey } from '../capability/user-key.ts';
import { userIdOf } from '../crypto/hash.ts';
import type { KnownSite } from './directory.ts';
import { newestSecrets, opened, pinnedSet, type EpochParts } from './site-epochs.ts';
import { sealEnvelope, SiteKeys, type SiteSecrets } from './site-keys.ts';

export interface RotationParts extends EpochParts {
  readonly rights: RightsRemote;
  /** The site anew from the node. */
  refresh(site: SiteId): Promise<KnownSite>;
  /** Lets others have the thread; throws when the work is to stop. */
  breathe(): Promise<void>;
}

export interface Rotated {
  readonly epoch: number;
  /** Whom the key could not be given because what the node says of them does not hold. */
  readonly refused: readonly UserId[];
}

/** Members who change their keys meanwhile are given theirs anew so often. */
const ROUNDS_MAX = 8;
const SEALED_PER_BREATH = 32;

/** Makes the next key; `history` changes whether newcomers read what was before. `taken`: another device is at it. */
export async function rotateSite(
  parts: RotationParts,
  site: SiteId,
  history: boolean | null = null,
): Promise<Rotated> {
  const known = await parts.refresh(site);
  const before = await setBefore(parts, known);
  const from = before?.epoch ?? 1;
  if (known.keys.epoch !== from) throw new Fault('stale', 'the newest key of the site is not here yet');
  const fresh = { epoch: from + 1, key: parts.env.random(32), nameSecret: known.keys.nameSecret };
  const resume = await sealForSelf(parts, site, fresh);
  const begun = await parts.keys.rotate({ site, from, resume });
  switch (begun.kind) {
    case 'busy':
      throw new Fault('taken', 'another device makes the next key of this site');
    case 'stale':
      throw new Fault('stale', 'the site has another key already');
    case 'ok':
      return finish(parts, known, { before, history, secrets: fresh, parts: [], after: null });
    case 'resumed': {
      const secrets = await opened(parts, site, from + 1, begun.resume);
      const done = begun.parts.map((hash) => hash.slice());
      return finish(parts, known, { before, history, secrets, parts: done, after: begun.after });
    }
  }
}

async function setBefore(parts: RotationParts, { row }: KnownSite): Promise<SetBefore | null> {
  const newest = await newestSecrets(parts, row);
  return newest?.set ?? (await pinnedSet(parts.keep, row.site));
}

function sealForSelf(
  { primitives, env, identity }: RotationParts,
  site: SiteId,
  secrets: SiteSecrets,
): Promise<Uint8Array> {
  const { generation, key } = identity.ring.newest;
  return sealEnvelope(primitives, env, { site, publicKey: key.publicKey, generation }, secrets);
}

interface Making {
  readonly before: SetBefore | null;
  readonly history: boolean | null;
  readonly secrets: SiteSecrets;
  /** Hashes of the parts that the node has. */
  readonly parts: Uint8Array[];
  readonly after: UserId | null;
}

async function finish(parts: RotationParts, known: KnownSite, making: Making): Promise<Rotated> {
  const { site } = known.row;
  const sealer = new Sealer(parts, known, making.secrets);
  const add = async (envelopes: readonly SiteEnvelopeRow[]): Promise<void> => {
    const part = making.parts.length;
    await parts.keys.rotatePart({ site, epoch: making.secrets.epoch, part, envelopes });
    making.parts.push(hashOfPart(parts.primitives, envelopes));
  };
  await eachMember(parts, site, { missing: false, after: making.after }, async (rows) => {
    const envelopes = await sealer.seal(rows);
    if (envelopes.length > 0) await add(envelopes);
  });
  let { version } = known.row;
  let { label } = known;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const answer = await commit(parts, known, making, { version, label });
    if (answer.kind === 'ok') return { epoch: answer.epoch, refused: sealer.refused };
    if (answer.kind === 'stale') throw new Fault('stale', 'the site has changed meanwhile');
    if (answer.kind === 'label') {
      version = answer.version;
      label = known.keys.openLabel(answer.label.slice()) ?? label;
      continue;
    }
    const lacking = new Set(answer.users);
    await eachMember(parts, site, { missing: false, after: null }, async (rows) => {
      const envelopes = await sealer.seal(rows.filter(({ user }) => lacking.has(user)));
      if (envelopes.length > 0) await add(envelopes);
    });
  }
  throw new Fault('stale', 'the members of the site keep changing');
}

async function commit(
  parts: RotationParts,
  known: KnownSite,
  making: Making,
  label: { readonly version: number; readonly label: KnownSite['label'] },
) {
  const { env, primitives, identity, node } = parts;
  const { row, keys } = known;
  const { site } = row;
  const { epoch, key } = making.secrets;
  const was = making.before?.history ?? true;
  const history = making.history ?? was;
  const current = keys.keyAt(epoch - 1);
  if (current === undefined) throw new Fault('stale', 'the newest key of the site is not here');
  const set = await writeKeySet(primitives, identity.deviceKey.seed, {
    site,
    epoch,
    history,
    policy: (making.before?.policy ?? 0) + (history === was ? 0 : 1),
    envelopes: hashOfParts(primitives, making.parts),
    commitment: commitmentOf(primitives, { site, epoch, key }),
    link: history ? sealSiteLink(primitives, env, { site, epoch, key }, current) : new Uint8Array(0),
    previous: making.before?.id ?? null,
    issuedMs: Math.floor(env.wallMs()),
  });
  const next = new SiteKeys(primitives, env, site, making.secrets);
  return parts.keys.rotateCommit({
    site,
    set: { set, blessing: await identity.blessing(node), proof: await ownProof(parts, site) },
    version: label.version,
    label: next.sealLabel(label.label),
  });
}

/** Attestations by which this user is an admin everywhere in the site. */
async function ownProof({ rights }: RotationParts, site: SiteId): Promise<readonly Uint8Array[]> {
  const { holdings } = await rights.whatHolds({ user: null, site, after: null });
  const admin = holdings.find(
    ({ rights: of }) =>
      (of.permissions & permission.admin) !== 0 && of.resource === '*' && of.caveats.length === 0,
  );
  if (admin === undefined) throw new Fault('forbidden', 'You are no admin of this site.');
  const { proof } = await rights.proof({ attestation: admin.via });
  return proof.map((each) => each.slice());
}

/** Hands the newest key to members who came after its set. */
export async function admitMembers(parts: RotationParts, site: SiteId): Promise<void> {
  const { keys } = await parts.refresh(site);
  const sealer = new Sealer(parts, await parts.refresh(site), keys.newest());
  const { epoch } = keys;
  await eachMember(parts, site, { missing: true, after: null }, async (rows) => {
    const envelopes = await sealer.seal(rows);
    if (envelopes.length > 0) await parts.keys.rotateAdd({ site, epoch, envelopes });
  });
  // Also without any: who cannot be given a key yet is no work that waits.
  await parts.keys.rotateAdd({ site, epoch, envelopes: [] });
}

async function eachMember(
  parts: RotationParts,
  site: SiteId,
  want: { readonly missing: boolean; readonly after: UserId | null },
  take: (rows: readonly RosterRow[]) => Promise<void>,
): Promise<void> {
  let { after } = want;
  for (;;) {
    const page = await parts.keys.roster({ site, missing: want.missing, after });
    const rows = page.members.map(copied);
    for (let i = 0; i < rows.length; i += keySetPartMax) await take(rows.slice(i, i + keySetPartMax));
    after = rows.at(-1)?.user ?? null;
    if (!page.more || after === null) return;
    await parts.breathe();
  }
}

/** The fields of an answer are views into its message. */
function copied({ user, key, statement, proof }: RosterRow): RosterRow {
  return { user, key: key.slice(), statement: statement.slice(), proof: proof.map((each) => each.slice()) };
}

/** Seals one key to members, after looking at what vouches for each. */
class Sealer {
  readonly refused: UserId[] = [];
  readonly #parts: RotationParts;
  readonly #known: KnownSite;
  readonly #secrets: SiteSecrets;
  readonly #attestations = new Cache<string, Attestation>(attestationsKnownMax);

  constructor(parts: RotationParts, known: KnownSite, secrets: SiteSecrets) {
    this.#parts = parts;
    this.#known = known;
    this.#secrets = secrets;
  }

  async seal(rows: readonly RosterRow[]): Promise<readonly SiteEnvelopeRow[]> {
    const envelopes: SiteEnvelopeRow[] = [];
    for (const [i, row] of rows.entries()) {
      if (i % SEALED_PER_BREATH === SEALED_PER_BREATH - 1) await this.#parts.breathe();
      envelopes.push((await this.#one(row)) ?? this.#refuse(row.user));
    }
    return envelopes;
  }

  /** An empty envelope says that she was not forgotten. */
  #refuse(user: UserId): SiteEnvelopeRow {
    this.refused.push(user);
    this.#parts.env.log('warn', 'site.rotate.refused', { site: this.#known.row.site, user });
    return { user, generation: 1, envelope: new Uint8Array(0) };
  }

  async #one({ user, key, statement, proof }: RosterRow): Promise<SiteEnvelopeRow | null> {
    const { primitives, env } = this.#parts;
    const { site, root } = this.#known.row;
    if (userIdOf(primitives, key) !== user) return null;
    const stated = await openUserKey(primitives, statement).catch(() => null);
    if (stated === null || !equal(stated.user, key)) return null;
    const chain = await verifyChain(primitives, {
      path: proof,
      root: keyOf(root),
      atMs: env.wallMs(),
      known: this.#attestations,
    });
    if (chain.kind === 'refused' || chain.subjectKind !== 'user' || !equal(chain.subject, key)) return null;
    const { generation, publicKey } = stated;
    const envelope = await sealEnvelope(primitives, env, { site, publicKey, generation }, this.#secrets);
    return { user, generation, envelope };
  }
}
