/** Chains: rights only shrink, and every way to break a path is refused at its place. */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { must } from '../base/assert.ts';
import { Cache } from '../base/cache.ts';
import { realEnv } from '../base/env.ts';
import { key, logId, siteId, type Key } from '../base/ids.ts';
import { clockSkewMs, proofDepthMax } from '../base/limits.ts';
import { siteIdOf } from '../crypto/hash.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { attest, type Attestation, type Grant } from './attestation.ts';
import { verifyChain, type ChainAnswer, type ChainRefusal, type Proof } from './chain.ts';
import { objectId } from './cose.ts';
import { isAtMost, mayHandOn, permissionsAll, type Rights } from './policy.ts';

const primitives = nativePrimitives();
const env = realEnv();
const NOW = 1_800_000_000_000;
const DAY = 86_400_000;
const LOG = logId('5a'.repeat(16));

/** Person n's seed; person 0 is the root. */
const seed = (n: number): Uint8Array => new Uint8Array(32).fill(n + 1);
const keyOf = async (n: number): Promise<Key> => key(await primitives.ed25519PublicKey(seed(n)));
const ROOT = await keyOf(0);
const SITE = siteIdOf(primitives, ROOT);

/** The grant of person n to person n + 1 that is as wide as it may be at that depth. */
async function widest(n: number, part: Partial<Grant> = {}): Promise<Grant> {
  return {
    subject: await keyOf(n + 1),
    subjectKind: 'user',
    site: SITE,
    resource: '*',
    permissions: permissionsAll,
    delegations: proofDepthMax - 1 - n,
    notBeforeMs: NOW - DAY,
    expiresMs: NOW + DAY,
    quota: 0,
    ...part,
  };
}

/** Attestations 0 → 1 → … with `parts[n]` changed in the nth. */
function pathOf(depth: number, parts: Readonly<Record<number, Partial<Grant>>> = {}): Promise<Uint8Array[]> {
  const attestations = Array.from({ length: depth }, async (_, n) =>
    attest(primitives, env, seed(n), await widest(n, parts[n])),
  );
  return Promise.all(attestations);
}

const verify = (path: readonly Uint8Array[], part: Partial<Proof> = {}): Promise<ChainAnswer> =>
  verifyChain(primitives, { path, root: ROOT, atMs: NOW, ...part });

async function refused(answer: Promise<ChainAnswer>, reason: ChainRefusal, at: number): Promise<void> {
  deepEqual(await answer, { kind: 'refused', reason, at });
}

test('[A9] a path of every depth up to the limit proves the rights of its last attestation', async () => {
  for (let depth = 1; depth <= proofDepthMax; depth++) {
    const path = await pathOf(depth);
    const answer = await verify(path);
    if (answer.kind === 'refused') throw new Error(`${answer.reason} at ${answer.at}`);
    deepEqual(answer.subject, await keyOf(depth));
    equal(answer.subjectKind, 'user');
    equal(answer.rights.permissions, permissionsAll);
    equal(answer.rights.delegations, proofDepthMax - depth);
    equal(answer.rights.expiresMs, NOW + DAY);
    deepEqual(
      answer.path.map((link) => link.id),
      path.map((bytes) => objectId(primitives, bytes)),
    );
  }
});

test('[A9] an empty path and one beyond the limit prove nothing', async () => {
  await refused(verify([]), 'empty', 0);
  const path = await pathOf(proofDepthMax);
  const extra = await attest(primitives, env, seed(8), await widest(8, { delegations: 0 }));
  await refused(verify([...path, extra]), 'tooDeep', proofDepthMax);
});

