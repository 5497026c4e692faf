/**
 * `npm run judge -- cose`: signed objects against an implementation that shares nothing with ours, Debian's
 * python3-cbor2 and python3-nacl (`cose.py`). Objects and values that we make must be what they verify and
 * would encode; objects that they make must open here to what they say, spoilt ones must not.
 */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { must } from 'copse/internal/base/assert.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { folderPattern, key, logId, siteId } from 'copse/internal/base/ids.ts';
import {
  attest,
  openAttestation,
  type Attestation,
  type Grant,
} from 'copse/internal/capability/attestation.ts';
import {
  bless,
  openBlessing,
  type Blessing,
  type BlessingTerms,
} from 'copse/internal/capability/blessing.ts';
import { objectId } from 'copse/internal/capability/cose.ts';
import {
  openRevocation,
  revoke,
  type Revocation,
  type Withdrawal,
} from 'copse/internal/capability/revocation.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { decodeCbor, encodeCbor, type Cbor } from 'copse/internal/wire/cbor.ts';
import { judgeProofs } from './cose-proofs.ts';

type Kind = 'attestation' | 'blessing' | 'revocation';
/** The payload as JSON: fields by number, byte strings in hex. */
type Stated = Readonly<Record<string, unknown>>;

interface Statement {
  readonly kind: Kind;
  readonly bytes: string;
  readonly id: string;
  readonly fields: Stated;
}

interface Verdict {
  readonly failures: readonly string[];
  readonly passed: number;
  readonly objects: readonly (Statement & { readonly why: string })[];
  readonly values: readonly string[];
}

const COUNT = 300;
const SEED = 9052;
const PACKAGES = ['python3-cbor2', 'python3-nacl'];
const PYTHONS = ['/usr/bin/python3', 'python3'];

const primitives = nativePrimitives();
const env = realEnv();

const bytes = (size: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: size, maxLength: size });
const dates = fc.tuple(fc.nat(2 ** 31), fc.integer({ min: 1, max: 86_400_000 }));
const site = bytes(16).map((id) => siteId(hex(id)));

const grants: fc.Arbitrary<Grant> = fc
  .record({
    subject: bytes(32).map(key),
    subjectKind: fc.constantFrom('user', 'oneTime', 'group'),
    site,
    resource: fc.oneof(
      fc.constant('*' as const),
      bytes(16).map((id) => logId(hex(id))),
      bytes(8).map((id) => folderPattern(`${hex(id)}*`)),
    ),
    permissions: fc.integer({ min: 1, max: 31 }),
    delegations: fc.nat(7),
    dates,
    quota: fc.maxSafeNat(),
    caveats: fc.array(fc.record({ kind: fc.nat(255), value: fc.uint8Array({ maxLength: 64 }) }), {
      maxLength: 8,
    }),
  })
  .map(({ dates: [notBeforeMs, lifeMs], ...rest }) => ({
    ...rest,
    notBeforeMs,
    expiresMs: notBeforeMs + lifeMs,
  }));

const blessings: fc.Arbitrary<BlessingTerms> = fc
  .record({
    device: bytes(32).map(key),
    audience: fc.oneof(fc.constant('*' as const), bytes(32).map(key)),
    scope: fc.nat(31),
    dates,
    serial: fc.maxSafeNat(),
  })
  .map(({ dates: [issuedMs, lifeMs], ...rest }) => ({ ...rest, issuedMs, expiresMs: issuedMs + lifeMs }));

const withdrawals: fc.Arbitrary<Withdrawal> = fc.record({
  site,
  attestation: bytes(32).map(hex),
  issuedMs: fc.maxSafeNat(),
});

const cborKeys = fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'grapheme', maxLength: 30 }));
const cborValues = fc.letrec<{ value: Cbor }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium' },
    fc.maxSafeInteger(),
    fc.constantFrom(true, false, null),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.uint8Array({ maxLength: 400 }),
    fc.array(tie('value'), { maxLength: 30 }),
    fc.array(fc.tuple(cborKeys, tie('value')), { maxLength: 30 }).map((pairs) => new Map(pairs)),
  ),
})).value;

/** What the fields of each kind must be in a payload, by their numbers in the files of `core/capability`. */
function attestationFields(from: Grant | Attestation): Stated {
  return {
    3: hex(from.subject),
    4: ['user', 'oneTime', 'group'].indexOf(from.subjectKind),
    5: from.site,
    6: from.resource,
    7: from.permissions,
    8: from.delegations,
    9: from.notBeforeMs,
    10: from.expiresMs,
    11: from.quota,
    12: (from.caveats ?? []).map((caveat) => [caveat.kind, hex(caveat.value)]),
  };
}

function blessingFields(from: BlessingTerms | Blessing): Stated {
  const audience = from.audience === '*' ? '' : hex(from.audience);
  return {
    3: hex(from.device),
    4: audience,
    5: from.scope,
    6: from.issuedMs,
    7: from.expiresMs,
    8: from.serial,
  };
}

function revocationFields(from: Withdrawal | Revocation): Stated {
  return { 3: from.site, 4: from.attestation, 5: from.issuedMs };
}

