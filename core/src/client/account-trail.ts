/** The trail of accounts as it was signed and chained, for whoever keeps it (SPEC Z100); what does not hold is left out. */

import { equal } from '../base/bytes.ts';
import { pause, type Env } from '../base/env.ts';
import { asFault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import type { AccountsRemote } from '../api/accounts.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { auditHash } from '../social/accounts/audit.ts';
import { openOperation, type Act, type ActKind, type Operation } from '../social/accounts/operation.ts';

export interface TrailRow {
  readonly number: number;
  readonly atMs: number;
  readonly kind: ActKind;
  /** As it was signed. */
  readonly bytes: Uint8Array;
  readonly prev: Uint8Array;
  readonly hash: Uint8Array;
  readonly operation: Operation;
}

export interface TrailParts {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly remote: Pick<AccountsRemote, 'audit'>;
}

/** When the node has been asked as often as it likes. */
const PAUSE_MS = 1_000;

/** What concerns this user, the newest first. */
export async function* trailOf({ env, primitives, remote }: TrailParts): AsyncGenerator<TrailRow> {
  for (let before = 0; ;) {
    const page = await remote.audit({ before }).catch((thrown: unknown) => {
      if (asFault(thrown).code !== 'tooMany') throw thrown;
      return null;
    });
    if (page === null) {
      await pause(env, PAUSE_MS);
      continue;
    }
    for (const { number, atMs, kind, operation, prev, hash } of page.rows) {
      const row = { number, atMs, kind, bytes: operation.slice(), prev: prev.slice(), hash: hash.slice() };
      const isChained = equal(hash, auditHash(primitives, prev, { number, atMs, bytes: row.bytes }));
      const opened = isChained ? await openOperation(primitives, kind, row.bytes).catch(() => null) : null;
      if (opened !== null) yield { ...row, operation: opened };
    }
    if (page.next === null) return;
    before = page.next;
  }
}

/** Whether an operation is by or about the account of a key. */
export function isOf({ signer, act }: Operation, key: Key): boolean {
  return [signer, ...namedBy(act)].some((each) => equal(each, key));
}

function namedBy(act: Act): readonly Key[] {
  switch (act.kind) {
    case 'issue':
      return [act.key, act.below];
    case 'add':
      return [act.key];
    case 'give':
      return [act.to];
    case 'replace':
      return [act.to];
    case 'take':
      return [act.from];
    case 'succeed':
      return [act.from, act.to];
    case 'name':
    case 'remove':
    case 'restore':
      return [act.target];
  }
}
