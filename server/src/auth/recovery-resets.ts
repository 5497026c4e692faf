/**
 * Resets (SPEC P12): somebody who has lost every key comes with a new one and says whose place she takes. An
 * admin of the node who knows her approves; the old key is nobody's from then on, and what it was a member of
 * waits, site by site, for an admin there, because only members hold the keys of a site. The steps after the
 * approval are repeatable, and a start of the node carries out what a crash has left.
 */

import type { RecoveryApi, PendingRow, ResetRow } from 'copse/internal/api/recovery.ts';
import { must } from 'copse/internal/base/assert.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key, type SiteId, type UserId } from 'copse/internal/base/ids.ts';
import {
  devicesPerUserMax,
  nameBytesMax,
  resetMs,
  resetsMax,
  resetsPerUserMax,
} from 'copse/internal/base/limits.ts';
import { permission } from 'copse/internal/capability/policy.ts';
import { isProven } from 'copse/internal/capability/possession.ts';
import { claiming } from 'copse/internal/capability/recovery-proof.ts';
import { checkBlessing } from 'copse/internal/capability/blessing.ts';
import { deviceIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import type { PendingRecord, ResetRecord, Succession } from '../store/recovery-resets.ts';
import { requireWhole } from './devices.ts';
import type { Issuer } from './account-issuer.ts';
import type { Grounds, Who } from './grounds.ts';
import type { Live } from './live.ts';
import { cleanName } from './names.ts';
import { requirePermission } from './sites.ts';

type Request<Name extends keyof RecoveryApi> = Parameters<RecoveryApi[Name]>[0];
type Answer<Name extends keyof RecoveryApi> = Awaited<ReturnType<RecoveryApi[Name]>>;

const SITES_PER_STEP = 64;

/** What carrying out an approval takes. */
export interface Carrying {
  readonly grounds: Grounds;
  readonly live: Live;
  readonly issuer: Issuer;
}

/** Takes a request of somebody whose new key and device are proven. */
export async function ask(grounds: Grounds, device: Key, request: Request<'resetAsk'>): Promise<void> {
  const { accounts, primitives, env, node } = grounds;
  const { user, agree, proof } = request;
  const newKey = key(request.key.slice());
  const use = { device, node, wallMs: env.wallMs() };
  const blessed = await checkBlessing(primitives, request.blessing.slice(), use);
  if (blessed.kind === 'refused' || hex(blessed.blessing.user) !== hex(newKey)) {
    throw new Fault('badProof', 'the blessing of this device by the new key');
  }
  if (!(await isProven(primitives, newKey, claiming({ node, user, agree }), proof))) {
    throw new Fault('badProof', 'the claim');
  }
  if ((await accounts.people.user(user)) === null) throw new Fault('unknown', 'no such user');
  if ((await accounts.people.user(userIdOf(primitives, newKey))) !== null) {
    throw new Fault('taken', 'this key is a user already; a reset needs a new one');
  }
  const atMs = env.wallMs();
  const row: ResetRecord = {
    request: hex(request.request),
    user,
    key: newKey,
    agree: agree.slice(),
    proof: proof.slice(),
    device,
    deviceName: cleanName(request.deviceName, nameBytesMax).text,
    blessedMs: blessed.blessing.expiresMs,
    words: cleanName(request.words, nameBytesMax).text,
    createdMs: atMs,
    state: 'waiting',
  };
  const answer = await accounts.resets.ask(row, {
    sinceMs: atMs - resetMs,
    waitingMax: resetsMax,
    perUserMax: resetsPerUserMax,
  });
  if (answer !== 'ok') throw new Fault(answer, 'a request for a reset');
  env.log('warn', 'auth.resetAsked', { user });
}

export async function stateOf(
  grounds: Grounds,
  request: Request<'resetState'>,
): Promise<Answer<'resetState'>> {
  const row = await grounds.accounts.resets.request(hex(request.request));
  return { state: row?.state ?? 'unknown' };
}

async function requireAdmin(grounds: Grounds, who: Who): Promise<void> {
  requireWhole(who);
  if ((await grounds.accounts.people.user(who.user))?.admin !== true) throw new Fault('forbidden');
}

export async function listWaiting(grounds: Grounds, who: Who): Promise<readonly ResetRow[]> {
  await requireAdmin(grounds, who);
  const { accounts, env } = grounds;
  const rows = await accounts.resets.waiting(env.wallMs() - resetMs, resetsMax);
  return Promise.all(
    rows.map(async (row) => ({
      request: must(fromHex(row.request), 'an id is hex'),
      user: row.user,
      name: (await accounts.people.user(row.user))?.profile.name ?? '',
      key: row.key,
      agree: row.agree,
      proof: row.proof,
      words: row.words,
      createdMs: row.createdMs,
    })),
  );
}

export async function decide(
  { grounds, live, issuer }: Carrying,
  who: Who,
  request: Request<'resetDecide'>,
): Promise<void> {
  await requireAdmin(grounds, who);
  const { accounts, env, primitives } = grounds;
  const id = hex(request.request);
  const row = await accounts.resets.request(id);
  if (row === null) throw new Fault('unknown', 'no such request');
  const user = userIdOf(primitives, row.key);
  const isDone = request.approve
    ? await accounts.resets.approve(id, user, who.user, env.wallMs())
    : await accounts.resets.refuse(id, who.user, env.wallMs());
  // Repeating an approval that was cut short goes on with it.
  const isRepeated = request.approve && (await accounts.resets.successor(row.user)) === user;
  if (!isDone && !isRepeated) throw new Fault('taken', 'the request has been decided');
  env.log('warn', 'auth.reset', { user: row.user, by: who.user, approved: request.approve });
  if (request.approve) await carryOut({ grounds, live, issuer }, { was: row.user, user, request: id });
}

/** What approvals before a crash have left to do. */
export async function resumeResets(parts: Carrying): Promise<void> {
  for (const succession of await parts.grounds.accounts.resets.unfinished()) {
    await carryOut(parts, succession);
  }
}

/** Each step may be repeated. The old key's devices end first: that is what a thief would use. */
async function carryOut(
  { grounds, live, issuer }: Carrying,
  { was, user, request }: Succession,
): Promise<void> {
  const { accounts, env } = grounds;
  const atMs = env.wallMs();
  for (const { device, revokedMs } of await accounts.people.devices(was, devicesPerUserMax)) {
    if (revokedMs !== null) continue;
    await accounts.people.endDevice({ user: was, device, revoke: true, atMs });
    live.endDevice(device, 'revoked');
  }
  const row = must(await accounts.resets.request(request), 'an approved request is kept');
  await issuer.succeed(must(await accounts.people.user(was), 'users are never forgotten').key, row.key);
  await welcome(grounds, was, row);
  await handOver(grounds, was, user);
  await accounts.resets.finish(was);
}

async function welcome(grounds: Grounds, was: UserId, row: ResetRecord): Promise<void> {
  const { accounts, env, primitives } = grounds;
  const user = userIdOf(primitives, row.key);
  const before = must(await accounts.people.user(was), 'users are never forgotten');
  const signedUp = await accounts.people.signUp({
    user,
    key: row.key,
    profile: before.profile,
    device: {
      device: deviceIdOf(primitives, row.device),
      key: row.device,
      user,
      name: row.deviceName,
      atMs: env.wallMs(),
      blessedMs: row.blessedMs,
    },
    by: { kind: 'open' },
    devicesMax: devicesPerUserMax,
  });
  if (signedUp.kind !== 'ok') env.log('error', 'auth.reset', { user, refused: signedUp.kind });
}

async function handOver(grounds: Grounds, was: UserId, user: UserId): Promise<void> {
  const { accounts, env } = grounds;
  for (;;) {
    const held = await accounts.sites.memberships(was, null, SITES_PER_STEP);
    if (held.length === 0) return;
    for (const { site, rights } of held) {
      await accounts.resets.addPending({ site, user, was, permissions: rights.permissions, sealed: null });
      await accounts.sites.leave(site, was, env.wallMs());
    }
  }
}

/** What waits in a site, for its admins, or for the caller herself. */
export async function listPending(
  grounds: Grounds,
  who: Who,
  site: SiteId | null,
): Promise<readonly PendingRow[]> {
  const { accounts } = grounds;
  if (site !== null) await requirePermission(grounds, who, { site, permissions: permission.admin });
  const rows =
    site === null
      ? await accounts.resets.pendingsOf(who.user, resetsMax)
      : await accounts.resets.pendingsOfSite(site, resetsMax);
  const open = await Promise.all(rows.map((row) => stillPending(grounds, row)));
  const waiting = open.filter((row) => row !== null);
  const shown = await Promise.all(waiting.map((row) => pendingRow(grounds, row)));
  return shown.filter((row) => row !== null);
}

async function stillPending({ accounts }: Grounds, row: PendingRecord): Promise<PendingRecord | null> {
  if ((await accounts.sites.membership(row.site, row.user)) === null) return row;
  await accounts.resets.dropPending(row.site, row.user);
  return null;
}

async function pendingRow({ accounts }: Grounds, row: PendingRecord): Promise<PendingRow | null> {
  const claim = await accounts.resets.claimOf(row.user);
  const name = (await accounts.people.user(row.user))?.profile.name ?? '';
  if (claim === null) return null;
  const { site, user, was, permissions } = row;
  return { site, user, was, name, permissions, key: claim.key, agree: claim.agree, proof: claim.proof };
}

export async function readmit(
  grounds: Grounds,
  live: Live,
  who: Who,
  request: Request<'readmit'>,
): Promise<void> {
  const { site, user, sealed } = request;
  await requirePermission(grounds, who, { site, permissions: permission.admin });
  if (!(await grounds.accounts.resets.readmit(site, user, sealed))) {
    throw new Fault('unknown', 'nobody of this name waits here');
  }
  live.tellUser(user, { what: 'sites', site }, null);
}

export async function readmissions(grounds: Grounds, who: Who): Promise<Answer<'readmissions'>> {
  const rows = await grounds.accounts.resets.pendingsOf(who.user, resetsMax);
  const open = await Promise.all(rows.map((row) => stillPending(grounds, row)));
  return open.flatMap((row) => (row?.sealed ? [{ site: row.site, sealed: row.sealed }] : []));
}