function ours(): Promise<Statement[]> {
  const options = { numRuns: COUNT / 3, seed: SEED };
  const seeds = fc.sample(bytes(32), { ...options, numRuns: COUNT });
  const state = async (kind: Kind, n: number, object: Uint8Array, fields: Stated): Promise<Statement> => {
    const signer = hex(await primitives.ed25519PublicKey(must(seeds[n], 'a seed')));
    return {
      kind,
      bytes: hex(object),
      id: objectId(primitives, object),
      fields: { 1: 1, 2: signer, ...fields },
    };
  };
  const seedOf = (n: number): Uint8Array => must(seeds[n], 'a seed');
  // The nonce is drawn when the attestation is made; a known one lets the judge compare every field.
  const nonce = new Uint8Array(16).fill(0xab);
  const fixed = { ...env, random: () => nonce };
  return Promise.all([
    ...fc.sample(grants, options).map(async (grant, n) =>
      state('attestation', n, await attest(primitives, fixed, seedOf(n), grant), {
        ...attestationFields(grant),
        13: hex(nonce),
      }),
    ),
    ...fc
      .sample(blessings, options)
      .map(async (terms, n) =>
        state('blessing', n, await bless(primitives, seedOf(n), terms), blessingFields(terms)),
      ),
    ...fc
      .sample(withdrawals, options)
      .map(async (one, n) =>
        state('revocation', n, await revoke(primitives, seedOf(n), one), revocationFields(one)),
      ),
  ]);
}

/** The fields of an object that opens here, or null when it is refused. */
async function open(kind: Kind, object: Uint8Array): Promise<Stated | null> {
  const frame = (signer: Uint8Array, id: string, rest: Stated): Stated => ({
    id,
    1: 1,
    2: hex(signer),
    ...rest,
  });
  try {
    if (kind === 'attestation') {
      const one = await openAttestation(primitives, object);
      return one && frame(one.issuer, one.id, { ...attestationFields(one), 13: hex(one.nonce) });
    }
    if (kind === 'blessing') {
      const one = await openBlessing(primitives, object);
      return one && frame(one.user, one.id, blessingFields(one));
    }
    const one = await openRevocation(primitives, object);
    return one && frame(one.issuer, one.id, revocationFields(one));
  } catch (thrown) {
    if (thrown instanceof Fault && (thrown.code === 'malformed' || thrown.code === 'tooLarge')) return null;
    throw thrown;
  }
}

const unhex = (text: string): Uint8Array => must(fromHex(text), 'the other side writes hex');
const inOrder = (fields: Stated): string =>
  JSON.stringify(Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** What is wrong with our judgement of what the other side made. */
async function judgeTheirs(verdict: Verdict): Promise<string[]> {
  const failures: string[] = [];
  for (const [n, { kind, bytes: object, id, fields, why }] of verdict.objects.entries()) {
    const opened = await open(kind, unhex(object));
    const expected = why === '' ? inOrder({ id, ...fields }) : null;
    const found = opened === null ? null : inOrder(opened);
    if (found !== expected) failures.push(`${kind} ${n} (${why || 'good'}): ${found ?? 'refused'}`);
  }
  for (const [n, value] of verdict.values.entries()) {
    const back = hex(encodeCbor(decodeCbor(unhex(value), { bytesMax: 1 << 20, depthMax: 8 })));
    if (back !== value) failures.push(`value ${n}: ${value} became ${back}`);
  }
  return failures;
}

function findPython(): string | null {
  const probe = (python: string): boolean =>
    spawnSync(python, ['-c', 'import cbor2, nacl.signing'], { stdio: 'ignore' }).status === 0;
  return PYTHONS.find(probe) ?? null;
}

/** Debian's packages, when we are root and apt is there. */
function installPackages(): void {
  if (process.getuid?.() !== 0) return;
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...PACKAGES]]) {
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
}

async function askTheirs(python: string): Promise<Verdict> {
  const values = fc.sample(cborValues, { numRuns: COUNT, seed: SEED }).map((value) => hex(encodeCbor(value)));
  const run = spawnSync(python, [join(import.meta.dirname, 'cose.py')], {
    input: JSON.stringify({ objects: await ours(), values, count: COUNT }),
    maxBuffer: 64 << 20,
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`cose.py failed: ${run.stderr}`);
  return JSON.parse(run.stdout) as Verdict;
}

async function main(): Promise<void> {
  if (findPython() === null) installPackages();
  const python = findPython();
  if (python === null) {
    console.log(`This judge needs Python with cbor2 and nacl: apt-get install ${PACKAGES.join(' ')}`);
    console.log('0 passed, 1 failed');
    process.exitCode = 1;
    return;
  }
  const verdict = await askTheirs(python);
  const refusals = await judgeTheirs(verdict);
  const proofs = await judgeProofs(python);
  const failures = [...verdict.failures, ...refusals, ...proofs.failures];
  for (const failure of failures) console.log(failure);
  const theirs = verdict.objects.length + verdict.values.length;
  const spoilt = verdict.objects.filter((one) => one.why !== '').length;
  console.log(`ours judged by python3-cbor2 and python3-nacl: ${verdict.passed + verdict.failures.length}`);
  console.log(`theirs judged by us: ${theirs}, of which ${spoilt} spoilt`);
  const whole = proofs.passed + proofs.failures.length;
  console.log(
    `whole proofs, exported by the command line, judged by both: ${whole}, of which ${proofs.spoilt} spoilt`,
  );
  console.log(
    `${verdict.passed + proofs.passed + theirs - refusals.length} passed, ${failures.length} failed`,
  );
  process.exitCode = failures.length === 0 ? 0 : 1;
}

await main();
