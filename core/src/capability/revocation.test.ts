/** Revocations: who may take what back. */

import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../base/assert.ts';
import { realEnv } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key, siteId } from '../base/ids.ts';
import { domain } from '../crypto/domain.ts';
import { siteIdOf } from '../crypto/hash.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { attest, openAttestation, type Attestation } from './attestation.ts';
import { verifyChain } from './chain.ts';
import { signObject } from './cose.ts';
import { openRevocation, revoke, strikesAt, type Withdrawal } from './revocation.ts';

const primitives = nativePrimitives();
const env = realEnv();
const seed = (n: number): Uint8Array => new Uint8Array(32).fill(n + 1);
const keyOf = (n: number): Promise<Uint8Array> => primitives.ed25519PublicKey(seed(n));
const SITE = siteIdOf(primitives, await keyOf(0));

const PATH: readonly Uint8Array[] = await Promise.all(
  [0, 1, 2].map(async (n) =>
    attest(primitives, env, seed(n), {
      subject: key(await keyOf(n + 1)),
      subjectKind: 'user',
      site: SITE,
      resource: '*',
      permissions: 1,
      delegations: 5 - n,
      notBeforeMs: 0,
      expiresMs: 0,
      quota: 0,
    }),
  ),
);

async function openPath(): Promise<Attestation[]> {
  const opened = await Promise.all(PATH.map((bytes) => openAttestation(primitives, bytes)));
  return opened.map((attestation) => must(attestation, 'opens'));
}

function withdrawal(of: Attestation | undefined): Withdrawal {
  return { site: SITE, attestation: must(of, 'a link').id, issuedMs: 77 };
}

test('[C9] a revocation opens to what was signed', async () => {
  const [first] = await openPath();
  const opened = must(
    await openRevocation(primitives, await revoke(primitives, seed(0), withdrawal(first))),
    'opens',
  );
  deepEqual(opened.issuer, await keyOf(0));
  equal(opened.attestation, first?.id);
  equal(opened.site, SITE);
  equal(opened.issuedMs, 77);
});

test('[A9] the issuer and everyone above may revoke; the subject, those below and strangers may not', async () => {
  const path = await openPath();
  for (const [at, link] of path.entries()) {
    for (let person = 0; person < 5; person++) {
      const bytes = await revoke(primitives, seed(person), withdrawal(link));
      const revocation = must(await openRevocation(primitives, bytes), 'opens');
      equal(strikesAt(revocation, path), person <= at ? at : null, `person ${person}, link ${at}`);
    }
  }
});

test('[A9] a revocation strikes no path but those through its attestation', async () => {
  const path = await openPath();
  const third = must(path[2], 'a link');
  const bytes = await revoke(primitives, seed(0), withdrawal(third));
  const revocation = must(await openRevocation(primitives, bytes), 'opens');
  equal(strikesAt(revocation, path.slice(0, 2)), null);
  equal(strikesAt({ ...revocation, site: siteId('00'.repeat(16)) }, path), null);
});

test('[A9] what stands on a revoked attestation falls with it', async () => {
  const path = await openPath();
  const second = must(path[1], 'a link');
  const revocation = must(
    await openRevocation(primitives, await revoke(primitives, seed(0), withdrawal(second))),
    'opens',
  );
  const proof = { root: key(await keyOf(0)), atMs: 1 };
  const revoked = (id: string): boolean =>
    strikesAt(revocation, path) !== null && id === revocation.attestation;
  deepEqual(await verifyChain(primitives, { ...proof, path: PATH, revoked }), {
    kind: 'refused',
    reason: 'revoked',
    at: 1,
  });
  equal((await verifyChain(primitives, { ...proof, path: PATH.slice(0, 1), revoked })).kind, 'ok');
});

test('[C9] a revocation with any byte changed is refused', async () => {
  const [first] = await openPath();
  const bytes = await revoke(primitives, seed(0), withdrawal(first));
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    let opened: unknown = null;
    try {
      opened = await openRevocation(primitives, changed);
    } catch (thrown) {
      equal(thrown instanceof Fault, true);
    }
    equal(opened, null, `byte ${at}`);
  }
});

test('[W4] a revocation with missing or foreign fields is malformed', async () => {
  const good = [
    [3, new Uint8Array(16)],
    [4, new Uint8Array(32)],
    [5, 0],
  ] as const;
  const within = domain('capability/revocation');
  for (const fields of [good.slice(1), good.slice(0, 2), [...good, [6, 0] as const]]) {
    const bytes = await signObject(primitives, within, seed(0), fields);
    await rejects(openRevocation(primitives, bytes), { code: 'malformed' });
  }
  equal((await openRevocation(primitives, await signObject(primitives, within, seed(0), good)))?.issuedMs, 0);
});
