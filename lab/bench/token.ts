/**
 * What a tail does with a token: MAC, expiry, and the look-up of user, device, site and capability
 * among 10,000 revocations; one thread. The rival is jose's `jwtVerify` with HS256, which is what most
 * services do, with the same claims, expiry and one look-up.
 */

import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { deviceId, userId } from 'copse/internal/base/ids.ts';
import {
  check,
  mint,
  shardKey,
  tagOf,
  type Token,
  type TokenClaims,
  type TokenKey,
} from 'copse/internal/crypto/token.ts';
import { nativeKeyedMac } from 'copse/internal/native/keyed-mac.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { jwtVerify, SignJWT } from 'jose';
import { type Bench, type Figure, median, spread } from './figure.ts';

const tokensCount = 1_000;
const revokedCount = 10_000;
const rivalInFlight = 64;

const env = realEnv();
const id = () => hex(env.random(8));

export const tokenBench: Bench = {
  name: 'token',
  async run(options) {
    const { quick } = options;
    const runMs = quick ? 200 : 1_000;
    const runs = quick ? 3 : 7;
    const secret = shardKey(nativePrimitives(), env.random(32), 'bench', 1);
    const claims = Array.from({ length: tokensCount }, someClaims);
    const own = await measured(runs, runMs, ownWork(secret, claims));
    options.note('jose');
    const jwts = await Promise.all(claims.map((one) => jwtOf(secret, one)));
    const serial = await measured(runs, runMs, rivalWork(secret, jwts, 1));
    const pipelined = await measured(runs, runMs, rivalWork(secret, jwts, rivalInFlight));
    const figure: Figure = {
      name: 'token verification',
      unit: '/s',
      value: median(own.rates),
      spread: spread(own.rates),
      cpuPerOp: own.cpuPerOp,
      rivals: {
        'jose HS256 jwtVerify': median(serial.rates),
        [`jose HS256 jwtVerify, ${rivalInFlight} in flight`]: median(pipelined.rates),
      },
      rssMb: process.memoryUsage.rss() / 2 ** 20,
    };
    return [figure];
  },
};

/** Verifies a batch and answers how many tokens it was; throws when one is not as it must be. */
type Work = () => number | Promise<number>;

interface Measured {
  readonly rates: readonly number[];
  readonly cpuPerOp: number;
}

async function measured(runs: number, runMs: number, work: Work): Promise<Measured> {
  await timed(runMs / 2, work);
  const rates: number[] = [];
  let operations = 0;
  const before = process.cpuUsage();
  for (let run = 0; run < runs; run++) {
    const { count, ms } = await timed(runMs, work);
    rates.push((count / ms) * 1000);
    operations += count;
  }
  const { user, system } = process.cpuUsage(before);
  return { rates, cpuPerOp: (user + system) / operations };
}

async function timed(runMs: number, work: Work): Promise<{ count: number; ms: number }> {
  const startMs = env.nowMs();
  let count = 0;
  while (env.nowMs() - startMs < runMs) count += await work();
  return { count, ms: env.nowMs() - startMs };
}

function someClaims(): TokenClaims {
  return {
    keyNumber: 1,
    permissions: 3,
    expiresAtMs: env.wallMs() + 3_600_000,
    user: userId(id()),
    device: deviceId(id()),
    site: id(),
    log: id(),
    deviceEpoch: 1,
    siteEpoch: 1,
    capability: id(),
    id: id(),
  };
}

function ownWork(secret: Uint8Array, claims: readonly TokenClaims[]): Work {
  const key: TokenKey = { number: 1, mac: nativeKeyedMac(secret) };
  const tokens = claims.map((one) => mint(key, one));
  const minEpochByTag = new Map(Array.from({ length: revokedCount }, () => [tagOf(id()), 2]));
  return () => {
    const nowMs = env.wallMs();
    for (const token of tokens) {
      const result = check(token, key, nowMs);
      if (result.kind !== 'ok' || isRevoked(result.token, minEpochByTag)) throw new Error('a good token');
    }
    return tokens.length;
  };
}

function isRevoked(token: Token, minEpochByTag: ReadonlyMap<number, number>): boolean {
  return (
    minEpochByTag.has(token.tag('user')) ||
    minEpochByTag.has(token.tag('capability')) ||
    token.deviceEpoch < (minEpochByTag.get(token.tag('device')) ?? 0) ||
    token.siteEpoch < (minEpochByTag.get(token.tag('site')) ?? 0)
  );
}

function jwtOf(secret: Uint8Array, { expiresAtMs, id: jti, ...claims }: TokenClaims): Promise<string> {
  const signing = new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' });
  return signing
    .setExpirationTime(Math.floor(expiresAtMs / 1000))
    .setJti(jti)
    .sign(secret);
}

function rivalWork(secret: Uint8Array, jwts: readonly string[], inFlight: number): Work {
  const revoked = new Set(Array.from({ length: revokedCount }, id));
  const algorithms = { algorithms: ['HS256'] };
  // The key is imported once, as a careful user of jose does.
  const importing = crypto.subtle.importKey(
    'raw',
    new Uint8Array(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  );
  return async () => {
    const key = await importing;
    for (let at = 0; at < jwts.length; at += inFlight) {
      const batch = jwts.slice(at, at + inFlight).map((jwt) => jwtVerify(jwt, key, algorithms));
      for (const { payload } of await Promise.all(batch)) {
        if (revoked.has(must(payload.jti, 'a token has its id'))) throw new Error('a good token');
      }
    }
    return jwts.length;
  };
}
