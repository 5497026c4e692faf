/** Who makes this node her realm, renews, looks after and ends it (SPEC P8, P9). */

import type { RecoveryApi } from 'copse/internal/api/recovery.ts';
import { equal, hex } from 'copse/internal/base/bytes.ts';
import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { recoveriesPerUserMax, recoveryGrantMs, recoveryGrantsMax } from 'copse/internal/base/limits.ts';
import { isProven } from 'copse/internal/capability/possession.ts';
import {
  lettingIn,
  owning,
  ownerAct,
  type OwnerAct,
  type Where,
} from 'copse/internal/capability/recovery-proof.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import type { LetInBy, RecoveryRecord, Registered } from '../store/recovery.ts';
import type { Grounds, Who } from './grounds.ts';

type Request<Name extends keyof RecoveryApi> = Parameters<RecoveryApi[Name]>[0];
type Answer<Name extends keyof RecoveryApi> = Awaited<ReturnType<RecoveryApi[Name]>>;
type Own = Request<'remove'>['own'];

const FAULT_BY_REGISTERED: Readonly<Record<Exclude<Registered, 'ok'>, FaultCode>> = {
  taken: 'taken',
  stale: 'taken',
  forbidden: 'forbidden',
  used: 'used',
  expired: 'expired',
  full: 'full',
};

export async function register(grounds: Grounds, device: Key, request: Request<'register'>): Promise<void> {
  const { accounts, env, primitives, node } = grounds;
  const { id, own, seed, tag, share, card, triesMax, madeMs } = request;
  if (triesMax === 0) throw new Fault('malformed', 'somebody who recovers guesses once at least');
  const where: Where = { node, device, id };
  const claim = owning(primitives, ownerAct.register, where, { seed, tag, share, card, triesMax, madeMs });
  if (!(await isProven(primitives, own.owner, claim, own.proof))) throw new Fault('badProof', 'the owner');
  const by = await letInBy(grounds, where, request);
  const answer = await accounts.recoveries.register({
    id: hex(id),
    owner: hex(own.owner),
    card: card.slice(),
    secrets: { seed: seed.slice(), tag: tag.slice(), share: share.slice() },
    madeMs,
    triesMax,
    by,
    atMs: env.wallMs(),
    perUserMax: recoveriesPerUserMax,
  });
  if (answer !== 'ok') throw new Fault(FAULT_BY_REGISTERED[answer], `a recovery: ${answer}`);
  env.log('info', 'auth.realm', { by: by.kind });
}

async function letInBy(grounds: Grounds, where: Where, request: Request<'register'>): Promise<LetInBy> {
  const { accounts, primitives } = grounds;
  const { admission, own } = request;
  // Who is here already needs nobody to let her in again.
  const known = await accounts.recoveries.find(hex(where.id));
  if (admission.kind === 'owner' || known?.owner === hex(own.owner)) return { kind: 'owner' };
  const claim = lettingIn(where, own.owner);
  if (!(await isProven(primitives, admission.key, claim, admission.proof))) {
    throw new Fault('badProof', 'who lets the owner in');
  }
  if (admission.kind === 'grant') return { kind: 'grant', key: hex(admission.key) };
  const user = userIdOf(primitives, admission.key);
  const voucher = await accounts.people.user(user);
  const isFormer = (await accounts.resets.successor(user)) !== null;
  if (voucher === null || isFormer || !equal(voucher.key, admission.key)) {
    throw new Fault('forbidden', 'no user of this node');
  }
  return { kind: 'user', user };
}

/** The registration, when it is the owner's who asks; who owns another learns as much as from none. */
async function ownRecovery(
  grounds: Grounds,
  at: { readonly device: Key; readonly act: OwnerAct },
  request: { readonly id: Uint8Array; readonly own: Own },
): Promise<RecoveryRecord> {
  const { primitives, node, accounts } = grounds;
  const { id, own } = request;
  const claim = owning(primitives, at.act, { node, device: at.device, id });
  if (!(await isProven(primitives, own.owner, claim, own.proof))) throw new Fault('badProof', 'the owner');
  const row = await accounts.recoveries.find(hex(id));
  if (row === null || row.owner !== hex(own.owner)) throw new Fault('unknown', 'no such recovery of yours');
  return row;
}

export async function remove(grounds: Grounds, device: Key, request: Request<'remove'>): Promise<void> {
  const row = await ownRecovery(grounds, { device, act: ownerAct.remove }, request);
  await grounds.accounts.recoveries.remove(row.id, row.owner);
}

export async function status(
  grounds: Grounds,
  device: Key,
  request: Request<'status'>,
): Promise<Answer<'status'>> {
  const row = await ownRecovery(grounds, { device, act: ownerAct.status }, request);
  const { triesMax, tries, madeMs, askedMs, recoveredMs } = row;
  const locked = row.secrets === null;
  return { triesLeft: locked ? 0 : triesMax - tries, triesMax, madeMs, askedMs, recoveredMs, locked };
}

export async function grant(grounds: Grounds, who: Who, request: Request<'grant'>): Promise<void> {
  const { accounts, env } = grounds;
  const { key, expiresMs } = request;
  const nowMs = env.wallMs();
  if (expiresMs <= nowMs) throw new Fault('expired', 'the grant would end before it begins');
  if (expiresMs > nowMs + recoveryGrantMs) throw new Fault('tooLarge', 'the grant would last too long');
  const row = { key: hex(key), by: who.user, expiresMs, atMs: nowMs, openMax: recoveryGrantsMax };
  const answer = await accounts.recoveries.grant(row);
  if (answer !== 'ok') throw new Fault(answer, 'a grant');
}

export async function grants(grounds: Grounds, who: Who, countMax: number): Promise<Answer<'grants'>> {
  const { accounts, env } = grounds;
  const rows = await accounts.recoveries.grants(who.user, countMax);
  return rows.map(({ key, expiresMs, usedMs }) => ({
    key: Uint8Array.fromHex(key),
    expiresMs,
    state: usedMs !== null ? 'used' : env.wallMs() >= expiresMs ? 'expired' : 'open',
  }));
}
