/**
 * What a user may do on a log, for the tail (SPEC A14, R4, R6, R8): every right that she holds there, by
 * rows, or by a proof that her device presents. Rights without caveats are added up; whether a caveat
 * holds only the tail knows, which sees the address and the page.
 */

import type { AuthInternal } from 'copse/internal/api/auth.ts';
import { permission } from 'copse/internal/api/model.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { standingId, type DeviceId, type LogId, type StandingId } from 'copse/internal/base/ids.ts';
import { holdingsMax } from 'copse/internal/base/limits.ts';
import type { Caveat } from 'copse/internal/capability/caveat.ts';
import { covers, type Rights } from 'copse/internal/capability/policy.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import { permissionsNow, type Grounds } from './grounds.ts';

/** Without the origins of the site, which `site-origins.ts` adds. */
type Answer = Omit<Awaited<ReturnType<AuthInternal['access']>>, 'origins'>;
type Asked = Parameters<AuthInternal['access']>[0];

interface Right {
  readonly rights: Rights & { readonly caveats: readonly Caveat[] };
  readonly stands: readonly StandingId[];
}

/** Whose the devices are, revoked ones included: what they wrote they wrote for her. */
export async function usersOf(
  { accounts }: Pick<Grounds, 'accounts'>,
  devices: readonly DeviceId[],
): Promise<Awaited<ReturnType<AuthInternal['usersOf']>>> {
  const rows = await Promise.all(devices.map((device) => accounts.people.device(device)));
  return { users: rows.map((row) => row?.user ?? null) };
}

export async function accessOf(grounds: Grounds, asked: Asked, seq: number): Promise<Answer> {
  const { user, device, site, log } = asked;
  const row = await grounds.accounts.sites.access(user, device, site);
  if (row !== null && row.revokedMs !== null) throw new Fault('revoked', 'the device');
  const answer = row === null ? null : answerOf(grounds, log, { ...row, rights: row.holdings, seq });
  if (answer !== null && hasAll(answer)) return answer;
  // Only where grants are sealed is a question worth another that shows one; elsewhere nothing is told.
  const provable = await grounds.accounts.grants.hasSealed(site);
  if (answer !== null && isSomething(answer)) return { ...answer, provable };
  const of = provable ? await grounds.accounts.sites.site(site) : null;
  if (of === null) throw new Fault('forbidden');
  await requireDevice(grounds, asked);
  const nothing = answerOf(grounds, log, { keyEpoch: of.keyEpoch, rights: [], seq });
  return { ...nothing, provable: true };
}

/** The same by a proof, of which the node may know no more than hashes. */
export async function accessByProof(
  grounds: Grounds,
  asked: Asked & { readonly proof: readonly Uint8Array[] },
  seq: number,
): Promise<Answer> {
  const { accounts, primitives } = grounds;
  const { user, site, log } = asked;
  const of = await accounts.sites.site(site);
  if (of === null) throw new Fault('forbidden');
  await requireDevice(grounds, asked);
  const proof = asked.proof.map((bytes) => bytes.slice());
  const { path, last, rights } = await grounds.proofs.verify(of.root, proof);
  if (last.subjectKind !== 'user' || userIdOf(primitives, last.subject) !== user)
    throw new Fault('badProof', 'the proof is made out to another');
  const standing = await accounts.grants.standing(path.map((link) => link.id));
  if (standing.includes('fallen')) throw new Fault('revoked', 'an attestation of the proof');
  if (standing.includes('unknown'))
    throw new Fault('unknown', 'an attestation of the proof is not registered');
  const stands = path.map((link) => standingId(link.id.slice(0, 16)));
  const proven = [{ rights, stands }];
  if (!isSomething(answerOf(grounds, log, { keyEpoch: of.keyEpoch, rights: proven, seq })))
    throw new Fault('forbidden', 'the proof gives nothing on this log');
  // What she holds by rows adds up with it: who may read is given to write by a proof of that alone.
  const held = (await accounts.sites.access(user, asked.device, site))?.holdings ?? [];
  return answerOf(grounds, log, { keyEpoch: of.keyEpoch, rights: [...held, ...proven], seq });
}

async function requireDevice(grounds: Grounds, { user, device }: Asked): Promise<void> {
  const row = await grounds.accounts.people.device(device);
  if (row?.user !== user) throw new Fault('forbidden');
  if (row.revokedMs !== null) throw new Fault('revoked', 'the device');
}

const WRITING = permission.read | permission.write;

/** Whether there is nothing more that a lease could ask for. */
function hasAll({ permissions }: Answer): boolean {
  return (permissions & WRITING) === WRITING;
}

function isSomething(answer: Answer): boolean {
  return answer.permissions !== 0 || answer.conditional.length > 0;
}

function answerOf(
  { env }: Grounds,
  log: LogId,
  held: { readonly rights: readonly Right[]; readonly keyEpoch: number; readonly seq: number },
): Answer {
  const { keyEpoch, seq } = held;
  const nowMs = env.wallMs();
  let permissions = 0;
  let expiresMs = 0;
  const conditional: Answer['conditional'][number][] = [];
  const stands = new Set<StandingId>();
  for (const right of held.rights) {
    const { rights } = right;
    const now = covers(rights.resource, log) ? permissionsNow(rights, nowMs) : 0;
    if (now === 0) continue;
    for (const id of right.stands) stands.add(id);
    if (rights.caveats.length > 0) {
      if (conditional.length < holdingsMax)
        conditional.push({ permissions: now, expiresMs: rights.expiresMs, caveats: rights.caveats });
      continue;
    }
    permissions |= now;
    // The first to end: then it is asked anew.
    if (rights.expiresMs !== 0) expiresMs = Math.min(expiresMs || rights.expiresMs, rights.expiresMs);
  }
  return { permissions, conditional, stands: [...stands], keyEpoch, expiresMs, provable: false, seq };
}
