/**
 * Making the next key of a site (SPEC K3, K4): as an admin's device, in parts (`site-sealer.ts`), with one
 * statement over all of them that counts from one moment on. What another device of this user began is taken up.
 */

import { asFault, Fault } from '../base/fault.ts';
import type { SiteId, UserId } from '../base/ids.ts';
import type { SiteEnvelopeRow } from '../api/keys.ts';
import type { RightsRemote } from '../api/rights.ts';
import {
  commitmentOf,
  hashOfPart,
  hashOfParts,
  NO_SUCCESSION,
  sealSiteLink,
  successionOf,
  writeKeySet,
  type SetBefore,
} from '../capability/key-set.ts';
import { permission } from '../capability/policy.ts';
import type { KnownSite } from './directory.ts';
import { sealToSelf } from './founding.ts';
import { keepSecrets } from './site-keep.ts';
import { newestSecrets, newestSets, pinnedSet, type EpochParts } from './site-epochs.ts';
import { openOwn, SiteKeys, type SiteSecrets } from './site-keys.ts';
import { eachMember, InTurn, patiently, Sealer, type SealingParts } from './site-sealer.ts';

export interface RotationParts extends EpochParts, SealingParts {
  readonly rights: RightsRemote;
  /** The site anew from the node. */
  refresh(site: SiteId): Promise<KnownSite>;
}

export interface Rotated {
  readonly epoch: number;
  /** Whom the key could not be given because what the node says of them does not hold. */
  readonly refused: readonly UserId[];
}

/** Members who change their keys meanwhile are given theirs anew so often. */
const ROUNDS_MAX = 8;

export interface Wish {
  /** Changes whether newcomers read what was before. */
  readonly history?: boolean | null;
  /** Also without the newest key, when this user has not been given it (SPEC K10). */
  readonly anew?: boolean;
}

/** Makes the next key. `taken`: another device is at it. */
export async function rotateSite(
  parts: RotationParts,
  site: SiteId,
  { history = null, anew = false }: Wish = {},
): Promise<Rotated> {
  const known = await parts.refresh(site);
  const lost = anew ? await lostSet(parts, known) : null;
  const before = lost ?? (await setBefore(parts, known));
  const from = before?.epoch ?? 1;
  if (known.keys.epoch !== from && lost === null)
    throw new Fault('stale', 'the newest key of the site is not here yet');
  const fresh = { epoch: from + 1, key: parts.env.random(32), nameSecret: known.keys.nameSecret };
  const resume = sealToSelf(parts, site, fresh);
  let begun = await parts.keys.rotate({ site, from, resume, anew: false });
  let resumed: SiteSecrets | null = null;
  if (begun.kind === 'resumed') {
    resumed = openResume(parts, { site, epoch: from + 1 }, begun.resume);
    // Made under an earlier key of hers, which a device that has ended may know, or by somebody else.
    if (resumed === null) begun = await parts.keys.rotate({ site, from, resume, anew: true });
  }
  switch (begun.kind) {
    case 'busy':
      throw new Fault('taken', 'another device makes the next key of this site');
    case 'stale':
      throw new Fault('stale', 'the site has another key already');
    case 'ok':
      return finish(parts, known, { before, history, secrets: fresh, parts: [], after: null });
    case 'resumed': {
      if (resumed === null) throw new Fault('badProof', 'a key set that none of your devices began');
      const done = begun.parts.map((hash) => hash.slice());
      return finish(parts, known, { before, history, secrets: resumed, parts: done, after: begun.after });
    }
  }
}

/** The newest set when this user has not been given its key, or null. */
async function lostSet(parts: RotationParts, { row, keys }: KnownSite): Promise<SetBefore | null> {
  const [set] = (await newestSets(parts, row, keys))?.sets ?? [];
  return set === undefined || keys.keyAt(set.epoch) !== undefined ? null : set;
}

async function setBefore(parts: RotationParts, { row, keys }: KnownSite): Promise<SetBefore | null> {
  const newest = await newestSecrets(parts, row, keys);
  return newest?.set ?? (await pinnedSet(parts.keep, row.site));
}

