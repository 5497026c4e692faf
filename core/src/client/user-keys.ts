/**
 * The user's keys on this device (SPEC K1, K2): states the device's exchange key, learns generations that other
 * devices made, makes the next one when a device has ended, hands the newest to further devices. Nothing that
 * the node says is believed without a signature: whose device it is says a blessing, which key it is the user.
 */

import { equal } from '../base/bytes.ts';
import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import type { DeviceId, Key } from '../base/ids.ts';
import { deviceExchangeKey, openDeviceKey, writeDeviceKey } from '../capability/device-key.ts';
import {
  openUserEnvelope,
  openUserKey,
  openUserLink,
  sealUserEnvelope,
  sealUserLink,
  writeUserKey,
  type UserKey,
} from '../capability/user-key.ts';
import type { KeysRemote } from '../api/keys.ts';
import { exchangeKeyOf } from '../crypto/agree.ts';
import { deviceIdOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Identity } from './identity.ts';
import type { Keep } from './keep.ts';

export interface UserKeyParts {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly identity: Identity;
  readonly keep: Keep;
  readonly node: Key;
  readonly keys: KeysRemote;
  /** Ends a device that this one has ended before: a node that was set back has forgotten it (SPEC K8). */
  endAgain(device: DeviceId): Promise<void>;
}

type Told = Awaited<ReturnType<KeysRemote['userKey']>>;

/** Rows of devices that this one has seen the end of: no key is sealed to them again, whatever the node says. */
const ENDED = 'ended/';
const SECRET_BYTES = 32;
/** Another device may publish at the same moment: look and try again. */
const TRIES = 4;

/** Notes that a device has ended. */
export async function noteEnded(keep: Keep, device: DeviceId): Promise<void> {
  await keep.write([{ name: ENDED + device, value: new Uint8Array(0) }]);
}

async function endedDevices(keep: Keep): Promise<ReadonlySet<string>> {
  return new Set((await keep.list(ENDED)).map(({ name }) => name.slice(ENDED.length)));
}

/** Brings this device and the node to the same newest key. */
export async function careForUserKey(parts: UserKeyParts): Promise<void> {
  for (let i = 0; i < TRIES; i++) {
    const { ring } = parts.identity;
    // Read before the node is asked: what is learned meanwhile is newer than its answer.
    const { generation: before } = ring.newest;
    const ended = await endedDevices(parts.keep);
    const told = await parts.keys.userKey({});
    const back = told.devices.filter(({ device }) => ended.has(device));
    for (const { device } of back) await parts.endAgain(device);
    if (back.length > 0) continue;
    await stateDevice(parts, told);
    if (told.generation < before && before > 1)
      throw new Fault('fork', 'The node shows an older key of yours than before.');
    if (told.generation === 0) {
      await publishFirst(parts);
      continue;
    }
    const now = await opened(parts, told.statement);
    if (now.generation !== told.generation) throw new Fault('badProof', 'another generation of your key');
    if (ring.get(now.generation) === undefined) await learn(parts, now, told.envelope);
    const held = ring.get(now.generation);
    // Another device of hers has to hand it to this one first.
    if (held === undefined) return;
    if (!equal(held.publicKey, now.publicKey))
      throw new Fault('badProof', 'another key than this device holds');
    if (!told.due) return handOn(parts, told);
    if (await publishNext(parts, told)) return;
  }
}

async function opened({ primitives, identity }: UserKeyParts, statement: Uint8Array): Promise<UserKey> {
  const key = await openUserKey(primitives, statement);
  if (key === null || !equal(key.user, identity.user.sign.publicKey)) {
    throw new Fault('badProof', 'a key that this user did not state');
  }
  return key;
}

async function stateDevice({ primitives, identity, node, keys }: UserKeyParts, told: Told): Promise<void> {
  const own = told.devices.find((row) => row.device === identity.device);
  if (own !== undefined && own.statement.length > 0) return;
  const blessing = await identity.blessing(node);
  await keys.deviceKey({ statement: await writeDeviceKey(primitives, identity.deviceKey.seed, blessing) });
}

async function publishFirst({ env, primitives, identity, keys }: UserKeyParts): Promise<void> {
  const { sign, agree } = identity.user;
  const terms = {
    user: sign.publicKey,
    generation: 1,
    publicKey: agree.publicKey,
    link: new Uint8Array(0),
    issuedMs: Math.floor(env.wallMs()),
  };
  const statement = await writeUserKey(primitives, { seed: sign.seed }, terms);
  await keys.userKeyPublish({ from: 0, statement, envelopes: [] });
}

