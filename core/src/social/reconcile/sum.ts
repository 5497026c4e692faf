/**
 * Sums of ids modulo 2^256 and the fingerprint made of one (negentropy v1, SPEC Z35). Ids count as little-endian
 * numbers; a sum is eight words of 32 bits, the lowest first. Sums can be put together and taken apart, so whoever
 * keeps those of stretches has the one of a range without looking at its items.
 */

import type { Primitives } from '../../crypto/primitives.ts';

export type Sha256 = Pick<Primitives, 'sha256'>;

export const sumWords = 8;
export const fingerprintBytes = 16;
const WORD = 2 ** 32;
const DIGIT_BITS = 7;
/** 32 bytes of the sum and the longest number of items. */
const INPUT_BYTES_MAX = 40;

/** Adds the id that stands at `at` in `bytes`. */
export function addId(sum: Uint32Array, bytes: Uint8Array, at: number): void {
  let carry = 0;
  for (let word = 0, i = at; word < sumWords; word++, i += 4) {
    const low = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16);
    const total = sum[word]! + low + bytes[i + 3]! * 0x1000000 + carry;
    sum[word] = total;
    carry = total >= WORD ? 1 : 0;
  }
}

/** Adds the sum that stands at `at` in `sums`. */
export function addSum(sum: Uint32Array, sums: Uint32Array, at = 0): void {
  let carry = 0;
  for (let word = 0; word < sumWords; word++) {
    const total = sum[word]! + sums[at + word]! + carry;
    sum[word] = total;
    carry = total >= WORD ? 1 : 0;
  }
}

export function takeSum(sum: Uint32Array, other: Uint32Array): void {
  let borrow = 0;
  for (let word = 0; word < sumWords; word++) {
    const rest = sum[word]! - other[word]! - borrow;
    sum[word] = rest;
    borrow = rest < 0 ? 1 : 0;
  }
}

/**
 * The first 16 bytes of SHA-256 over the sum and the number of items.
 * NOTE: without a domain prefix, which the protocol does not have; nothing is signed or derived with it.
 */
export function fingerprintOf(primitives: Sha256, sum: Uint32Array, count: number): Uint8Array {
  const input = new Uint8Array(INPUT_BYTES_MAX);
  const view = new DataView(input.buffer);
  for (let word = 0; word < sumWords; word++) view.setUint32(4 * word, sum[word]!, true);
  const end = putVarint(input, 4 * sumWords, count);
  return primitives.sha256(input.subarray(0, end)).subarray(0, fingerprintBytes);
}

/** Digits of base 128, the highest first, each but the last marked; as few as possible. Answers where they end. */
export function putVarint(into: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) digits++;
  const end = at + digits;
  let rest = value;
  for (let i = end - 1; i >= at; i--) {
    const mark = i === end - 1 ? 0 : 1 << DIGIT_BITS;
    into[i] = (rest % 128) | mark;
    rest = Math.floor(rest / 128);
  }
  return end;
}
