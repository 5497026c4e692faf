/** A row of the trail of accounts, checked: its hash, its signature, and what it says (SPEC Z18). */

import { equal } from '../base/bytes.ts';
import type { AccountsApi } from '../api/accounts.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { auditHash } from '../social/accounts/audit.ts';
import { openOperation, type Act } from '../social/accounts/operation.ts';

type Row = Awaited<ReturnType<AccountsApi['audit']>>['rows'][number];

export interface AuditRow {
  readonly number: number;
  readonly atMs: number;
  readonly kind: Row['kind'];
  /** Who did it; empty: the node. */
  readonly actor: string;
  /** Whom it is about. */
  readonly target: string;
  /** What was signed; null: the signature or the hash of the node does not hold. */
  readonly act: Act | null;
}

export async function checkedRow(primitives: Primitives, row: Row): Promise<AuditRow> {
  const { number, atMs, kind, actor, target } = row;
  const operation = row.operation.slice();
  const isChained = equal(row.hash, auditHash(primitives, row.prev, { number, atMs, bytes: operation }));
  const opened = isChained ? await openOperation(primitives, kind, operation).catch(() => null) : null;
  return { number, atMs, kind, actor, target, act: opened?.act ?? null };
}
