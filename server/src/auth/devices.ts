/** The devices of a user: list, name, end (SPEC A6, A15). */

import type { DeviceRow } from 'copse/internal/api/model.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId } from 'copse/internal/base/ids.ts';
import { devicesPerUserMax, nameBytesMax } from 'copse/internal/base/limits.ts';
import { permission } from 'copse/internal/capability/policy.ts';
import type { Grounds, Who } from './grounds.ts';
import type { Live } from './live.ts';
import { cleanName } from './names.ts';

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

/** A device that is blessed for less than everything decides about itself only. */
function requireSelf(who: Who, device: DeviceId): void {
  if (device !== who.device) requireWhole(who);
}

/** What concerns the user herself is for devices that she has blessed to do everything. */
export function requireWhole(who: Who): void {
  if ((who.scope & permission.admin) === 0) throw new Fault('forbidden', 'this device is blessed for less');
}
