/**
 * The audit log of accounts (SPEC Z11): the node numbers the operations in the order in which they counted and
 * chains them, so that none can be left out, put between or changed afterwards without the end being another.
 *
 *   hash = SHA-256 in the domain `account/audit` of: the hash before · number (8) · time (8) · the signed operation
 */

import { concat } from '../../base/bytes.ts';
import { domain } from '../../crypto/domain.ts';
import { hashBytes, hashOf } from '../../crypto/hash.ts';
import type { Primitives } from '../../crypto/primitives.ts';

export interface AuditLink {
  readonly number: number;
  /** By the node's clock. */
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

const AUDIT = domain('account/audit');

/** What stands before the first operation. */
export const AUDIT_GENESIS: Uint8Array = new Uint8Array(hashBytes);

export function auditHash(
  primitives: Primitives,
  before: Uint8Array,
  { number, atMs, bytes }: AuditLink,
): Uint8Array {
  const numbers = new DataView(new ArrayBuffer(16));
  numbers.setBigUint64(0, BigInt(number));
  numbers.setBigUint64(8, BigInt(Math.floor(atMs)));
  return hashOf(primitives, AUDIT, concat(before, new Uint8Array(numbers.buffer), bytes));
}