test('[A9] a missing link, a wrong order, a repeated link and a foreign root are refused', async () => {
  const path = await pathOf(4);
  const [one, two, three, four] = path.map((bytes) => [bytes]);
  const link = [one, two, three, four].map((part) => part ?? []);
  const join = (...order: number[]): Uint8Array[] => order.flatMap((n) => link[n - 1] ?? []);
  await refused(verify(join(2, 3, 4)), 'wrongIssuer', 0);
  await refused(verify(join(1, 3, 4)), 'wrongIssuer', 1);
  await refused(verify(join(1, 2, 4)), 'wrongIssuer', 2);
  await refused(verify(join(2, 1, 3, 4)), 'wrongIssuer', 0);
  await refused(verify(join(1, 3, 2, 4)), 'wrongIssuer', 1);
  await refused(verify(join(1, 1, 2)), 'wrongIssuer', 1);
  await refused(verify(path, { root: await keyOf(1) }), 'wrongIssuer', 0);
});

test('[A9] more than the issuer holds is refused, in every dimension and at every depth', async () => {
  const narrow: Partial<Grant> = { permissions: 7, resource: LOG, quota: 3 };
  const held = Object.fromEntries(Array.from({ length: 4 }, (_, n) => [n, narrow]));
  equal((await verify(await pathOf(4, held))).kind, 'ok');
  const wider: Partial<Grant>[] = [
    { permissions: 15 },
    { permissions: 8 },
    { resource: '*' },
    { resource: logId('00'.repeat(16)) },
    { notBeforeMs: NOW - DAY - 1 },
    { expiresMs: NOW + DAY + 1 },
    { expiresMs: 0 },
    { quota: 4 },
    { quota: 0 },
  ];
  for (const at of [1, 2, 3]) {
    for (const part of wider) {
      await refused(verify(await pathOf(4, { ...held, [at]: { ...narrow, ...part } })), 'tooWide', at);
    }
    await refused(verify(await pathOf(4, { [at]: { delegations: proofDepthMax - at } })), 'tooWide', at);
  }
});

test('[A9] a holder without re-delegations hands nothing on', async () => {
  const path = await pathOf(3, { 0: { delegations: 1 }, 1: { delegations: 0 }, 2: { delegations: 0 } });
  equal((await verify(path.slice(0, 2))).kind, 'ok');
  await refused(verify(path), 'tooWide', 2);
});

test('[A9] dates hold for every link, give or take the skew of clocks', async () => {
  const dates = { notBeforeMs: NOW, expiresMs: NOW + DAY };
  for (const at of [0, 1, 2]) {
    const parts = Object.fromEntries([at, 1, 2].filter((n) => n >= at).map((n) => [n, dates]));
    const path = await pathOf(3, parts);
    await refused(verify(path, { atMs: NOW - clockSkewMs - 1 }), 'early', at);
    equal((await verify(path, { atMs: NOW - clockSkewMs })).kind, 'ok');
    equal((await verify(path, { atMs: NOW + DAY + clockSkewMs - 1 })).kind, 'ok');
    await refused(verify(path, { atMs: NOW + DAY + clockSkewMs }), 'expired', 0);
  }
  const soon = { expiresMs: NOW - clockSkewMs };
  await refused(verify(await pathOf(3, { 1: soon, 2: soon })), 'expired', 1);
  await refused(verify(await pathOf(3, { 2: soon })), 'expired', 2);
  const never = { notBeforeMs: 0, expiresMs: 0 };
  const path = await pathOf(2, { 0: never, 1: never });
  equal((await verify(path, { atMs: Number.MAX_SAFE_INTEGER })).kind, 'ok');
});

test('[A8] a grant of another site is refused, also when the root key is right', async () => {
  const other = { site: siteId('00'.repeat(16)) };
  await refused(verify(await pathOf(2, { 0: other })), 'otherSite', 0);
  await refused(verify(await pathOf(2, { 1: other })), 'otherSite', 1);
  await refused(verify(await pathOf(2, { 0: other, 1: other })), 'otherSite', 0);
});

