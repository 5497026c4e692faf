/** The people, devices, sites and logs of a world in which there are news. */

import { createECDH, type ECDH } from 'node:crypto';
import {
  deviceId,
  logId,
  siteId,
  userId,
  type DeviceId,
  type LogId,
  type SiteId,
  type UserId,
} from 'copse/internal/base/ids.ts';
import type { World } from '../world.ts';

export const PUSH_ORIGIN = 'http://push.sim:1';

const name = (letter: string, n: number, length: number): string =>
  letter + n.toString(16).padStart(length - 1, '0');

export interface SimDevice {
  readonly device: DeviceId;
  readonly user: SimUser;
  readonly url: string;
  readonly pair: ECDH;
  readonly p256dh: Uint8Array;
  readonly auth: Uint8Array;
}

export interface SimUser {
  readonly user: UserId;
  /** By which entries mention her. */
  readonly tag: Uint8Array;
  readonly devices: SimDevice[];
}

export interface SimSite {
  readonly site: SiteId;
  readonly logs: readonly LogId[];
}

export interface Places {
  readonly users: readonly SimUser[];
  readonly devices: readonly SimDevice[];
  readonly sites: readonly SimSite[];
}

const LOGS_PER_SITE = 2;

export function drawPlaces(world: World): Places {
  const chance = world.stream('places');
  const users = Array.from({ length: chance.between(1, 3) }, (_, n): SimUser => {
    const user: SimUser = {
      user: userId(name('a', n + 1, 16)),
      tag: new Uint8Array(8).fill(n + 1),
      devices: [],
    };
    for (let i = chance.between(1, 2); i > 0; i--) user.devices.push(deviceOf(user, 16 * n + i));
    return user;
  });
  const sites = Array.from({ length: chance.between(1, 2) }, (_, n) => ({
    site: siteId(name('5', n + 1, 32)),
    logs: Array.from({ length: LOGS_PER_SITE }, (__, i) => logId(name('c', LOGS_PER_SITE * n + i + 1, 32))),
  }));
  return { users, sites, devices: users.flatMap(({ devices }) => devices) };
}

function deviceOf(user: SimUser, number: number): SimDevice {
  const pair = createECDH('prime256v1');
  const p256dh = new Uint8Array(pair.generateKeys());
  return {
    device: deviceId(name('d', number, 16)),
    user,
    url: `${PUSH_ORIGIN}/push/${number}`,
    pair,
    p256dh,
    auth: new Uint8Array(16).fill(number),
  };
}
