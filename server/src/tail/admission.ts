/**
 * Who may connect: a token of this shard, not expired, not revoked, and in the hands of the device it was
 * made for (SPEC T1, A4, A5, A17). Each refusal has its own code; the dearest check, the signature, is last.
 */

import { protocolFloor, protocolVersion } from 'copse/internal/api/version.ts';
import { concat, equal, NO_BYTES } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { deviceId, key, userId, type DeviceId, type Key, type UserId } from 'copse/internal/base/ids.ts';
import { connecting, isProven } from 'copse/internal/capability/possession.ts';
import { deviceIdOf, keyedMac } from 'copse/internal/crypto/hash.ts';
import { isScoped, leaseScope, type LeaseScope } from 'copse/internal/crypto/lease-scope.ts';
import { resumeMac, tokenSecret } from 'copse/internal/crypto/token-secret.ts';
import { check, keyNumberOf, type Token, type TokenKey } from 'copse/internal/crypto/token.ts';
import type { Asked } from './rights.ts';
import type { Shard } from './shard.ts';

export interface ConnectRequest {
  readonly version: number;
  readonly token: Uint8Array;
  readonly device: Uint8Array;
  readonly proof: Uint8Array;
}

export type ResumeRequest = Omit<ConnectRequest, 'proof'> & { readonly mac: Uint8Array };

export interface Admitted {
  readonly user: UserId;
  readonly device: DeviceId;
  /** The bytes of both: device, then user. */
  readonly ids: Uint8Array;
  /** Of the device. */
  readonly key: Key;
  readonly deviceEpoch: number;
  /** What the device may do at most of what its user may: the scope of its blessing (SPEC H5). */
  readonly scope: number;
  /** Monotonic time at which the token ends. */
  readonly untilMs: number;
  /** The one log that the token is for; null when it is for all that the device may use (SPEC O4). */
  readonly only: LeaseScope | null;
}

/** Who is on a connection before anybody has proven to be. */
export const NOBODY: Admitted = {
  user: userId(''),
  device: deviceId(''),
  ids: NO_BYTES,
  key: key(NO_BYTES),
  deviceEpoch: 0,
  scope: 0,
  untilMs: Number.POSITIVE_INFINITY,
  only: null,
};

type Wanted = Pick<Asked, 'site' | 'log'>;

/** By a signature of the device. */
export async function admit(shard: Shard, nonce: Uint8Array, request: ConnectRequest): Promise<Admitted> {
  const { primitives, nodeKey } = shard;
  const asked = read(shard, request);
  const claim = connecting({ nonce, node: nodeKey, token: asked.bytes });
  if (!(await isProven(primitives, asked.device, claim, request.proof.slice())))
    throw new Fault('badProof', 'the device has not signed this connection');
  return admitted(shard, asked);
}

/** By the secret of the token: nothing here is dearer than a hash (SPEC A17). */
export function admitAgain(shard: Shard, nonce: Uint8Array, request: ResumeRequest): Admitted {
  const { primitives, nodeKey } = shard;
  const asked = read(shard, request);
  const secret = keyedMac(primitives, tokenSecret(asked.made.mac, asked.bytes));
  if (!equal(resumeMac(secret, { nonce, node: nodeKey, token: asked.bytes }), request.mac))
    throw new Fault('badProof', 'the secret of the token is not at hand');
  return admitted(shard, asked);
}

/** By a token alone, for whom the caller has seen a proof of the key already. */
export function admitBearer(shard: Shard, device: Key, token: Uint8Array): Admitted {
  return admitted(shard, read(shard, { version: protocolVersion, token, device }));
}

/** What a request to connect shows, as far as it can be believed without a proof. */
interface Asking {
  readonly token: Token;
  readonly bytes: Uint8Array;
  readonly device: Key;
  /** The key of the shard by which the token was made. */
  readonly made: TokenKey;
}

function read(shard: Shard, request: Pick<ConnectRequest, 'version' | 'token' | 'device'>): Asking {
  if (request.version < protocolFloor || request.version > protocolVersion) {
    throw new Fault('version', `this node speaks ${protocolFloor} to ${protocolVersion}`);
  }
  // The request is a view of a message; what is awaited later must not change under it.
  const bytes = request.token.slice();
  const device = key(request.device.slice());
  const { token, made } = claims(shard, bytes);
  if (deviceIdOf(shard.primitives, device) !== token.device) {
    throw new Fault('badProof', "the token is another device's");
  }
  refuseRevoked(shard, token);
  return { token, bytes, device, made };
}

function admitted(shard: Shard, { token, bytes, device }: Asking): Admitted {
  // It may have been revoked while a signature was checked.
  refuseRevoked(shard, token);
  const { env } = shard;
  return {
    user: token.user,
    device: token.device,
    ids: concat(bytes.subarray(DEVICE_AT, DEVICE_AT + 8), bytes.subarray(USER_AT, USER_AT + 8)),
    key: device,
    deviceEpoch: token.deviceEpoch,
    scope: token.permissions,
    // The wall clock is read once; its later jumps end no connection (SPEC T10).
    untilMs: env.nowMs() + (token.expiresAtMs - env.wallMs()),
    only: isScoped(token) ? { site: token.site, log: token.log } : null,
  };
}

/** Whom to ask about for a lease; `forbidden` when the token of the connection is for another log. */
export function questionOf({ primitives }: Shard, caller: Admitted, { site, log }: Wanted): Asked {
  const { user, device, only } = caller;
  if (only !== null) {
    const scope = leaseScope(primitives, site, log);
    if (scope.site !== only.site || scope.log !== only.log)
      throw new Fault('forbidden', 'the token is for another log');
  }
  return { user, device, site, log };
}

/** Where a token holds its user and device (`core/src/crypto/token.ts`). */
const USER_AT = 8;
const DEVICE_AT = 16;

function claims(shard: Shard, token: Uint8Array): { readonly token: Token; readonly made: TokenKey } {
  const { feed, env } = shard;
  if (!feed.hasKeys) throw new Fault('stale', 'no keys of tokens are known yet');
  const number = keyNumberOf(token);
  if (number === null) throw new Fault('malformed', 'not a token');
  const tokenKey = feed.tokenKey(number);
  if (tokenKey === undefined) throw new Fault('unauthorized', 'no token of this shard and time');
  const checked = check(token, tokenKey, env.wallMs());
  switch (checked.kind) {
    case 'ok':
      return { token: checked.token, made: tokenKey };
    case 'expired':
      throw new Fault('expired', 'the token');
    case 'malformed':
      throw new Fault('malformed', 'not a token');
    case 'forged':
      throw new Fault('unauthorized', 'no token of this shard');
  }
}

function refuseRevoked(shard: Shard, token: Token): void {
  if (shard.feed.isRevoked(token.user, token.device, token.deviceEpoch))
    throw new Fault('revoked', 'the device');
}