test('[A9] every changed byte of every link is refused', async () => {
  const path = await pathOf(3);
  for (const [n, link] of path.entries()) {
    for (let at = 0; at < link.length; at++) {
      const changed = link.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << ((at + n) % 8));
      const answer = await verify(path.map((bytes, i) => (i === n ? changed : bytes)));
      if (answer.kind === 'ok') throw new Error(`accepted with byte ${at} of link ${n} changed`);
      equal(answer.at, n);
      equal(['malformed', 'badSignature'].includes(answer.reason), true, answer.reason);
    }
  }
});

test('[A9] a revoked link ends the path, wherever it is', async () => {
  const path = await pathOf(3);
  for (const [at, bytes] of path.entries()) {
    const id = objectId(primitives, bytes);
    await refused(verify(path, { revoked: (asked) => asked === id }), 'revoked', at);
  }
  equal((await verify(path, { revoked: () => false })).kind, 'ok');
});

test('[A9] a caveat that nobody understands is refused, not ignored', async () => {
  const caveats = [{ kind: 1, value: new Uint8Array(1) }];
  await refused(verify(await pathOf(2, { 1: { caveats } })), 'unknownCaveat', 1);
});

test('[A11] a one-time key hands its rights on to a user and to nothing else', async () => {
  const invitation: Partial<Grant> = { subjectKind: 'oneTime' };
  const path = await pathOf(3, { 1: invitation });
  const open = await verify(path.slice(0, 2));
  equal(open.kind === 'ok' && open.subjectKind, 'oneTime');
  equal((await verify(path)).kind, 'ok');
  await refused(verify(await pathOf(3, { 1: invitation, 2: invitation })), 'tooWide', 2);
});

test('[A9] remembered attestations spare the signatures and nothing else', async () => {
  let verifications = 0;
  const counting = {
    ...primitives,
    ed25519Verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => {
      verifications++;
      return primitives.ed25519Verify(publicKey, message, signature);
    },
  };
  const known = new Cache<string, Attestation>(16);
  const path = await pathOf(3);
  const ask = (part: Partial<Proof> = {}): Promise<ChainAnswer> =>
    verifyChain(counting, { path, root: ROOT, atMs: NOW, known, ...part });
  const cold = await ask();
  equal(verifications, 3);
  deepEqual(await ask(), cold);
  equal(verifications, 3);
  await refused(ask({ atMs: NOW + 2 * DAY }), 'expired', 0);
  await refused(ask({ root: await keyOf(3) }), 'wrongIssuer', 0);
  await refused(ask({ path: path.toReversed() }), 'wrongIssuer', 0);
  await refused(ask({ revoked: () => true }), 'revoked', 0);
  const forged = must(path[0], 'a first link').slice();
  forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
  await refused(ask({ path: [forged] }), 'badSignature', 0);
  equal(known.size, 3);
});

const someRights: fc.Arbitrary<Rights> = fc.record({
  permissions: fc.constantFrom(1, 3, 7, permissionsAll),
  resource: fc.constantFrom('*' as const, LOG),
  delegations: fc.integer({ min: 0, max: 7 }),
  notBeforeMs: fc.constantFrom(NOW - DAY, NOW - 2 * DAY),
  expiresMs: fc.constantFrom(0, NOW + DAY, NOW + 2 * DAY),
  quota: fc.constantFrom(0, 2, 5),
});

test('[A9] whatever is handed on, an accepted path widens nothing and a refused one tried to', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(someRights, { minLength: 1, maxLength: 4 }), async (list) => {
      const path = await Promise.all(
        list.map(async (rights, n) => attest(primitives, env, seed(n), await widest(n, rights))),
      );
      const answer = await verify(path);
      const widens = list.findIndex((given, n) => {
        const held = list[n - 1];
        return held !== undefined && !mayHandOn(held, given);
      });
      if (answer.kind === 'refused') {
        deepEqual([answer.reason, answer.at], ['tooWide', widens]);
        return;
      }
      equal(widens, -1);
      for (const above of list) equal(isAtMost(answer.rights, above), true);
    }),
    { numRuns: 300 },
  );
});
