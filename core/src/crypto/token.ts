/**
 * Tokens: 64 bytes of claims and 16 bytes of HMAC-SHA256 (SPEC C6). One layout and one algorithm, so
 * nothing in a token chooses how it is verified. Integers are little-endian.
 *
 *   at  0  version 1 | key number 1 | permissions 2 | expiry 4 (seconds since 1970)
 *   at  8  user 8 | device 8 | site 8 | log 8       (the first 8 bytes of the ids)
 *   at 40  device epoch 4 | site epoch 4
 *   at 48  capability 8 | token id 8
 *   at 64  the first 16 bytes of HMAC-SHA256 under the shard's key over the 64 bytes before
 *
 * The key is derived for one shard and one key number, so a shard that is broken into mints nothing
 * that another accepts. A token is no bearer token: who presents it also proves the device's key.
 */

import { assert, must } from '../base/assert.ts';
import { base64url, fromBase64url, fromHex, hex, utf8 } from '../base/bytes.ts';
import { deviceId, userId, type DeviceId, type UserId } from '../base/ids.ts';
import { domain } from './domain.ts';
import { deriveKey, type KeyedMac } from './hash.ts';
import type { Primitives } from './primitives.ts';

export const tokenBytes = 80;
const BODY_BYTES = 64;
const VERSION = 1;

const TOKEN_KEY = domain('token/key');

export interface TokenClaims {
  /** Which of the shard's keys made it: 0 to 255, raised when the key is rotated. */
  readonly keyNumber: number;
  /** Bit set of 16. */
  readonly permissions: number;
  /** Wall clock; written in whole seconds, rounded down. */
  readonly expiresAtMs: number;
  readonly user: UserId;
  readonly device: DeviceId;
  /** First 8 bytes of a site's id in hex; zeros when the token is for no site. */
  readonly site: string;
  /** First 8 bytes of a log's id in hex; zeros when the token is for no log. */
  readonly log: string;
  readonly deviceEpoch: number;
  readonly siteEpoch: number;
  /** First 8 bytes of the attestation's hash in hex; zeros when none is behind it. */
  readonly capability: string;
  /** Random, 8 bytes in hex. */
  readonly id: string;
}

/** A key of a shard as its owner holds it. */
export interface TokenKey {
  readonly number: number;
  readonly mac: KeyedMac;
}

export type TokenCheck =
  | { readonly kind: 'ok'; readonly token: Token }
  | { readonly kind: 'expired' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'forged' };

/** The 32-byte key of a shard; `rootKey` stays with auth, a tail gets only its own shard's keys. */
export function shardKey(
  primitives: Primitives,
  rootKey: Uint8Array,
  shardId: string,
  keyNumber: number,
): Uint8Array {
  assert(isUint(keyNumber, 0xff), 'a key number is one byte');
  const context = Uint8Array.of(keyNumber, ...utf8(shardId));
  return deriveKey(primitives, rootKey, TOKEN_KEY, context);
}

/** The 80 bytes of a token. */
export function mint(key: TokenKey, claims: TokenClaims): Uint8Array {
  assert(claims.keyNumber === key.number, 'a token names the key that makes it');
  const token = new Uint8Array(tokenBytes);
  writeClaims(new DataView(token.buffer), claims);
  for (const [at, id] of idsOf(claims)) token.set(id, at);
  token.set(key.mac.mac(token.subarray(0, BODY_BYTES)).subarray(0, tokenBytes - BODY_BYTES), BODY_BYTES);
  return token;
}

function writeClaims(view: DataView, claims: TokenClaims): void {
  const expiresAtS = Math.floor(claims.expiresAtMs / 1000);
  assert(isUint(claims.permissions, 0xffff), 'permissions are 16 bits');
  assert(isUint(expiresAtS, 0xffffffff), 'a token expires before 2106');
  assert(isUint(claims.deviceEpoch, 0xffffffff), 'a device epoch has 32 bits');
  assert(isUint(claims.siteEpoch, 0xffffffff), 'a site epoch has 32 bits');
  view.setUint8(0, VERSION);
  view.setUint8(1, claims.keyNumber);
  view.setUint16(2, claims.permissions, true);
  view.setUint32(4, expiresAtS, true);
  view.setUint32(40, claims.deviceEpoch, true);
  view.setUint32(44, claims.siteEpoch, true);
}