/** The newest from the envelope for this device, and those that it opens one after the other. */
async function learn(parts: UserKeyParts, now: UserKey, envelope: Uint8Array | null): Promise<void> {
  const { primitives, identity, keys } = parts;
  if (envelope === null) return;
  const own = await deviceExchangeKey(primitives, identity.deviceKey.seed);
  let secret = await openUserEnvelope(primitives, own, now, envelope);
  let key = now;
  const found: { readonly generation: number; readonly secret: Uint8Array }[] = [];
  let links: readonly Uint8Array[] = [];
  for (;;) {
    if (secret === null || !equal((await exchangeKeyOf(primitives, secret)).publicKey, key.publicKey)) {
      throw new Fault('badProof', `generation ${key.generation} of your key is not what was stated`);
    }
    found.push({ generation: key.generation, secret });
    const before = openUserLink(primitives, { ...key, secret }, key.link);
    const held = identity.ring.get(key.generation - 1);
    if (held !== undefined) {
      // Who made it knew the one before: a device that had ended by then knew her secret, and not that.
      if (before === null || !equal(before, held.secret))
        throw new Fault('badProof', `generation ${key.generation} of your key does not follow yours`);
      break;
    }
    if (links.length === 0) links = await keys.userKeyLinks({ below: key.generation });
    const [next, ...rest] = links;
    if (next === undefined) throw new Fault('corrupt', 'an earlier key of yours is missing');
    links = rest;
    const older = await opened(parts, next);
    if (older.generation !== key.generation - 1)
      throw new Fault('badProof', 'another generation of your key');
    key = older;
    secret = before;
  }
  // Oldest first, so that a device that is cut off in between holds no newer one without those before.
  for (const each of found.toReversed()) await identity.ring.learn(each.generation, each.secret);
}

/** Devices to which the user's key may be sealed, with their exchange keys. */
async function recipients({ primitives, identity, keep }: UserKeyParts, told: Told) {
  const ended = await endedDevices(keep);
  const found: { readonly device: DeviceId; readonly publicKey: Uint8Array; readonly holds: boolean }[] = [];
  for (const row of told.devices) {
    if (row.statement.length === 0 || ended.has(row.device)) continue;
    const stated = await openDeviceKey(primitives, row.statement);
    const isHers = stated !== null && equal(stated.user, identity.user.sign.publicKey);
    if (!isHers || deviceIdOf(primitives, stated.device) !== row.device) {
      throw new Fault('badProof', 'the node shows a device that is none of yours');
    }
    found.push({ device: row.device, publicKey: stated.publicKey.slice(), holds: row.holds });
  }
  return found;
}

/** Answers whether it is the newest now. */
async function publishNext(parts: UserKeyParts, told: Told): Promise<boolean> {
  const { env, primitives, identity, keys } = parts;
  const { sign } = identity.user;
  const before = identity.ring.newest;
  const secret = env.random(SECRET_BYTES);
  const next = { user: sign.publicKey, generation: before.generation + 1, secret };
  const statement = await writeUserKey(
    primitives,
    { seed: sign.seed },
    {
      user: sign.publicKey,
      generation: next.generation,
      publicKey: (await exchangeKeyOf(primitives, secret)).publicKey,
      link: sealUserLink(primitives, env, next, before.key.secret),
      issuedMs: Math.floor(env.wallMs()),
    },
  );
  const envelopes = await sealTo(parts, next, await recipients(parts, told));
  const answer = await keys.userKeyPublish({ from: before.generation, statement, envelopes });
  if (answer.kind !== 'ok') return false;
  await identity.ring.learn(next.generation, secret);
  return true;
}

interface Generation {
  readonly user: Key;
  readonly generation: number;
  readonly secret: Uint8Array;
}

async function sealTo(
  { primitives, env }: UserKeyParts,
  of: Generation,
  to: readonly { readonly device: DeviceId; readonly publicKey: Uint8Array }[],
) {
  const envelopes: { readonly device: DeviceId; readonly envelope: Uint8Array }[] = [];
  for (const { device, publicKey } of to) {
    const envelope = await sealUserEnvelope(primitives, env, of, publicKey);
    if (envelope !== null) envelopes.push({ device, envelope });
  }
  return envelopes;
}

/** One envelope for each device that came after the newest key; the first comes from the user's secret. */
async function handOn(parts: UserKeyParts, told: Told): Promise<void> {
  const { identity, keys } = parts;
  const { generation, key } = identity.ring.newest;
  if (generation === 1) return;
  const lacking = (await recipients(parts, told)).filter(({ holds }) => !holds);
  if (lacking.length === 0) return;
  const of = { user: identity.user.sign.publicKey, generation, secret: key.secret };
  await keys.userKeyAdd({ generation, envelopes: await sealTo(parts, of, lacking) });
}
