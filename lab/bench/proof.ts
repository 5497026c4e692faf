/**
 * What a proof of depth 3 costs whoever verifies it: attestations that nobody has seen, of keys that
 * nobody has seen or of known issuers, attestations that are known, and what of it are the signatures.
 * All in turns over the same proofs. The rival is jose's `jwtVerify` with EdDSA, three times: what a chain
 * of three signed tokens would cost.
 */

import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { must } from 'copse/internal/base/assert.ts';
import { base64url } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import type { Attestation } from 'copse/internal/capability/attestation.ts';
import { verifyChain } from 'copse/internal/capability/chain.ts';
import type { ObjectId } from 'copse/internal/capability/cose.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { grantBy, ground, pair } from '../suites/people.ts';
import { median, type BenchOptions, type Figure } from './figure.ts';
import { figure, timed, type Timed } from './per-op.ts';
import { biscuitProof, ucanProof } from './rivals/proofs.ts';

const RIVAL = 'jose EdDSA jwtVerify, three';

interface Chain {
  readonly root: Key;
  readonly path: readonly Uint8Array[];
}

/** From a root over a founder and an invitation to a member; all keys are new. */
async function chain(name: string): Promise<Chain> {
  const { root, site } = await ground(name);
  const founder = await pair(`${name} 1`);
  const oneTime = await pair(`${name} 2`);
  const member = await pair(`${name} 3`);
  return {
    root: root.key,
    path: [
      await grantBy(root, site, founder.key),
      await grantBy(founder, site, oneTime.key, { subjectKind: 'oneTime', delegations: 1 }),
      await grantBy(oneTime, site, member.key, { delegations: 0 }),
    ],
  };
}

type Known = Cache<ObjectId, Attestation>;
type Task = (chains: readonly Chain[]) => Promise<void>;

function verifying(primitives: Primitives, known?: Known): Task {
  return async (chains) => {
    for (const { root, path } of chains) {
      const proof = { root, path, atMs: Date.now(), ...(known === undefined ? {} : { known }) };
      const answer = await verifyChain(primitives, proof);
      if (answer.kind === 'refused') throw new Error(answer.reason);
    }
  };
}

export async function proofFigures({ quick }: BenchOptions): Promise<readonly Figure[]> {
  const runs = quick ? 3 : 7;
  const count = quick ? 300 : 1000;
  const chains: Chain[] = [];
  for (let n = 0; n < count * (runs + 1); n++) chains.push(await chain(`chain ${n}`));
  const warmUp = chains.splice(0, count);
  // Another set than the one that made the keys: nothing is imported yet.
  const primitives = nativePrimitives();
  const known: Known = new Cache(3 * chains.length);
  const bare: Primitives = { ...primitives, ed25519Verify: async () => true };
  const rival = await jose();
  const signatures = await Promise.all(chains.map(signaturesOf));
  const tasks = [
    ['unknown keys', verifying(primitives)],
    ['known issuers', verifying(primitives)],
    ['all but the signatures', verifying(bare)],
    ['put aside', verifying(primitives, known)],
    ['known', verifying(primitives, known)],
    [RIVAL, rival],
  ] as const;
  for (const [, task] of tasks) await task(warmUp);
  const timings = new Map<string, Timed[]>();
  const put = (name: string, timing: Timed): void =>
    void timings.set(name, [...(timings.get(name) ?? []), timing]);
  for (let run = 0; run < runs; run++) {
    const part = chains.slice(run * count, (run + 1) * count);
    const work = async (task: Task): Promise<number> => {
      await task(part);
      return count;
    };
    for (const [name, task] of tasks) put(name, await timed(1, () => work(task)));
    const calls = signatures.slice(run * count, (run + 1) * count).flat();
    put('signatures', await timed(1, () => work(async () => verifyAll(calls))));
  }
  const of = (name: string): Timed => joined(must(timings.get(name), 'a task'));
  const rivals = {
    [RIVAL]: median(of(RIVAL).us),
    'Biscuit, three blocks': await biscuitProof(quick ? 300 : 2_000),
    'UCAN, three tokens': await ucanProof(quick ? 20 : 100),
  };
  const named = (what: string, name: string): Figure =>
    figure(`proof of depth 3, ${what}`, 'µs', of(name), { rivals });
  return [
    named('cold, unknown keys', 'unknown keys'),
    named('cold, known issuers', 'known issuers'),
    figure('of it three Ed25519 signatures', 'µs', of('signatures')),
    figure('of it everything else', 'µs', of('all but the signatures')),
    named('known', 'known'),
  ];
}

function joined(timings: readonly Timed[]): Timed {
  return {
    us: timings.flatMap(({ us }) => us),
    cpuPerOp: median(timings.map(({ cpuPerOp }) => cpuPerOp)),
  };
}

interface Signature {
  readonly key: KeyObject;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** What the runtime is asked for a proof. */
async function signaturesOf(one: Chain): Promise<readonly Signature[]> {
  const asked: Signature[] = [];
  const primitives: Primitives = {
    ...nativePrimitives(),
    ed25519Verify: async (publicKey, message, signature) => {
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey) };
      asked.push({ key: createPublicKey({ key: jwk, format: 'jwk' }), message, signature });
      return true;
    },
  };
  await verifying(primitives)([one]);
  return asked;
}

function verifyAll(signatures: readonly Signature[]): void {
  for (const { key, message, signature } of signatures) {
    if (!verify(null, message, key, signature)) throw new Error('a signature does not hold');
  }
}

async function jose(): Promise<Task> {
  const keys = await Promise.all([0, 1, 2].map(() => generateKeyPair('EdDSA', { crv: 'Ed25519' })));
  const jwts = await Promise.all(
    keys.map((one) =>
      new SignJWT({ site: 'x', permissions: 31 })
        .setProtectedHeader({ alg: 'EdDSA' })
        .setExpirationTime('1h')
        .sign(one.privateKey),
    ),
  );
  return async (chains) => {
    for (const _ of chains) {
      for (const [at, jwt] of jwts.entries()) await jwtVerify(jwt, must(keys[at], 'a key').publicKey);
    }
  };
}
