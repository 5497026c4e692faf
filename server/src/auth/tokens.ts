/**
 * Connect tokens: made for one device and one shard, good for half a day and never longer than the
 * device is blessed. The device key is the only credential: there is no second secret that refreshes
 * (SPEC A4, A5, A10).
 *
 * The key of a token is derived from the node's seed, the shard and the day. A shard gets its own keys of
 * yesterday, today and tomorrow: broken into, it mints nothing for another, and nothing at all two days
 * later. No token key is ever stored.
 */

import type { ShardTokenKey } from 'copse/internal/api/auth.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, Key } from 'copse/internal/base/ids.ts';
import { connectTokenMs, refreshReplayMs, tokenKeyMs } from 'copse/internal/base/limits.ts';
import { isProven, refreshing } from 'copse/internal/capability/possession.ts';
import { domain } from 'copse/internal/crypto/domain.ts';
import { deriveKey, hashOf, keyedMac } from 'copse/internal/crypto/hash.ts';
import { isScoped, noScope, type LeaseScope } from 'copse/internal/crypto/lease-scope.ts';
import {
  check,
  keyNumberOf,
  mint,
  shardKey,
  type Token,
  type TokenKey,
} from 'copse/internal/crypto/token.ts';
import { tokenSecret } from 'copse/internal/crypto/token-secret.ts';
import type { DeviceRecord, Issued } from '../store/accounts.ts';
import type { Grounds, Who } from './grounds.ts';

const TOKEN_ROOT = domain('auth/token-root');
const ATTEMPT = domain('auth/attempt');

/** Of a token that stands on no attestation. */
const NONE = '00'.repeat(8);
const NO_SCOPE: LeaseScope = { site: noScope, log: noScope };
const GUID_BYTES = 16;
/** Yesterday's, today's, tomorrow's. */
const KEY_DAYS = [-1, 0, 1];

/** A token whose successor is asked for. */
export interface Successor {
  readonly shard: number;
  readonly token: Uint8Array;
  readonly guid: Uint8Array;
}

export interface Refreshing extends Successor {
  readonly signature: Uint8Array;
}

/** What a token of a lease permits, where and until when. */
export interface LeaseTerms {
  readonly shard: number;
  readonly permissions: number;
  readonly expiresMs: number;
  readonly scope: LeaseScope;
}

export interface TokensOptions {
  readonly nodeSeed: Uint8Array;
  readonly shards: ReadonlySet<number>;
}

export class Tokens {
  readonly #grounds: Grounds;
  readonly #shards: ReadonlySet<number>;
  readonly #root: Uint8Array;
  /** By shard and day; derived again when they fall out. */
  readonly #keys = new Cache<string, TokenKey & { readonly bytes: Uint8Array }>(256);

  constructor(grounds: Grounds, options: TokensOptions) {
    this.#grounds = grounds;
    this.#shards = options.shards;
    this.#root = deriveKey(grounds.primitives, options.nodeSeed, TOKEN_ROOT);
  }

  /** A token for the session's device. */
  async login(who: Who, request: { readonly shard: number; readonly guid: Uint8Array }): Promise<Issued> {
    const attempt = this.#attempt(request.shard, request.guid);
    const kept = await this.#replay(who.device, attempt);
    if (kept !== null) return kept;
    const device = await this.#usable(who.device);
    return this.#issue(device, { shard: request.shard, attempt, permissions: who.scope });
  }

  /** The successor of a token, for whoever holds the key of its device. */
  async refresh(device: DeviceId, key: Key, request: Refreshing): Promise<Issued> {
    const { primitives } = this.#grounds;
    if (!(await isProven(primitives, key, refreshing(request), request.signature))) {
      throw new Fault('badProof', 'the signature is not of this device over this token and id');
    }
    return this.succeed(device, request);
  }

  /** The same for a device that has proven its key otherwise. */
  async succeed(device: DeviceId, { shard, token, guid }: Successor): Promise<Issued> {
    const attempt = this.#attempt(shard, guid);
    const kept = await this.#replay(device, attempt);
    if (kept !== null) return kept;
    const claims = this.#checked(shard, token);
    if (claims.device !== device) throw new Fault('unauthorized', 'a token of another device');
    if (isScoped(claims)) throw new Fault('unauthorized', 'a token of a lease has no successor');
    const row = await this.#usable(device);
    if (claims.deviceEpoch < row.minEpoch) throw new Fault('revoked', 'the device has logged out since');
    return this.#issue(row, { shard, attempt, permissions: claims.permissions });
  }

  /** The claims of a token that one of the shards would accept now. */
  read(token: Uint8Array): Token {
    let refusal: unknown = new Fault('unauthorized', 'no shard');
    for (const shard of this.#shards) {
      try {
        return this.#checked(shard, token);
      } catch (thrown) {
        refusal = thrown;
        // An authentic token that has expired is no other shard's.
        if (thrown instanceof Fault && thrown.code !== 'unauthorized') break;
      }
    }
    throw refusal;
  }

