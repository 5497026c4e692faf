/**
 * What the HTTP door asks of auth (SPEC section O): for whom a device speaks that has proven its key and shows
 * a token or a blessing, and the successor of a token.
 */

import { equal } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, Key, UserId } from 'copse/internal/base/ids.ts';
import { checkBlessing, type Blessing } from 'copse/internal/capability/blessing.ts';
import { objectId } from 'copse/internal/capability/cose.ts';
import { deviceIdOf } from 'copse/internal/crypto/hash.ts';
import { isScoped } from 'copse/internal/crypto/lease-scope.ts';
import type { DeviceRecord, Issued } from '../store/accounts.ts';
import type { SessionParts } from './gate.ts';
import type { Successor } from './tokens.ts';

export class HttpAuth {
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  shardMap(): SessionParts['shards']['answer'] {
    return this.#parts.shards.answer;
  }

  /**
   * What a token is worth (SPEC O3): it stands for the blessing by which it was made, and no longer than it
   * lasts. A token of a lease opens its log and nothing here.
   */
  async bearer(deviceKey: Key, token: Uint8Array): Promise<Blessing> {
    const { tokens, grounds } = this.#parts;
    const claims = tokens.read(token);
    if (isScoped(claims)) throw new Fault('unauthorized', 'a token of a lease');
    const row = await this.#device(deviceKey);
    if (claims.device !== row.device || claims.user !== row.user)
      throw new Fault('badProof', "the token is another device's");
    if (claims.deviceEpoch < row.minEpoch) throw new Fault('revoked', 'the device has logged out since');
    const user = await grounds.accounts.people.user(row.user);
    if (user === null) throw new Fault('unknown', 'no such user');
    return {
      id: objectId(grounds.primitives, token),
      user: user.key,
      device: deviceKey,
      audience: grounds.node,
      scope: claims.permissions,
      issuedMs: grounds.env.wallMs(),
      expiresMs: claims.expiresAtMs,
      serial: 0,
    };
  }

  /** The key of a user, or null when there is no such user. */
  async keyOf(user: UserId): Promise<Key | null> {
    return (await this.#parts.grounds.accounts.people.user(user))?.key ?? null;
  }

  /** The epoch that tokens of a device have to have now (SPEC A6); null: no such device is in use. */
  async epochOf(device: DeviceId): Promise<number | null> {
    const row = await this.#parts.grounds.accounts.people.device(device);
    return row === null || row.revokedMs !== null ? null : row.minEpoch;
  }

  /** A blessing that a device shows in place of a token, to get its first one. */
  async blessed(deviceKey: Key, bytes: Uint8Array): Promise<Blessing> {
    const { primitives, env, node } = this.#parts.grounds;
    const use = { device: deviceKey, node, wallMs: env.wallMs() };
    const answer = await checkBlessing(primitives, bytes, use);
    if (answer.kind === 'ok') return answer.blessing;
    const isLate = answer.reason === 'early' || answer.reason === 'expired';
    throw new Fault(isLate ? 'expired' : 'badProof', `blessing: ${answer.reason}`);
  }

  /** The successor of a token, for a device that has proven its key (SPEC A10, O5). */
  async refresh(deviceKey: Key, request: Successor): Promise<Issued> {
    const row = await this.#device(deviceKey);
    return this.#parts.tokens.succeed(row.device, request);
  }

  /** Whether the key is one of a device in use. */
  async #device(deviceKey: Key): Promise<DeviceRecord> {
    const { accounts, primitives } = this.#parts.grounds;
    const row = await accounts.people.device(deviceIdOf(primitives, deviceKey));
    if (row === null || !equal(row.key, deviceKey))
      throw new Fault('unauthorized', 'no device with this key');
    if (row.revokedMs !== null) throw new Fault('revoked', 'the device');
    return row;
  }
}
