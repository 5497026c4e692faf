/**
 * Shamir's sharing over the scalars of ristretto255: any `threshold` of the shares give the secret, fewer say
 * nothing about it (SPEC P2). Dealing and combining are those of the library's FROST dealer (RFC 9591
 * appendix C.1); its public commitments are thrown away, because they would let anybody test a share.
 *
 * A share is masked by adding, not by XOR: a scalar is below the group's order, about 2^252, so 15 of 16
 * wrong pads would leave 32 bytes that are no scalar, and who holds a single masked share could sort out 15
 * of 16 guesses. Added modulo the order, every pad leaves a scalar.
 */

import { ristretto255_FROST } from '@noble/curves/ed25519.js';

import { assert, must } from '../base/assert.ts';
import type { Env } from '../base/env.ts';

export const shareBytes = 32;
/** Reduced modulo the order, so many bytes are as good as evenly spread. */
export const maskBytes = 64;

const frost = ristretto255_FROST;
const { Identifier, utils } = frost;
const { Fn } = utils;

export interface Dealt {
  readonly secret: Uint8Array;
  /** In the order of their numbers, which count from 1. */
  readonly shares: readonly Uint8Array[];
}

export interface Share {
  /** From 1. */
  readonly number: number;
  readonly share: Uint8Array;
}

/** A random secret in `count` shares. */
export function deal(env: Pick<Env, 'random'>, threshold: number, count: number): Dealt {
  assert(threshold >= 2, 'one share alone says nothing');
  assert(count >= threshold, 'there are enough shares');
  const rng = (size = 32): Uint8Array<ArrayBuffer> => new Uint8Array(env.random(size));
  const secret = utils.randomScalar(rng);
  const { secretShares } = frost.trustedDealer({ min: threshold, max: count }, undefined, secret, rng);
  const shares = Array.from(
    { length: count },
    (_, i) => must(secretShares[Identifier.fromNumber(i + 1)], 'everybody is dealt a share').signingShare,
  );
  return { secret, shares };
}

/** The secret of the shares; another one when a share is not of it or there are too few of them. */
export function combine(shares: readonly Share[]): Uint8Array {
  assert(shares.length >= 2, 'a secret has two shares at least');
  const size = shares.length;
  return frost.combineSecret(
    shares.map(({ number, share }) => ({ identifier: Identifier.fromNumber(number), signingShare: share })),
    { min: size, max: size },
  );
}

/** The share under a pad of 64 bytes that is used once. */
export function maskShare(share: Uint8Array, pad: Uint8Array): Uint8Array {
  return Fn.toBytes(Fn.add(Fn.fromBytes(share), reduced(pad)));
}

/** What `maskShare` masked; null when the bytes are no scalar. */
export function unmaskShare(masked: Uint8Array, pad: Uint8Array): Uint8Array | null {
  if (!isScalar(masked)) return null;
  return Fn.toBytes(Fn.sub(Fn.fromBytes(masked), reduced(pad)));
}

/** Whether 32 bytes are a share at all. */
export function isScalar(bytes: Uint8Array): boolean {
  return bytes.length === shareBytes && littleEndian(bytes) < Fn.ORDER;
}

function reduced(pad: Uint8Array): bigint {
  assert(pad.length === maskBytes, 'a pad has 64 bytes');
  return littleEndian(pad) % Fn.ORDER;
}

function littleEndian(bytes: Uint8Array): bigint {
  let number = 0n;
  for (const byte of bytes.toReversed()) number = (number << 8n) | BigInt(byte);
  return number;
}