  /** The secret of a token that this device was given (SPEC A17). */
  async secret(device: DeviceId, request: { readonly shard: number; readonly token: Uint8Array }) {
    if (!this.#shards.has(request.shard)) throw new Fault('unknown', 'no such shard');
    const claims = this.#checked(request.shard, request.token);
    if (claims.device !== device) throw new Fault('unauthorized', 'a token of another device');
    const row = await this.#usable(device);
    if (claims.deviceEpoch < row.minEpoch) throw new Fault('revoked', 'the device has logged out since');
    const key = this.#keyOf(request.shard, this.#dayOf(claims.keyNumber) ?? this.today());
    return { secret: tokenSecret(key.mac, request.token) };
  }

  /** A token for a lease; asked for again when it ends, so nobody keeps it. */
  lease(device: DeviceRecord, order: LeaseTerms): Uint8Array {
    if (!this.#shards.has(order.shard)) throw new Fault('unknown', 'no such shard');
    return this.#mint(device, order);
  }

  /** The keys that a shard needs today. */
  keysOf(shard: number): readonly ShardTokenKey[] {
    const today = this.today();
    return KEY_DAYS.map((offset) => {
      const { number, bytes } = this.#keyOf(shard, today + offset);
      return { number, key: bytes };
    });
  }

  /** The day of the token keys. */
  today(): number {
    return Math.floor(this.#grounds.env.wallMs() / tokenKeyMs);
  }

  #checked(shard: number, token: Uint8Array): Token {
    const number = keyNumberOf(token);
    if (number === null) throw new Fault('malformed', 'not a token');
    const day = this.#dayOf(number);
    // A key of another day: if the token was ever one, it has expired since.
    if (day === undefined) throw new Fault('unauthorized', 'the key of this token is not in use');
    const answer = check(token, this.#keyOf(shard, day), this.#grounds.env.wallMs());
    switch (answer.kind) {
      case 'ok':
        return answer.token;
      case 'expired':
        throw new Fault('expired');
      case 'malformed':
        throw new Fault('malformed', 'not a token');
      case 'forged':
        throw new Fault('unauthorized', 'not a token of this shard');
    }
  }

  /** The day whose key has this number, if it is in use. */
  #dayOf(number: number): number | undefined {
    const today = this.today();
    return KEY_DAYS.map((offset) => today + offset).find((day) => numberOf(day) === number);
  }

  async #usable(device: DeviceId): Promise<DeviceRecord> {
    const row = await this.#grounds.accounts.people.device(device);
    if (row === null) throw new Fault('unknown', 'no such device');
    if (row.revokedMs !== null) throw new Fault('revoked', 'this device');
    return row;
  }

  #issue(
    device: DeviceRecord,
    order: { readonly shard: number; readonly attempt: Uint8Array; readonly permissions: number },
  ): Promise<Issued> {
    const { env, accounts } = this.#grounds;
    const atMs = env.wallMs();
    const endMs = Math.min(atMs + connectTokenMs, device.blessedMs);
    // Tokens carry whole seconds; the answer must not promise the fraction.
    const expiresMs = endMs - (endMs % 1000);
    if (expiresMs <= atMs) throw new Fault('expired', 'the blessing of this device');
    const { shard, permissions } = order;
    const token = this.#mint(device, { shard, permissions, expiresMs, scope: NO_SCOPE });
    const issue = { device: device.device, guid: order.attempt, token, expiresMs, atMs };
    return accounts.people.issue({ ...issue, replayMs: refreshReplayMs });
  }

  #mint(device: DeviceRecord, terms: LeaseTerms): Uint8Array {
    const key = this.#keyOf(terms.shard, this.today());
    return mint(key, {
      keyNumber: key.number,
      permissions: terms.permissions,
      expiresAtMs: terms.expiresMs,
      user: device.user,
      device: device.device,
      ...terms.scope,
      deviceEpoch: device.minEpoch,
      siteEpoch: 0,
      capability: NONE,
      id: hex(this.#grounds.env.random(8)),
    });
  }

  #replay(device: DeviceId, attempt: Uint8Array): Promise<Issued | null> {
    const sinceMs = this.#grounds.env.wallMs() - refreshReplayMs;
    return this.#grounds.accounts.people.issued(device, attempt, sinceMs);
  }

  /** One id on two shards is two attempts. */
  #attempt(shard: number, guid: Uint8Array): Uint8Array {
    if (!this.#shards.has(shard)) throw new Fault('unknown', 'no such shard');
    const named = Uint8Array.of(shard >> 8, shard & 0xff, ...guid);
    return hashOf(this.#grounds.primitives, ATTEMPT, named).slice(0, GUID_BYTES);
  }

  #keyOf(shard: number, day: number): TokenKey & { readonly bytes: Uint8Array } {
    const name = `${shard}/${day}`;
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const { primitives } = this.#grounds;
    const bytes = shardKey(primitives, this.#root, name, numberOf(day));
    const made = { number: numberOf(day), bytes, mac: keyedMac(primitives, bytes) };
    this.#keys.set(name, made);
    return made;
  }
}

function numberOf(day: number): number {
  return day & 0xff;
}
