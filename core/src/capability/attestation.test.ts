/** Attestations: what comes back, what is refused. Chains have their own tests. */

import { deepEqual, equal, notEqual, rejects, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AssertionError, must } from '../base/assert.ts';
import { realEnv } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key, logId, siteId } from '../base/ids.ts';
import { caveatBytesMax, caveatsMax, signedBytesMax } from '../base/limits.ts';
import { domain } from '../crypto/domain.ts';
import { nativePrimitives } from '../native/primitives.ts';
import type { Cbor } from '../wire/cbor.ts';
import { attest, openAttestation, type Grant } from './attestation.ts';
import { objectId, signObject } from './cose.ts';
import { delegationsMax, permissionsAll } from './policy.ts';

const primitives = nativePrimitives();
const env = realEnv();
const SEED = new Uint8Array(32).fill(1);
const SUBJECT = key(await primitives.ed25519PublicKey(new Uint8Array(32).fill(2)));
const LOG = logId('5a'.repeat(16));
const GRANT: Grant = {
  subject: SUBJECT,
  subjectKind: 'user',
  site: siteId('0f'.repeat(16)),
  resource: '*',
  permissions: 3,
  delegations: 2,
  notBeforeMs: 1_000,
  expiresMs: 2_000,
  quota: 5,
};

const grants: fc.Arbitrary<Grant> = fc.record({
  subject: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(key),
  subjectKind: fc.constantFrom('user', 'oneTime'),
  site: fc.constantFrom(siteId('0f'.repeat(16)), siteId('f0'.repeat(16))),
  resource: fc.constantFrom('*' as const, LOG),
  permissions: fc.integer({ min: 1, max: permissionsAll }),
  delegations: fc.integer({ min: 0, max: delegationsMax }),
  notBeforeMs: fc.nat(1_000),
  expiresMs: fc.constantFrom(0, 1_001, Number.MAX_SAFE_INTEGER),
  quota: fc.maxSafeNat(),
  caveats: fc.array(
    fc.record(
      { kind: fc.nat(255), value: fc.uint8Array({ maxLength: caveatBytesMax }) },
      { noNullPrototype: true },
    ),
    {
      maxLength: caveatsMax,
    },
  ),
});

/** The signed object with one field of a good attestation replaced, added or (undefined) taken out. */
function withField(field: number, value: Cbor | undefined): Promise<Uint8Array> {
  const fields = new Map<number, Cbor>([
    [3, SUBJECT],
    [4, 0],
    [5, new Uint8Array(16)],
    [6, '*'],
    [7, 3],
    [8, 2],
    [9, 1_000],
    [10, 2_000],
    [11, 5],
    [12, []],
    [13, new Uint8Array(16)],
  ]);
  fields.delete(field);
  if (value !== undefined) fields.set(field, value);
  return signObject(primitives, domain('capability/attestation'), SEED, fields);
}

test('[C9] an attestation opens to the grant that was signed', async () => {
  await fc.assert(
    fc.asyncProperty(grants, async (grant) => {
      const bytes = await attest(primitives, env, SEED, grant);
      const { id, issuer, nonce, ...rest } = must(await openAttestation(primitives, bytes), 'opens');
      deepEqual(rest, { ...grant });
      deepEqual(issuer, await primitives.ed25519PublicKey(SEED));
      equal(id, objectId(primitives, bytes));
      equal(nonce.length, 16);
      equal(bytes.length < signedBytesMax / 2, true);
    }),
    { numRuns: 200 },
  );
});

test('[C9] two attestations of one grant have two ids', async () => {
  const make = async () => objectId(primitives, await attest(primitives, env, SEED, GRANT));
  const [one, two] = [await make(), await make()];
  notEqual(one, two);
});

test('[C9] an attestation with any byte changed is refused', async () => {
  const bytes = await attest(primitives, env, SEED, GRANT);
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    let opened: unknown = null;
    try {
      opened = await openAttestation(primitives, changed);
    } catch (thrown) {
      equal(thrown instanceof Fault && ['malformed', 'tooLarge'].includes(thrown.code), true);
    }
    equal(opened, null, `byte ${at}`);
  }
});

test('[W4] an attestation whose fields are missing, foreign or out of bounds is malformed', async () => {
  notEqual(await openAttestation(primitives, await withField(8, 2)), null);
  for (let field = 3; field <= 13; field++) {
    await rejects(openAttestation(primitives, await withField(field, undefined)), { code: 'malformed' });
    await rejects(openAttestation(primitives, await withField(field, null)), { code: 'malformed' });
    await rejects(openAttestation(primitives, await withField(field, -1)), { code: 'malformed' });
  }
  const wrong: readonly (readonly [number, Cbor])[] = [
    [3, new Uint8Array(31)],
    [4, 3],
    [5, new Uint8Array(17)],
    [6, ''],
    [6, '**'],
    [6, LOG.toUpperCase()],
    [6, LOG.slice(2)],
    [7, 0],
    [7, 32],
    [8, 8],
    [10, 1_000],
    [10, 1],
    [12, [[0]]],
    [12, [[0, new Uint8Array(caveatBytesMax + 1)]]],
    [12, [[256, new Uint8Array(1)]]],
    [12, [[1, new Uint8Array(1), 0]]],
    [12, Array.from({ length: caveatsMax + 1 }, () => [1, new Uint8Array(1)])],
    [13, new Uint8Array(15)],
    [14, 0],
  ];
  for (const [field, value] of wrong) {
    await rejects(
      openAttestation(primitives, await withField(field, value)),
      { code: 'malformed' },
      `${field}`,
    );
  }
});

test('[A9] a grant out of bounds is never signed', () => {
  for (const part of [{ permissions: 0 }, { permissions: 32 }, { delegations: 8 }, { expiresMs: 1_000 }]) {
    throws(() => attest(primitives, env, SEED, { ...GRANT, ...part }), AssertionError);
  }
});
