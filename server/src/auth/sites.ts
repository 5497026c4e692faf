/**
 * Sites and their members (SPEC A8, A12). Of a site's keys the node holds sealed envelopes only, of its
 * title and the names of its logs a sealed label. Who is no member learns nothing, not even that a site
 * exists.
 */

import type { AuthApi } from 'copse/internal/api/auth.ts';
import type { Member } from 'copse/internal/api/auth-acts.ts';
import type { SiteRow } from 'copse/internal/api/auth-basics.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type DeviceId, type SiteId, type UserId } from 'copse/internal/base/ids.ts';
import { sitesPerUserMax } from 'copse/internal/base/limits.ts';
import { permission } from 'copse/internal/capability/policy.ts';
import { siteIdOf } from 'copse/internal/crypto/hash.ts';
import type { SiteMembership } from '../store/accounts-sites.ts';
import { FAULT_BY_ANSWER, type Grounds, type Who } from './grounds.ts';
import { permissionsIn } from './rights.ts';

const SITES_PER_PAGE = 32;
const MEMBERS_PER_PAGE = 256;

type Request<Name extends keyof AuthApi> = Parameters<AuthApi[Name]>[0];

/** Registers a site by the attestation of its root key to the founder. */
export async function foundSite(grounds: Grounds, who: Who, request: Request<'foundSite'>): Promise<SiteId> {
  const { accounts, primitives, env, proofs } = grounds;
  const root = key(request.root.slice());
  const bytes = request.attestation.slice();
  const { last } = await proofs.verify(root, [bytes]);
  if (last.subjectKind !== 'user' || !equal(last.subject, who.key)) {
    throw new Fault('badProof', 'the attestation is made out to another');
  }
  const site = siteIdOf(primitives, root);
  const answer = await accounts.sites.found({
    site,
    root,
    founder: who.user,
    granted: { grant: last, bytes, above: null },
    label: request.label,
    envelope: request.envelope,
    atMs: env.wallMs(),
    sitesMax: sitesPerUserMax,
  });
  if (answer !== 'ok') throw new Fault(FAULT_BY_ANSWER[answer], 'a site');
  return site;
}

/** What the user holds in a site, and what her device may do there now; `forbidden` when she is no member. */
export async function membershipOf(
  grounds: Grounds,
  who: Who,
  site: SiteId,
): Promise<{ readonly held: SiteMembership; readonly permissions: number }> {
  const held = await grounds.accounts.sites.membership(site, who.user);
  if (held === null) throw new Fault('forbidden', 'you are no member of this site');
  const { everywhere } = await permissionsIn(grounds, who.user, site);
  return { held, permissions: everywhere & who.scope };
}

/** The membership, when it permits this now. */
export async function requirePermission(
  grounds: Grounds,
  who: Who,
  of: { readonly site: SiteId; readonly permissions: number },
): Promise<SiteMembership> {
  const { held, permissions } = await membershipOf(grounds, who, of.site);
  if ((permissions & of.permissions) !== of.permissions) throw new Fault('forbidden');
  return held;
}

export async function listSites(
  grounds: Grounds,
  who: Who,
  after: SiteId | null,
): Promise<{ readonly sites: readonly SiteRow[]; readonly more: boolean }> {
  const rows = await grounds.accounts.sites.memberships(who.user, after, SITES_PER_PAGE + 1);
  const sites = await Promise.all(rows.slice(0, SITES_PER_PAGE).map((held) => siteRow(grounds, held)));
  return { sites, more: rows.length > SITES_PER_PAGE };
}

export async function oneSite(grounds: Grounds, who: Who, site: SiteId): Promise<SiteRow> {
  return siteRow(grounds, (await membershipOf(grounds, who, site)).held);
}

async function siteRow(grounds: Grounds, held: SiteMembership): Promise<SiteRow> {
  const { site, joinedMs } = held;
  const { keyEpoch, envelope } = await newestKey(grounds, held);
  const { root, label, version, members } = held.of;
  const { everywhere, somewhere } = await permissionsIn(grounds, held.user, site);
  const may = { permissions: everywhere, somewhere };
  return { site, root, ...may, label, version, keyEpoch, envelope, joinedMs, members };
}

/** The newest key of the site of which this member has an envelope. */
async function newestKey(
  { accounts }: Grounds,
  held: SiteMembership,
): Promise<{ readonly keyEpoch: number; readonly envelope: Uint8Array }> {
  const { keyEpoch } = held.of;
  const newest =
    keyEpoch === held.keyEpoch ? null : await accounts.keys.envelope(held.site, keyEpoch, held.user);
  return newest === null ? held : { keyEpoch, envelope: newest };
}

/** Whoever may write may add a log, and with it a name to the label. */
export async function updateLabel(grounds: Grounds, who: Who, request: Request<'updateSite'>) {
  const { site, version, label } = request;
  await requirePermission(grounds, who, { site, permissions: permission.write });
  const answer = await grounds.accounts.sites.updateLabel(site, version, label);
  if (answer.kind === 'unknown') throw new Fault('unknown');
  return answer;
}

export async function listMembers(
  grounds: Grounds,
  who: Who,
  request: { readonly site: SiteId; readonly after: UserId | null },
): Promise<{ readonly members: readonly Member[]; readonly more: boolean }> {
  await membershipOf(grounds, who, request.site);
  const { accounts } = grounds;
  const rows = await accounts.sites.members(request.site, request.after, MEMBERS_PER_PAGE + 1);
  const members = await Promise.all(
    rows.slice(0, MEMBERS_PER_PAGE).map(async ({ user, key, name, joinedMs, invitedBy }) => {
      const { everywhere: permissions } = await permissionsIn(grounds, user, request.site);
      return { user, key, name, permissions, joinedMs, invitedBy };
    }),
  );
  return { members, more: rows.length > MEMBERS_PER_PAGE };
}

/** Whose devices these are, as far as they belong to those who are or were members. */
export async function writersOf(
  grounds: Grounds,
  who: Who,
  request: { readonly site: SiteId; readonly devices: readonly DeviceId[] },
) {
  await membershipOf(grounds, who, request.site);
  return grounds.accounts.sites.writers(request.site, request.devices);
}

export async function leaveSite(grounds: Grounds, who: Who, site: SiteId): Promise<void> {
  const { accounts, env } = grounds;
  const wasMember = await accounts.sites.leave(site, who.user, env.wallMs());
  if (!wasMember) throw new Fault('forbidden', 'you are no member of this site');
}
