/** The golden vectors of the account tree (SPEC W7, Z11). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key } from 'copse/internal/base/ids.ts';
import { AUDIT_GENESIS, auditHash } from 'copse/internal/social/accounts/audit.ts';
import { openOperation, signOperation, type ActKind } from 'copse/internal/social/accounts/operation.ts';
import { primitives } from './make/draw.ts';
import { read, unhex } from './read.ts';

interface Valid {
  readonly name: string;
  readonly kind: ActKind;
  readonly seed: string;
  readonly random: string;
  readonly bytes: string;
  readonly id: string;
  readonly number: number;
  readonly atMs: number;
  readonly hash: string;
}

interface Invalid {
  readonly name: string;
  readonly kind: ActKind;
  readonly bytes: string;
  readonly fault: string;
}

const { valid, invalid } = read<Valid, Invalid>('accounts.json');

test('[W7, Z11] operations have their bytes, ids and chain', async () => {
  let before = AUDIT_GENESIS;
  for (const vector of valid) {
    const bytes = unhex(vector.bytes);
    const operation = await openOperation(primitives, vector.kind, bytes);
    assert.equal(operation.id, vector.id, vector.name);
    const signing = { node: operation.node, random: unhex(vector.random), atMs: operation.atMs };
    const again = await signOperation(primitives, unhex(vector.seed), signing, operation.act);
    assert.equal(hex(again), vector.bytes, vector.name);
    assert.deepEqual(operation.signer, key(await primitives.ed25519PublicKey(unhex(vector.seed))));
    before = auditHash(primitives, before, { number: vector.number, atMs: vector.atMs, bytes });
    assert.equal(hex(before), vector.hash, vector.name);
  }
  assert.equal(new Set(valid.map(({ kind }) => kind)).size, 9, 'one of each kind');
});

test('[W7, Z11] what is no operation is refused', async () => {
  for (const { name, kind, bytes, fault } of invalid) {
    await assert.rejects(
      openOperation(primitives, kind, unhex(bytes)),
      (thrown) => thrown instanceof Fault && thrown.code === fault,
      name,
    );
  }
});
