/**
 * Invitations (SPEC A9, A11, A12): an attestation to a one-time key whose seed travels in a link. Whoever
 * holds the seed sees what it offers and exchanges it, once, for a grant of her own. The proof is verified
 * here; that it happens once is decided by the store, in the transaction that makes the member.
 */

import type { AuthApi } from 'copse/internal/api/auth.ts';
import type { InvitationRow } from 'copse/internal/api/auth-acts.ts';
import { equal, NO_BYTES } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key, type SiteId, type UserId } from 'copse/internal/base/ids.ts';
import {
  invitationMsMax,
  invitationsPerSiteMax,
  membersPerSiteMax,
  sitesPerUserMax,
} from 'copse/internal/base/limits.ts';
import type { Attestation } from 'copse/internal/capability/attestation.ts';
import { permission } from 'copse/internal/capability/policy.ts';
import { isProven, looking } from 'copse/internal/capability/possession.ts';
import { refusalOf, type InvitationRecord } from '../store/accounts-sites.ts';
import { FAULT_BY_ANSWER, permissionsNow, type Grounds, type VerifiedPath, type Who } from './grounds.ts';
import { membershipOf, requirePermission } from './sites.ts';

type Request<Name extends keyof AuthApi> = Parameters<AuthApi[Name]>[0];
type Offer = Awaited<ReturnType<AuthApi['invitation']>>;

/** Registers an invitation and answers its key. */
export async function invite(grounds: Grounds, who: Who, request: Request<'invite'>): Promise<Key> {
  const { accounts, env, proofs } = grounds;
  const { site, expiresMs } = request;
  const held = await requirePermission(grounds, who, { site, permissions: permission.invite });
  const nowMs = env.wallMs();
  if (expiresMs <= nowMs) throw new Fault('expired', 'the invitation would end before it begins');
  if (expiresMs > nowMs + invitationMsMax) throw new Fault('tooLarge', 'the invitation would last too long');
  const bytes = request.attestation.slice();
  const above = await accounts.sites.path(held.attestation);
  const { last } = await proofs.verify(held.of.root, [...above, bytes]);
  if (last.subjectKind !== 'oneTime') throw new Fault('malformed', 'an invitation is to a one-time key');
  if (last.delegations === 0) throw new Fault('malformed', 'an invitation is handed on once more');
  const answer = await accounts.sites.invite({
    site,
    by: who.user,
    granted: { grant: last, bytes, above: held.attestation },
    envelope: request.envelope,
    atMs: nowMs,
    expiresMs,
    openMax: invitationsPerSiteMax,
  });
  if (answer !== 'ok') throw new Fault(FAULT_BY_ANSWER[answer], 'an invitation');
  return last.subject;
}

/** An admin sees all invitations of her site, who may invite sees her own. */
export async function listInvitations(
  grounds: Grounds,
  who: Who,
  site: SiteId,
): Promise<readonly InvitationRow[]> {
  const { permissions } = await membershipOf(grounds, who, site);
  if ((permissions & (permission.invite | permission.admin)) === 0) throw new Fault('forbidden');
  const by = (permissions & permission.admin) === 0 ? who.user : null;
  const rows = await grounds.accounts.sites.invitations(site, by, invitationsPerSiteMax);
  return rows.map((row) => ({
    key: row.key,
    permissions: row.rights.permissions,
    by: row.by,
    createdMs: row.createdMs,
    expiresMs: row.expiresMs,
    state: stateOf(grounds, row, null),
    usedBy: row.takenBy,
  }));
}

function stateOf(grounds: Grounds, row: InvitationRecord, user: UserId | null): InvitationRow['state'] {
  return refusalOf(row, user, grounds.env.wallMs()) ?? 'open';
}

/** Ends an invitation: by whoever made it, or an admin of the site. */
export async function withdraw(
  grounds: Grounds,
  who: Who,
  request: { readonly site: SiteId; readonly key: Uint8Array },
): Promise<void> {
  const { site } = request;
  const { accounts, env } = grounds;
  const { permissions } = await membershipOf(grounds, who, site);
  const row = await accounts.sites.invitation(key(request.key));
  const mayManage = (permissions & permission.admin) !== 0 || row?.by === who.user;
  if (row === null || row.site !== site || !mayManage)
    throw new Fault('unknown', 'no such invitation of yours');
  const answer = await accounts.sites.withdraw(site, row.key, env.wallMs());
  if (answer !== 'ok') throw new Fault(FAULT_BY_ANSWER[answer]);
}

