/** A site with three people for tests of keys in the store, and what is put there, by its smallest form. */

import { equal } from 'node:assert/strict';
import { must } from 'copse/internal/base/assert.ts';
import type { DeviceId, UserId } from 'copse/internal/base/ids.ts';
import type { Accounts } from '../../server/src/store/accounts.ts';
import type { StoredGrant } from '../../server/src/store/accounts-sites.ts';
import type { Keys, SiteEnvelope, StoredSet } from '../../server/src/store/keys.ts';
import { grantBy, ground, newDevice, newUser, pair, person, stored, type Person } from './people.ts';

export const T = 1_800_000_000_000;
const WEEK = 7 * 86_400_000;

export const ada = await person('Ada');
/** Ada on another device. */
export const adasPhone = await person('Ada', 'phone');
export const bea = await person('Bea');
export const cleo = await person('Cleo');
export const PEOPLE = [ada, bea, cleo] as const;
export const garden = await ground('garden');
export const { site } = garden;
export const LABEL = Uint8Array.of(1, 2, 3);

export const bytesOf = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
export const hashOf = (value: number): Uint8Array => new Uint8Array(32).fill(value);

/** Ada has founded the garden, and nobody else is in it. */
export async function planted(accounts: Accounts): Promise<StoredGrant> {
  for (const who of PEOPLE) await accounts.people.signUp(newUser(who, T));
  await accounts.people.arrive(newDevice(adasPhone, T), 10);
  const granted = await stored(await grantBy(garden.root, site, ada.user.key));
  const founding = { site, root: garden.root.key, founder: ada.userId, granted, label: LABEL, atMs: T };
  equal(await accounts.sites.found({ ...founding, envelope: bytesOf(4), sitesMax: 100 }), 'ok');
  return granted;
}

/** Ada invites somebody, who joins. */
export async function joins(
  accounts: Accounts,
  above: StoredGrant,
  who: Person,
  visit: number,
): Promise<string> {
  const oneTime = await pair(`${who.name} ${visit}`);
  const invited = await stored(
    await grantBy(ada.user, site, oneTime.key, { subjectKind: 'oneTime', permissions: 3, delegations: 2 }),
    above,
  );
  const invite = { site, by: ada.userId, granted: invited, envelope: bytesOf(5), atMs: T };
  await accounts.sites.invite({ ...invite, expiresMs: T + WEEK, openMax: 1000 });
  const granted = await stored(
    await grantBy(oneTime, site, who.user.key, { permissions: 3, delegations: 1 }),
    invited,
  );
  const joining = { site, user: who.userId, key: oneTime.key, granted, envelope: bytesOf(6), atMs: T };
  return accounts.sites.join({ ...joining, membersMax: 100, sitesMax: 100 });
}

/** The next key of a user, for all of her devices that can take it. */
export async function publishes(keys: Keys, { userId: user }: Person): Promise<string> {
  const from = (await keys.userKey(user))?.generation ?? 0;
  const devices = await keys.devicesOf(user);
  const envelopes = devices
    .filter(({ statement }) => statement !== null)
    .map(({ device }) => ({ device, envelope: bytesOf(7, from) }));
  const statement = bytesOf(8, from + 1);
  return (await keys.publishUserKey({ user, from, statement, envelopes, atMs: T })).kind;
}

export function setOf(epoch: number): StoredSet {
  return { epoch, set: bytesOf(9, epoch), blessing: bytesOf(10), proof: [bytesOf(11)] };
}

export async function envelopeFor(keys: Keys, user: UserId, epoch: number): Promise<SiteEnvelope> {
  return { user, generation: (await keys.userKey(user))?.generation ?? 1, envelope: bytesOf(12, epoch) };
}

export interface Maker {
  readonly user: UserId;
  readonly device: DeviceId;
}

export const adaOn = (who: Person): Maker => ({ user: who.userId, device: who.deviceId });

export function begins(keys: Keys, from: number, by: Maker = adaOn(ada), anew = false) {
  return keys.begin({ site, from, ...by, resume: bytesOf(13, from), anew, atMs: T });
}

/** One part for all of these, named by its hash. */
export async function puts(keys: Keys, epoch: number, users: readonly UserId[], part = 0, by = ada) {
  const envelopes = await Promise.all(users.map((user) => envelopeFor(keys, user, epoch)));
  return keys.putPart({ site, epoch, device: by.deviceId, part, hash: hashOf(part), envelopes });
}

export async function commits(accounts: Accounts, epoch: number, parts: number, by = ada) {
  const { version } = must(await accounts.sites.site(site), 'the garden');
  const hashes = Array.from({ length: parts }, (_, part) => hashOf(part));
  const committing = { site, device: by.deviceId, set: setOf(epoch), parts: hashes, version, label: LABEL };
  return accounts.keys.commit({ ...committing, lackingMax: 10, atMs: T });
}

/** A whole set for everybody in the roster. */
export async function rekeyed(accounts: Accounts, from: number): Promise<string> {
  const { keys } = accounts;
  const begun = await begins(keys, from, adaOn(ada), true);
  if (begun.kind !== 'ok') return begun.kind;
  const rows = await keys.roster(site, false, null, 100);
  await puts(
    keys,
    from + 1,
    rows.map(({ user }) => user),
  );
  return (await commits(accounts, from + 1, 1)).kind;
}
