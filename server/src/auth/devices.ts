/** The devices of a user: list, name, end (SPEC A6, A15). */

import type { RevocationRow } from 'copse/internal/api/devices.ts';
import type { DeviceRow } from 'copse/internal/api/model.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId } from 'copse/internal/base/ids.ts';
import {
  devicesPerUserMax,
  emailsPerUserMax,
  nameBytesMax,
  sitesPerUserMax,
} from 'copse/internal/base/limits.ts';
import { permission } from 'copse/internal/capability/policy.ts';
import type { Grounds, Who } from './grounds.ts';
import type { Live } from './live.ts';
import { cleanName } from './names.ts';
import { permissionsIn } from './rights.ts';

export async function listDevices(grounds: Grounds, live: Live, who: Who): Promise<readonly DeviceRow[]> {
  const { accounts, env } = grounds;
  const rows = await accounts.people.devices(who.user, devicesPerUserMax);
  return rows.map(({ device, key, name, createdMs, seenMs, revokedMs }) => ({
    device,
    key,
    name,
    createdMs,
    seenMs: revokedMs === null && live.isHere(device) ? env.wallMs() : seenMs,
    revokedMs,
  }));
}

export async function renameDevice(
  grounds: Grounds,
  who: Who,
  request: { readonly device: DeviceId; readonly name: string },
): Promise<void> {
  requireSelf(who, request.device);
  const name = cleanName(request.name, nameBytesMax).text;
  const isHers = await grounds.accounts.people.renameDevice(who.user, request.device, name);
  if (!isHers) throw new Fault('unknown', 'no such device of yours');
}

/** Voids the tokens of a device; with `revoke` it never logs in again. Sessions are ended by the caller. */
export async function endDevice(
  grounds: Grounds,
  who: Who,
  end: { readonly device: DeviceId; readonly revoke: boolean },
): Promise<void> {
  requireSelf(who, end.device);
  const { accounts, env } = grounds;
  const isDone = await accounts.people.endDevice({ user: who.user, atMs: env.wallMs(), ...end });
  if (isDone) {
    env.log('info', end.revoke ? 'auth.revoke' : 'auth.logout', { user: who.user, device: end.device });
    return;
  }
  const row = await accounts.people.device(end.device);
  if (row?.user !== who.user) throw new Fault('unknown', 'no such device of yours');
}

/** What revoking a device would do (SPEC D6): the same that the trigger of the keys will note. */
export async function previewOfRevocation(
  grounds: Grounds,
  live: Live,
  who: Who,
  device: DeviceId,
): Promise<RevocationRow> {
  const { accounts } = grounds;
  const rows = await accounts.people.devices(who.user, devicesPerUserMax);
  const row = rows.find((each) => each.device === device);
  if (row === undefined || row.revokedMs !== null) throw new Fault('unknown', 'a device of yours in use');
  const [held, emails] = await Promise.all([
    accounts.sites.memberships(who.user, null, sitesPerUserMax),
    accounts.emails.ofUser(who.key, emailsPerUserMax),
  ]);
  const sites = await Promise.all(
    held.map(async ({ site, of }) => {
      const { everywhere } = await permissionsIn(grounds, who.user, site);
      return { site, members: of.members, isAdmin: (everywhere & permission.admin) !== 0 };
    }),
  );
  return {
    userKey: (await accounts.keys.userKey(who.user)) !== null,
    sites,
    statements: emails.filter((each) => equal(each.device, row.key)).length,
    isHere: live.isHere(device),
    others: rows.filter((each) => each.revokedMs === null).length - 1,
  };
}

/** A device that is blessed for less than everything decides about itself only. */
function requireSelf(who: Who, device: DeviceId): void {
  if (device !== who.device) requireWhole(who);
}

/** What concerns the user herself is for devices that she has blessed to do everything. */
export function requireWhole(who: Who): void {
  if ((who.scope & permission.admin) === 0) throw new Fault('forbidden', 'this device is blessed for less');
}
