/**
 * From a device to a user: sign-up with a blessing and an admission (SPEC A1, A3), and the recognition of
 * a device whose blessing is by a known user (SPEC A2).
 */

import type { AuthApi } from 'copse/internal/api/auth.ts';
import { equal } from 'copse/internal/base/bytes.ts';
import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import { key, type DeviceId, type Key, type UserId } from 'copse/internal/base/ids.ts';
import { deviceSeenMs, devicesPerUserMax, nameBytesMax } from 'copse/internal/base/limits.ts';
import { checkBlessing, type Blessing, type BlessingRefusal } from 'copse/internal/capability/blessing.ts';
import { admitting, isProven } from 'copse/internal/capability/possession.ts';
import { deviceIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import type { AdmissionBy, DeviceRecord, NewDevice } from '../store/accounts.ts';
import { FAULT_BY_ANSWER, type Grounds, type Who } from './grounds.ts';
import type { Live } from './live.ts';
import { cleanName } from './names.ts';
import { cleaned } from './profile.ts';
import type { Setup } from './setup.ts';

export type SignUp = Parameters<AuthApi['signup']>[0];

export interface SignedUp {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly admin: boolean;
}

export interface Welcome {
  readonly answer: SignedUp;
  readonly who: Who;
}

/** Who may become a user. `invited`: only with an invitation or the setup link. */
export type SignUpMode = 'open' | 'invited';

export interface Reception {
  readonly grounds: Grounds;
  readonly live: Live;
  readonly setup: Setup;
  readonly mode: SignUpMode;
}

/** Makes a user of the device with this key, or finds that it is hers already. */
export async function signUp(reception: Reception, deviceKey: Key, request: SignUp): Promise<Welcome> {
  const { accounts, primitives, env } = reception.grounds;
  const blessing = await blessingOf(reception, deviceKey, request);
  const by = await admissionOf(reception, request);
  const user = userIdOf(primitives, request.user);
  if ((await accounts.resets.successor(user)) !== null)
    throw new Fault('revoked', 'another key has taken its place');
  const name = cleanName(request.deviceName, nameBytesMax).text;
  const device = newDevice(reception, { key: deviceKey, user, name, blessing });
  const signedUp = await accounts.people.signUp({
    user,
    key: key(request.user.slice()),
    profile: cleaned(request.profile),
    device,
    by,
    devicesMax: devicesPerUserMax,
  });
  if (signedUp.kind !== 'ok') throw new Fault(FAULT_BY_ANSWER[signedUp.kind]);
  if (signedUp.admin) reception.setup.done();
  env.log('info', 'auth.signup', { user, fresh: signedUp.fresh, admin: signedUp.admin });
  reception.live.tellUser(user, { what: 'devices', site: null }, null);
  return {
    answer: { user, device: device.device, admin: signedUp.admin },
    who: whoOf(user, device.device, blessing),
  };
}

async function blessingOf(reception: Reception, device: Key, request: SignUp): Promise<Blessing> {
  const { primitives, env, node } = reception.grounds;
  const use = { device, node, wallMs: env.wallMs() };
  const answer = await checkBlessing(primitives, request.blessing.slice(), use);
  if (answer.kind === 'refused') throw new Fault(FAULT_BY_BLESSING[answer.reason], answer.reason);
  if (!equal(answer.blessing.user, request.user)) throw new Fault('badProof', 'a blessing by another user');
  return answer.blessing;
}

const FAULT_BY_BLESSING: Readonly<Record<BlessingRefusal, FaultCode>> = {
  malformed: 'malformed',
  badSignature: 'badProof',
  otherDevice: 'badProof',
  otherAudience: 'badProof',
  badTimes: 'malformed',
  early: 'expired',
  expired: 'expired',
};

async function admissionOf(reception: Reception, request: SignUp): Promise<AdmissionBy> {
  const { admission } = request;
  const { primitives, node, accounts } = reception.grounds;
  switch (admission.kind) {
    case 'open': {
      if (reception.mode === 'open') return { kind: 'open' };
      // Who is known already repeats herself and needs no admission.
      if ((await accounts.people.user(userIdOf(primitives, request.user))) !== null) return { kind: 'open' };
      throw new Fault('forbidden', 'this node takes invited users only');
    }
    case 'setup':
      if (!reception.setup.holds(admission.secret))
        throw new Fault('forbidden', 'another secret is asked for');
      return { kind: 'setup' };
    case 'invitation': {
      const claim = admitting({ user: key(request.user), node });
      if (!(await isProven(primitives, admission.key, claim, admission.proof))) {
        throw new Fault('badProof', 'the invitation is not at hand');
      }
      return { kind: 'invitation', key: key(admission.key.slice()) };
    }
  }
}

/** What a session is worth when it begins. */
export type Standing =
  | { readonly kind: 'user'; readonly who: Who }
  | { readonly kind: 'stranger' }
  | { readonly kind: 'over'; readonly fault: FaultCode };

interface Seen {
  readonly kind: 'seen';
  readonly user: UserId;
  readonly device: DeviceId;
  /** Null where the device is not registered. */
  readonly row: DeviceRecord | null;
  readonly blessing: Blessing;
}

/** What is known of a device with this blessing; changes nothing. */
async function look(
  { grounds: { accounts, primitives } }: Reception,
  deviceKey: Key,
  blessing: Blessing | null,
): Promise<Standing | Seen> {
  const device = deviceIdOf(primitives, deviceKey);
  const row = await accounts.people.device(device);
  if (row !== null && !equal(row.key, deviceKey)) return { kind: 'over', fault: 'taken' };
  if (row !== null && row.revokedMs !== null) return { kind: 'over', fault: 'revoked' };
  if (blessing === null) return { kind: 'stranger' };
  const user = userIdOf(primitives, blessing.user);
  const known = await accounts.people.user(user);
  if (known === null || !equal(known.key, blessing.user)) return { kind: 'stranger' };
  if ((await accounts.resets.successor(user)) !== null) return { kind: 'over', fault: 'revoked' };
  if (row !== null && row.user !== user) return { kind: 'over', fault: 'taken' };
  return { kind: 'seen', user, device, row, blessing };
}

/**
 * Whether whoever speaks by the blessing of a user may, at a service that needs no device of hers: the worker of
 * a browser has a key for as long as it runs. Nothing is registered.
 */
export async function admitGuest(
  reception: Reception,
  deviceKey: Key,
  blessing: Blessing | null,
): Promise<FaultCode | null> {
  const seen = await look(reception, deviceKey, blessing);
  return seen.kind === 'over' ? seen.fault : null;
}

/** Recognises a device by the blessing of a known user, and registers it when it is new. */
export async function recognise(
  reception: Reception,
  deviceKey: Key,
  blessing: Blessing | null,
): Promise<Standing> {
  const { accounts, env } = reception.grounds;
  const seen = await look(reception, deviceKey, blessing);
  if (seen.kind !== 'seen') return seen;
  const { user, device, row, blessing: shown } = seen;
  const who = whoOf(user, device, shown);
  const isFresh = row !== null && env.wallMs() - row.seenMs < deviceSeenMs;
  if (isFresh && shown.expiresMs <= row.blessedMs) return { kind: 'user', who };
  const arrived = await accounts.people.arrive(
    newDevice(reception, { key: deviceKey, user, name: '', blessing: shown }),
    devicesPerUserMax,
  );
  if (arrived.kind === 'unknown') return { kind: 'stranger' };
  if (arrived.kind !== 'ok') return { kind: 'over', fault: arrived.kind };
  if (arrived.fresh) reception.live.tellUser(user, { what: 'devices', site: null }, null);
  return { kind: 'user', who };
}

function whoOf(user: UserId, device: DeviceId, blessing: Blessing): Who {
  return { user, key: blessing.user, device, scope: blessing.scope, untilMs: blessing.expiresMs };
}

function newDevice(
  reception: Reception,
  of: { readonly key: Key; readonly user: UserId; readonly name: string; readonly blessing: Blessing },
): NewDevice {
  const { primitives, env } = reception.grounds;
  return {
    device: deviceIdOf(primitives, of.key),
    key: key(of.key.slice()),
    user: of.user,
    name: of.name,
    atMs: env.wallMs(),
    blessedMs: of.blessing.expiresMs,
  };
}
