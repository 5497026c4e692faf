/**
 * People for tests of the authority: keys drawn from names, so that the same name is the same person,
 * and the signed objects that they hand one another.
 */

import { must } from 'copse/internal/base/assert.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { key, type DeviceId, type Key, type SiteId, type UserId } from 'copse/internal/base/ids.ts';
import { attest, openAttestation, type Grant } from 'copse/internal/capability/attestation.ts';
import { bless, type BlessingTerms } from 'copse/internal/capability/blessing.ts';
import { delegationsMax, permissionsAll } from 'copse/internal/capability/policy.ts';
import { deviceIdOf, siteIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import type { NewDevice, NewUser } from '../../server/src/store/accounts.ts';
import type { StoredGrant } from '../../server/src/store/accounts-sites.ts';

export const primitives = nativePrimitives();
const env = realEnv();

export interface Pair {
  readonly seed: Uint8Array;
  readonly key: Key;
}

export async function pair(name: string): Promise<Pair> {
  const seed = primitives.sha256(utf8(name));
  return { seed, key: key(await primitives.ed25519PublicKey(seed)) };
}

export interface Person {
  readonly name: string;
  readonly user: Pair;
  readonly userId: UserId;
  readonly device: Pair;
  readonly deviceId: DeviceId;
}

/** The person of that name, on her first or another device. */
export async function person(name: string, deviceName = 'first'): Promise<Person> {
  const user = await pair(`${name} user`);
  const device = await pair(`${name} ${deviceName}`);
  return {
    name,
    user,
    userId: userIdOf(primitives, user.key),
    device,
    deviceId: deviceIdOf(primitives, device.key),
  };
}

/** A blessing of the person's device for an hour at every node. */
export function blessingBy(
  who: Person,
  nowMs: number,
  part: Partial<BlessingTerms> = {},
): Promise<Uint8Array> {
  return bless(primitives, who.user.seed, {
    device: who.device.key,
    audience: '*',
    scope: permissionsAll,
    issuedMs: nowMs,
    expiresMs: nowMs + 3_600_000,
    serial: 1,
    ...part,
  });
}

export interface Ground {
  readonly root: Pair;
  readonly site: SiteId;
}

export async function ground(name: string): Promise<Ground> {
  const root = await pair(`${name} root`);
  return { root, site: siteIdOf(primitives, root.key) };
}

/** A grant in a site: of everything, for ever, as often handed on as may be, unless `part` says less. */
export function grantBy(
  issuer: Pair,
  site: SiteId,
  subject: Key,
  part: Partial<Grant> = {},
): Promise<Uint8Array> {
  return attest(primitives, env, issuer.seed, {
    subject,
    subjectKind: 'user',
    site,
    resource: '*',
    permissions: permissionsAll,
    delegations: delegationsMax,
    notBeforeMs: 0,
    expiresMs: 0,
    quota: 0,
    ...part,
  });
}

/** The same as the store takes it. */
export async function stored(bytes: Uint8Array, above: StoredGrant | null = null): Promise<StoredGrant> {
  const grant = must(await openAttestation(primitives, bytes), 'a grant that holds');
  return { grant, bytes, above: above === null ? null : above.grant.id };
}

export function newDevice(who: Person, atMs: number, part: Partial<NewDevice> = {}): NewDevice {
  return {
    device: who.deviceId,
    key: who.device.key,
    user: who.userId,
    name: `${who.name}'s device`,
    atMs,
    blessedMs: atMs + 3_600_000,
    ...part,
  };
}

export function newUser(who: Person, atMs: number, part: Partial<NewUser> = {}): NewUser {
  return {
    user: who.userId,
    key: who.user.key,
    profile: { name: who.name, about: '', locale: '' },
    device: newDevice(who, atMs),
    by: { kind: 'open' },
    devicesMax: 500,
    ...part,
  };
}
