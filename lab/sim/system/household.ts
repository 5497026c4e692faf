/**
 * One user with several devices that speak the protocols directly: she signs up, founds a site, gets
 * tokens for her devices and ends one of them, all through sessions of the real auth.
 */

import { authApi, type AuthRemote } from 'copse/internal/api/auth.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { key, type DeviceId, type Key, type SiteId } from 'copse/internal/base/ids.ts';
import { attest } from 'copse/internal/capability/attestation.ts';
import { bless, openBlessing } from 'copse/internal/capability/blessing.ts';
import { delegationsMax, permissionsAll } from 'copse/internal/capability/policy.ts';
import { deviceIdOf, siteIdOf } from 'copse/internal/crypto/hash.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { direct } from 'copse/internal/link/direct.ts';
import type { Auth } from '../../../server/src/auth/auth.ts';
import type { World } from '../world.ts';
import type { Ciphers } from './ciphers.ts';
import { SHARD } from './node.ts';

interface Pair {
  readonly seed: Uint8Array;
  readonly key: Key;
}

export interface PlainDevice extends Pair {
  readonly id: DeviceId;
}

/** Auth as it runs now, with the clock of its node. */
export interface Desk {
  readonly auth: Auth;
  readonly env: Env;
}

const HOUR_MS = 3_600_000;

export class Household {
  readonly site: SiteId;
  readonly #env: Env;
  readonly #world: World;
  readonly #ciphers: Ciphers;
  readonly #user: Pair;
  readonly #root: Pair;

  constructor(world: World, ciphers: Ciphers) {
    this.#world = world;
    this.#ciphers = ciphers;
    this.#env = world.env('household');
    this.#user = this.#pair();
    this.#root = this.#pair();
    this.site = siteIdOf(ciphers.primitives, this.#root.key);
  }

  get #primitives(): Primitives {
    return this.#ciphers.primitives;
  }

  #pair(): Pair {
    const seed = this.#world.chance.bytes(32);
    return { seed, key: key(this.#ciphers.publicKey(seed)) };
  }

  device(): PlainDevice {
    const pair = this.#pair();
    return { ...pair, id: deviceIdOf(this.#primitives, pair.key) };
  }

  /** Signs the user up on her first device and founds the site. */
  async settle(at: Desk, device: PlainDevice): Promise<void> {
    await this.#within(at, device, async (remote) => {
      await remote.signup({
        user: this.#user.key,
        blessing: await this.#blessing(at.env, device),
        deviceName: 'first',
        profile: { name: 'Ada', about: '', locale: '' },
        admission: { kind: 'open' },
      });
      const attestation = await attest(this.#primitives, this.#env, this.#root.seed, {
        subject: this.#user.key,
        subjectKind: 'user',
        site: this.site,
        resource: '*',
        permissions: permissionsAll,
        delegations: delegationsMax,
        notBeforeMs: 0,
        expiresMs: 0,
        quota: 0,
      });
      const label = new Uint8Array([1]);
      await remote.foundSite({ root: this.#root.key, attestation, label, envelope: label });
    });
  }

  #blessing(nodeEnv: Env, device: PlainDevice): Promise<Uint8Array> {
    const issuedMs = nodeEnv.wallMs();
    return bless(this.#primitives, this.#user.seed, {
      device: device.key,
      audience: '*',
      scope: permissionsAll,
      serial: 1,
      issuedMs,
      expiresMs: issuedMs + HOUR_MS,
    });
  }

  /** Runs `work` in a session of the device. */
  async #within<T>(at: Desk, device: PlainDevice, work: (remote: AuthRemote) => Promise<T>): Promise<T> {
    const blessing = await openBlessing(this.#primitives, await this.#blessing(at.env, device));
    const refusal = await at.auth.admit(device.key, blessing);
    if (refusal !== null) throw refusal;
    const caller = { device: device.key, blessing, address: '203.0.113.1', origin: null };
    using session = at.auth.open(caller, { changed: () => {}, ended: () => {} });
    return await work(direct(authApi, session, at.env));
  }

  /** A token for the tail; throws `revoked` when the device has ended. */
  token(at: Desk, device: PlainDevice): Promise<Uint8Array> {
    return this.#within(at, device, async (remote) => {
      const { token } = await remote.login({ shard: SHARD, guid: this.#env.random(16) });
      return token;
    });
  }

  /** Ends a device by the word of another one. */
  async revoke(at: Desk, by: PlainDevice, device: PlainDevice): Promise<void> {
    await this.#within(at, by, (remote) => remote.revokeDevice({ device: device.id }));
  }
}
