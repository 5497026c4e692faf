/**
 * What a user does with sites, each act made of signed and sealed objects that the node stores without
 * being able to read or forge them (SPEC A8, A9, A12). Loaded with the first such act; the only one that a
 * first start needs is in `founding.ts`.
 */

import { equal } from '../base/bytes.ts';
import { asFault, Fault } from '../base/fault.ts';
import { key, type Key, type SiteId } from '../base/ids.ts';
import { invitationMsMax, labelLogsMax } from '../base/limits.ts';
import type { AuthActs } from '../api/auth-acts.ts';
import { permission } from '../api/model.ts';
import { attest, openAttestation, type Grant } from '../capability/attestation.ts';
import { looking, prove } from '../capability/possession.ts';
import { isSubset } from '../capability/policy.ts';
import { verifyChain } from '../capability/chain.ts';
import { siteIdOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { KnownSite } from './directory.ts';
import { GRANT, sealToSelf, type ActParts } from './founding.ts';
import { inviteKeys } from './invite.ts';
import type { NodeLink } from './link-parts.ts';
import { parseLink } from './link-parts.ts';
import { openEnvelope, sealEnvelope } from './site-envelope.ts';
import { SiteKeys, type Label, type SiteSecrets } from './site-keys.ts';
import type { InvitationView } from './types.ts';

export interface SiteActParts extends ActParts {
  readonly acts: AuthActs;
}

const DAY_MS = 86_400_000;
/** Somebody else changed the label at the same moment: look and try again. */
const LABEL_TRIES = 8;

/** The key may change between sealing and registering: look and try again. */
const INVITE_TRIES = 4;

/** Changes the label, on top of whatever others did to it meanwhile. */
export async function changeLabel(
  parts: SiteActParts,
  site: SiteId,
  change: (label: Label) => Label,
): Promise<void> {
  const { acts, auth, directory } = parts;
  let known = directory.require(site);
  for (let i = 0; i < LABEL_TRIES; i++) {
    const next = change(known.label);
    if (next === known.label) return;
    if (next.logs.length > labelLogsMax) throw new Fault('tooMany', `A site lists ${labelLogsMax} logs.`);
    const label = known.keys.sealLabel(next);
    const answer = await acts.updateSite({ site, version: known.row.version, label });
    known = await directory.refreshSite(auth, site);
    if (answer.kind === 'ok') return;
  }
  throw new Fault('stale', 'others keep changing this site');
}

/** Registers an invitation and answers the seed that belongs into its link. */
export async function invite(
  parts: SiteActParts,
  known: KnownSite,
  offer: { readonly permissions: number; readonly days: number },
): Promise<Uint8Array> {
  const { env, primitives } = parts;
  if (!isSubset(offer.permissions, known.row.permissions)) {
    throw new Fault('forbidden', 'You cannot give what you do not have.');
  }
  const { site } = known.row;
  for (let i = 0; i < INVITE_TRIES; i++) {
    const seed = env.random(32);
    const oneTime = await inviteKeys(primitives, seed);
    const secrets = known.keys.newest();
    const envelope = await sealEnvelope(
      primitives,
      env,
      { site, publicKey: oneTime.agree.publicKey },
      secrets,
    );
    const expiresMs = Math.floor(env.wallMs()) + Math.min(offer.days * DAY_MS, invitationMsMax);
    const grant = { ...GRANT, site, subject: oneTime.sign.publicKey, subjectKind: 'oneTime' } as const;
    await inviteWith(parts, { ...grant, permissions: offer.permissions }, { site, envelope, expiresMs });
    const { row } = await parts.directory.refreshSite(parts.auth, site);
    if (row.keyEpoch === secrets.epoch) return seed;
    // The site got another key at the same moment: that envelope is of an epoch which the node did not note.
    await parts.acts.withdraw({ site, key: oneTime.sign.publicKey });
  }
  throw new Fault('stale', 'the key of the site keeps changing');
}

/**
 * How often a right may be handed on is written in one's own grant, which the node keeps. Who is to
 * invite others gets as much of it as there is; the node refuses what is too much.
 */
async function inviteWith(
  parts: SiteActParts,
  grant: Omit<Grant, 'delegations'>,
  rest: { readonly site: SiteId; readonly envelope: Uint8Array; readonly expiresMs: number },
): Promise<void> {
  const { env, primitives, identity, acts } = parts;
  const mayInvite = (grant.permissions & permission.invite) !== 0;
  const tries = mayInvite ? [6, 4, 2, 1] : [1];
  for (const [i, delegations] of tries.entries()) {
    const attestation = await attest(primitives, env, identity.user.sign.seed, { ...grant, delegations });
    try {
      await acts.invite({ ...rest, attestation });
      return;
    } catch (thrown) {
      const isTooWide =
        thrown instanceof Fault && (thrown.code === 'forbidden' || thrown.code === 'badProof');
      if (!isTooWide || i === tries.length - 1) throw thrown;
    }
  }
}

/** The parts of an invitation link to this node. Throws `malformed` or `wrongPeer`. */
export function invitationLink(text: string, node: Key): NodeLink {
  const link = parseLink(text);
  if (link === null || link.kind !== 'join') throw new Fault('malformed', 'This is no invitation link.');
  if (!equal(link.node, node)) throw new Fault('wrongPeer', 'The invitation is to a site on another node.');
  return link;
}

type Offer = Awaited<ReturnType<AuthActs['invitation']>>;

/** What a link offers. Open to strangers, so that one can look before one signs up. */
export async function lookAt(
  parts: Pick<SiteActParts, 'env' | 'primitives' | 'node' | 'acts'> & { readonly device: Key },
  seed: Uint8Array,
): Promise<InvitationView> {
  const { env, primitives, node, acts, device } = parts;
  const { sign } = await inviteKeys(primitives, seed);
  const proof = await prove(primitives, sign.seed, looking({ node, device }));
  const offer = await acts.invitation({ key: sign.publicKey, proof });
  const { site, inviter, expiresMs, state } = offer;
  if (state !== 'open') return { site, inviter, expiresMs, state, title: '', logs: [], permissions: 0 };
  const secrets = await secretsOf(primitives, seed, offer);
  const label = new SiteKeys(primitives, env, site, secrets).openLabel(offer.label);
  const last = await openAttestation(primitives, (offer.proof.at(-1) ?? new Uint8Array(0)).slice());
  return {
    site,
    inviter,
    expiresMs,
    state,
    title: label?.title ?? '',
    logs: label?.logs ?? [],
    permissions: last?.permissions ?? 0,
  };
}

async function secretsOf(primitives: Primitives, seed: Uint8Array, offer: Offer): Promise<SiteSecrets> {
  const { agree } = await inviteKeys(primitives, seed);
  const own = { site: offer.site, epoch: offer.keyEpoch, publicKey: agree.publicKey, secret: agree.secret };
  const secrets = await openEnvelope(primitives, own, offer.envelope);
  if (secrets === null) throw new Fault('badProof', 'the envelope of the invitation does not open');
  return secrets;
}

/** Whether the user is in a site; the answer to an earlier attempt to join it may have been lost. */
async function isMember({ auth, directory }: SiteActParts, site: SiteId): Promise<boolean> {
  if (directory.get(site) !== undefined) return true;
  try {
    await directory.refreshSite(auth, site);
    return true;
  } catch (thrown) {
    if (asFault(thrown).retry === 'never') return false;
    throw thrown;
  }
}

/** Exchanges an invitation for a membership and answers the site. */
export async function join(parts: SiteActParts, seed: Uint8Array): Promise<SiteId> {
  const { env, primitives, identity, node, acts, auth, directory } = parts;
  const { sign } = await inviteKeys(primitives, seed);
  const proof = await prove(primitives, sign.seed, looking({ node, device: identity.deviceKey.publicKey }));
  const offer = await acts.invitation({ key: sign.publicKey, proof });
  const { site, state } = offer;
  if (state !== 'open' && (await isMember(parts, site))) return site;
  if (state === 'used') throw new Fault('used');
  if (state !== 'open') throw new Fault('expired', `The invitation is ${state}.`);
  const path = offer.proof.map((bytes) => bytes.slice());
  const chain = await verifyChain(primitives, { path, root: key(offer.root.slice()), atMs: env.wallMs() });
  if (chain.kind === 'refused') throw new Fault('badProof', `the invitation: ${chain.reason}`);
  if (siteIdOf(primitives, key(offer.root)) !== site) throw new Fault('badProof', 'the root key of the site');
  const grant = await attest(primitives, env, sign.seed, {
    ...GRANT,
    site,
    subject: identity.user.sign.publicKey,
    subjectKind: 'user',
    permissions: chain.rights.permissions,
    resource: chain.rights.resource,
    expiresMs: chain.rights.expiresMs,
    notBeforeMs: chain.rights.notBeforeMs,
    quota: chain.rights.quota,
    delegations: Math.max(0, chain.rights.delegations - 1),
  });
  const envelope = sealToSelf(parts, site, await secretsOf(primitives, seed, offer));
  try {
    await acts.join({ site, proof: [...path, grant], envelope });
  } catch (thrown) {
    // `taken`: the user is a member with these rights already.
    if (!(thrown instanceof Fault) || thrown.code !== 'taken') throw thrown;
  }
  await directory.refreshSite(auth, site);
  return site;
}