/** The key that another device of this user has begun to hand out, or null: only her newest key is good for it. */
function openResume(
  { primitives, identity }: RotationParts,
  at: { readonly site: SiteId; readonly epoch: number },
  resume: Uint8Array,
): SiteSecrets | null {
  const { generation, key } = identity.ring.newest;
  const secrets = openOwn(primitives, { ...at, generation, secret: key.secret }, resume);
  return secrets && { ...secrets, key: secrets.key.slice(), nameSecret: secrets.nameSecret.slice() };
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
  await parts.checks.begin(site);
  const sealer = new Sealer(parts, known.row, making.secrets);
  const handing = new InTurn<readonly SiteEnvelopeRow[]>(async (envelopes) => {
    const part = making.parts.length;
    making.parts.push(hashOfPart(parts.primitives, envelopes));
    const { epoch } = making.secrets;
    await patiently(parts.env, () => parts.keys.rotatePart({ site, epoch, part, envelopes }));
  });
  await eachMember(parts, site, { missing: false, after: making.after }, async (rows) => {
    const envelopes = await sealer.seal(rows);
    if (envelopes.length > 0) await handing.add(envelopes);
  });
  await handing.end();
  // A key that its maker could not open again would be nobody's.
  if (sealer.refused.includes(parts.identity.user.id))
    throw new Fault('badProof', 'the own row of the members');
  let { version } = known.row;
  let { label } = known;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const at = { version, label };
    const answer = await patiently(parts.env, () => commit(parts, known, making, at));
    if (answer.kind === 'ok') {
      await keepSecrets(parts.keep, site, [known.keys.newest(), making.secrets]);
      known.keys.add(making.secrets);
      // Of a set that was taken up only the rest was met: what is kept is of whole ones.
      if (making.after === null) await parts.checks.end(site).catch(notKept(parts, site));
      await patiently(parts.env, () => newestSecrets(parts, known.row, known.keys));
      return { epoch: answer.epoch, refused: sealer.refused };
    }
    if (answer.kind === 'stale') throw new Fault('stale', 'the site has changed meanwhile');
    if (answer.kind === 'label') {
      version = answer.version;
      label = known.keys.openLabel(answer.label.slice()) ?? label;
      continue;
    }
    const lacking = new Set(answer.users);
    await eachMember(parts, site, { missing: false, after: null }, async (rows) => {
      const envelopes = await sealer.seal(rows.filter(({ user }) => lacking.has(user)));
      if (envelopes.length > 0) await handing.add(envelopes);
    });
    await handing.end();
  }
  throw new Fault('stale', 'the members of the site keep changing');
}

/** A keep without room costs the checks once more, and nobody her key. */
function notKept({ env }: RotationParts, site: SiteId) {
  return (thrown: unknown): void =>
    env.log('info', 'site.rotate.checks', { site, fault: asFault(thrown).code });
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
  const current = keys.keyAt(epoch - 1) ?? null;
  const history = current !== null && (making.history ?? was);
  const commitment = commitmentOf(primitives, { site, epoch, key });
  const set = await writeKeySet(primitives, identity.deviceKey.seed, {
    site,
    epoch,
    history,
    policy: (making.before?.policy ?? 0) + (history === was ? 0 : 1),
    envelopes: hashOfParts(primitives, making.parts),
    commitment,
    succession:
      current === null
        ? NO_SUCCESSION
        : successionOf(primitives, { site, epoch: epoch - 1, key: current }, commitment),
    link:
      current !== null && history
        ? sealSiteLink(primitives, env, { site, epoch, key }, current)
        : new Uint8Array(0),
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
  const sealer = new Sealer(parts, (await parts.refresh(site)).row, keys.newest());
  const { epoch } = keys;
  await eachMember(parts, site, { missing: true, after: null }, async (rows) => {
    const envelopes = await sealer.seal(rows);
    if (envelopes.length > 0) await parts.keys.rotateAdd({ site, epoch, envelopes });
  });
  // Also without any: who cannot be given a key yet is no work that waits.
  await parts.keys.rotateAdd({ site, epoch, envelopes: [] });
}
