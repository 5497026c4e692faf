/**
 * What auth costs: proofs (`proof.ts`), sign-ups on a disk with synchronous=FULL, and the question of a
 * tail among a million grants; one thread.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuthInternal } from 'copse/internal/api/auth.ts';
import { must } from 'copse/internal/base/assert.ts';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { deviceId, logId, siteId, userId } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { Auth, type AuthOptions } from '../../server/src/auth/auth.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import { authOptions } from '../suites/auth-stage.ts';
import { blessingBy, person, type Person } from '../suites/people.ts';
import { quantile, type Bench, type BenchOptions, type Figure } from './figure.ts';
import { figure, timed, type Timed } from './per-op.ts';
import { proofFigures } from './proof.ts';
import { idOf, plantRights, SITES_PER_USER } from './rights.ts';

const RATES = { sessionPerSecond: 1e9, sessionBurst: 1e9, strangersPerSecond: 1e9, strangersBurst: 1e9 };
const LOG = logId('5a'.repeat(16));

export const authBench: Bench = {
  name: 'auth',
  async run(options) {
    return [
      ...(await proofFigures(options)),
      ...(await withFolder((path) => signUpFigures(options, path))),
      ...(await withFolder((path) => accessFigures(options, path))),
    ];
  },
};

async function withFolder<T>(work: (path: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'copse-bench-'));
  try {
    return await work(join(directory, 'auth.sqlite'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

// Sign-ups

const TOGETHER = 64;

async function openOn(path: string, env: Env) {
  const accounts = SqliteAccounts.open({ path });
  const options: AuthOptions = {
    ...authOptions(accounts, env),
    primitives: nativePrimitives(),
    rates: RATES,
  };
  const auth = await Auth.open(options);
  return {
    auth,
    async [Symbol.asyncDispose]() {
      await auth[Symbol.asyncDispose]();
      await accounts[Symbol.asyncDispose]();
    },
  };
}

async function signUpFigures({ quick }: BenchOptions, path: string): Promise<readonly Figure[]> {
  const runs = quick ? 3 : 7;
  const count = quick ? 640 : 2_560;
  const alone = quick ? 100 : 400;
  const env = realEnv();
  const making = Array.from({ length: (count + alone) * runs }, (_, n) => person(`person ${n}`));
  const people = await Promise.all(making);
  const blessings = await Promise.all(people.map((who) => blessingBy(who, env.wallMs())));
  await using open = await openOn(path, env);
  const signUp = (n: number): Promise<void> =>
    signUpOne(open.auth, must(people[n], 'a person'), must(blessings[n], 'a blessing'));
  const many = await timed(runs, async (run) => {
    for (let n = run * count; n < (run + 1) * count; n += TOGETHER) {
      await Promise.all(Array.from({ length: TOGETHER }, (_, i) => signUp(n + i)));
    }
    return count;
  });
  const one = await timed(runs, async (run) => {
    for (let n = 0; n < alone; n++) await signUp(count * runs + run * alone + n);
    return alone;
  });
  return [
    figure(`sign-ups, durable, ${TOGETHER} at a time`, '/s', many),
    figure('sign-ups, durable, one at a time', '/s', one),
  ];
}

async function signUpOne(auth: Auth, who: Person, blessing: Uint8Array): Promise<void> {
  const caller = { device: who.device.key, blessing: null, address: '203.0.113.1', origin: null };
  using session = auth.open(caller, { changed: () => {}, ended: () => {} });
  await session.signup({
    user: who.user.key,
    blessing,
    deviceName: 'bench',
    profile: { name: who.name, about: '', locale: '' },
    admission: { kind: 'open' },
  });
}

// Access

async function accessFigures(options: BenchOptions, path: string): Promise<readonly Figure[]> {
  const { quick } = options;
  const users = quick ? 1_000 : 10_000;
  const runs = quick ? 3 : 7;
  const count = 20_000;
  options.note(`writing ${users * SITES_PER_USER} grants`);
  plantRights(path, users);
  await using open = await openOn(path, realEnv());
  using internal = open.auth.internal({ change: () => {}, beat: () => {}, keys: () => {} });
  const lookUp = (): ReturnType<AuthInternal['access']> => {
    const user = Math.floor(Math.random() * users);
    const at = Math.floor(Math.random() * SITES_PER_USER);
    const site = siteId(idOf((user + at * 37) % users, 32));
    return internal.access({
      user: userId(idOf(user, 16)),
      device: deviceId(idOf(user, 16)),
      site,
      log: LOG,
    });
  };
  for (let i = 0; i < count; i++) await lookUp();
  const rate = await timed(runs, async () => {
    for (let i = 0; i < count; i++) await lookUp();
    return count;
  });
  const singly: number[] = [];
  for (let i = 0; i < count; i++) {
    const beganMs = performance.now();
    await lookUp();
    singly.push((performance.now() - beganMs) * 1000);
  }
  const among = `among ${(users * SITES_PER_USER).toLocaleString('en')} grants`;
  const at = (q: number): Partial<Figure> => ({ value: quantile(singly, q), cpuPerOp: null });
  const all: Timed = { us: singly, cpuPerOp: 0 };
  return [
    figure(`access of a user to a log, ${among}`, '/s', rate),
    figure(`the same, p50`, 'µs', all, at(0.5)),
    figure(`the same, p99`, 'µs', all, at(0.99)),
  ];
}