/**
 * What an invitation offers to whom holds its key. One that admits nobody any more shows its state and
 * nothing else: a link that is found later must not open the site's key.
 */
export async function offer(
  grounds: Grounds,
  caller: { readonly device: Key; readonly user: UserId | null },
  request: { readonly key: Uint8Array; readonly proof: Uint8Array },
): Promise<Offer> {
  const { accounts, primitives, node } = grounds;
  const claim = looking({ node, device: caller.device });
  if (!(await isProven(primitives, request.key, claim, request.proof))) {
    throw new Fault('badProof', 'the invitation is not at hand');
  }
  const row = await accounts.sites.invitation(key(request.key));
  const of = row === null ? null : await accounts.sites.site(row.site);
  if (row === null || of === null) throw new Fault('unknown', 'no such invitation');
  const inviter = (await accounts.people.user(row.by))?.profile.name ?? '';
  const state = stateOf(grounds, row, caller.user);
  const { site, keyEpoch, expiresMs } = row;
  const known = { site, root: of.root, keyEpoch, inviter, expiresMs, state };
  if (state !== 'open') return { ...known, proof: [], envelope: NO_BYTES, label: NO_BYTES };
  const proof = await accounts.sites.path(row.attestation);
  return { ...known, proof, envelope: row.envelope, label: of.label };
}

/** Exchanges an invitation for a membership; answers its permissions. */
export async function join(grounds: Grounds, who: Who, request: Request<'join'>): Promise<number> {
  const { accounts, env, proofs } = grounds;
  const { site } = request;
  const of = await accounts.sites.site(site);
  if (of === null) throw new Fault('unknown', 'no such invitation');
  const proof = request.proof.map((bytes) => bytes.slice());
  const exchange = exchangeOf(await proofs.verify(of.root, proof), who);
  const row = await accounts.sites.invitation(exchange.invitation.subject);
  if (row === null) throw new Fault('unknown', 'no such invitation');
  const stored = await accounts.sites.path(row.attestation);
  if (row.site !== site || !isPrefix(stored, proof))
    throw new Fault('badProof', 'not the invitation given out');
  const answer = await accounts.sites.join({
    site,
    user: who.user,
    key: row.key,
    granted: { grant: exchange.grant, bytes: proof[proof.length - 1] ?? NO_BYTES, above: row.attestation },
    envelope: request.envelope,
    atMs: env.wallMs(),
    membersMax: membersPerSiteMax,
    sitesMax: sitesPerUserMax,
  });
  if (answer !== 'ok') throw new Fault(FAULT_BY_ANSWER[answer], DETAIL_BY_ANSWER[answer]);
  const held = await accounts.sites.membership(site, who.user);
  return held === null ? 0 : permissionsNow(held.rights, env.wallMs());
}

const DETAIL_BY_ANSWER = {
  taken: 'you are a member with these rights already',
  full: 'members of the site, or sites of yours',
  unknown: 'no such invitation',
  used: '',
  expired: 'the invitation',
  withdrawn: 'the invitation was withdrawn',
} as const;

interface Exchange {
  readonly invitation: Attestation;
  readonly grant: Attestation;
}

/** The two ends of a proof: the invitation, and what its key hands on to this very user. */
function exchangeOf(verified: VerifiedPath, who: Who): Exchange {
  const { path, last } = verified;
  const invitation = path[path.length - 2];
  if (invitation?.subjectKind !== 'oneTime') throw new Fault('badProof', 'a proof without an invitation');
  if (last.subjectKind !== 'user' || !equal(last.subject, who.key)) {
    throw new Fault('badProof', 'the exchange is made out to another');
  }
  return { invitation, grant: last };
}

/** Whether `proof` is the stored path and one more. */
function isPrefix(stored: readonly Uint8Array[], proof: readonly Uint8Array[]): boolean {
  return (
    stored.length === proof.length - 1 &&
    stored.every((bytes, n) => {
      const given = proof[n];
      return given !== undefined && equal(bytes, given);
    })
  );
}