function idsOf(claims: TokenClaims): readonly (readonly [number, Uint8Array])[] {
  return [
    [8, idBytes(claims.user)],
    [16, idBytes(claims.device)],
    [24, idBytes(claims.site)],
    [32, idBytes(claims.log)],
    [48, idBytes(claims.capability)],
    [56, idBytes(claims.id)],
  ];
}

function idBytes(text: string): Uint8Array {
  const bytes = must(fromHex(text), 'an id in a token is hex');
  assert(bytes.length === 8, 'an id in a token has 8 bytes');
  return bytes;
}

function isUint(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

/** The number of the key that a token claims to be made with, to choose it; null when it is no token. */
export function keyNumberOf(token: Uint8Array): number | null {
  return token.length === tokenBytes && token[0] === VERSION ? (token[1] ?? null) : null;
}

/**
 * What a token is worth at `nowMs` (wall clock). The MAC is compared in constant time and before
 * anything else is believed. Whether an epoch in it has been revoked is the caller's look-up, by `tag`.
 */
export function check(token: Uint8Array, key: TokenKey, nowMs: number): TokenCheck {
  if (token.length !== tokenBytes || token[0] !== VERSION) return MALFORMED;
  if (token[1] !== key.number) return FORGED;
  const mac = key.mac.mac(token.subarray(0, BODY_BYTES));
  let difference = 0;
  for (let i = 0; i < tokenBytes - BODY_BYTES; i++) difference |= mac[i]! ^ token[BODY_BYTES + i]!;
  if (difference !== 0) return FORGED;
  const claims = new Token(token);
  return nowMs < claims.expiresAtMs ? { kind: 'ok', token: claims } : EXPIRED;
}

const MALFORMED: TokenCheck = { kind: 'malformed' };
const FORGED: TokenCheck = { kind: 'forged' };
const EXPIRED: TokenCheck = { kind: 'expired' };

/** Where the ids stand that revocations name. */
const TAG_AT = { user: 8, device: 16, site: 24, capability: 48 } as const;
export type TagKind = keyof typeof TAG_AT;

/** The claims of a checked token, read where they are asked for: most callers ask for two or three. */
export class Token implements TokenClaims {
  readonly #bytes: Uint8Array;

  /** `bytes` are 80 and belong to the token from now on. Use `check`; this one believes everything. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get keyNumber(): number {
    return this.#bytes[1]!;
  }
  get permissions(): number {
    return this.#bytes[2]! | (this.#bytes[3]! << 8);
  }
  get expiresAtMs(): number {
    return uint32(this.#bytes, 4) * 1000;
  }
  get user(): UserId {
    return userId(this.#id(8));
  }
  get device(): DeviceId {
    return deviceId(this.#id(16));
  }
  get site(): string {
    return this.#id(24);
  }
  get log(): string {
    return this.#id(32);
  }
  get deviceEpoch(): number {
    return uint32(this.#bytes, 40);
  }
  get siteEpoch(): number {
    return uint32(this.#bytes, 44);
  }
  get capability(): string {
    return this.#id(48);
  }
  get id(): string {
    return this.#id(56);
  }

  /** As `tagOf` of the id, without making its text: for the look-up in a table of revocations. */
  tag(kind: TagKind): number {
    return tagAt(this.#bytes, TAG_AT[kind]);
  }

  #id(at: number): string {
    return hex(this.#bytes.subarray(at, at + 8));
  }
}

/**
 * 53 of the 64 bits of an id as a number: a Map finds a number in 20 ns and a text, that must be made
 * first, in 200. Two of 10,000 revoked ids and a live one share a tag with a chance of 10^-12; who finds
 * an entry compares the id itself before refusing.
 */
export function tagOf(id: string): number {
  return tagAt(idBytes(id), 0);
}

function tagAt(bytes: Uint8Array, at: number): number {
  return uint32(bytes, at) + (uint32(bytes, at + 4) & 0x1fffff) * 0x1_0000_0000;
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** The text form for HTTP headers and links: base64url. */
export function tokenText(token: Uint8Array): string {
  return base64url(token);
}

/** The bytes of the text form, or null when it is none. */
export function fromTokenText(text: string): Uint8Array | null {
  if (text.length !== TEXT_LENGTH) return null;
  return fromBase64url(text);
}

const TEXT_LENGTH = Math.ceil((tokenBytes * 4) / 3);
