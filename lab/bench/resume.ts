/**
 * What a shard checks when a device connects: the MAC of its token and, in turns over the same tokens, the secret of
 * the token (SPEC A17), the signature of the device, or a proof of depth 3 that nobody has seen. One thread.
 */

import { must } from 'copse/internal/base/assert.ts';
import { equal, hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { deviceId, key, userId } from 'copse/internal/base/ids.ts';
import { verifyChain } from 'copse/internal/capability/chain.ts';
import { connecting, isProven, prove } from 'copse/internal/capability/possession.ts';
import { keyedMac } from 'copse/internal/crypto/hash.ts';
import { check, mint, shardKey, type TokenKey } from 'copse/internal/crypto/token.ts';
import { resumeMac, tokenSecret } from 'copse/internal/crypto/token-secret.ts';
import { nativeKeyedMac } from 'copse/internal/native/keyed-mac.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { grantBy, ground, pair } from '../suites/people.ts';
import { median, spread, type Bench } from './figure.ts';

const env = realEnv();
const primitives = nativePrimitives();
const node = key(env.random(32));

interface Connecting {
  readonly token: Uint8Array;
  readonly nonce: Uint8Array;
  readonly device: Uint8Array;
  readonly signature: Uint8Array;
  readonly mac: Uint8Array;
  readonly root: ReturnType<typeof key>;
  readonly path: readonly Uint8Array[];
}

async function connectingOf(made: TokenKey, n: number): Promise<Connecting> {
  const device = await pair(`device ${n}`);
  const id = (): string => hex(env.random(8));
  const ids = {
    user: userId(id()),
    device: deviceId(id()),
    site: id(),
    log: id(),
    capability: id(),
    id: id(),
  };
  const epochs = { deviceEpoch: 1, siteEpoch: 1 };
  const expiresAtMs = env.wallMs() + 3_600_000;
  const token = mint(made, { keyNumber: made.number, permissions: 3, expiresAtMs, ...ids, ...epochs });
  const nonce = env.random(32);
  const parts = { nonce, node, token };
  const { root, site } = await ground(`site ${n}`);
  const [a, b] = [await pair(`${n} a`), await pair(`${n} b`)];
  return {
    token,
    nonce,
    device: device.key,
    signature: await prove(primitives, device.seed, connecting(parts)),
    mac: resumeMac(keyedMac(primitives, tokenSecret(made.mac, token)), parts),
    root: root.key,
    path: [
      await grantBy(root, site, a.key),
      await grantBy(a, site, b.key, { delegations: 1 }),
      await grantBy(b, site, device.key, { delegations: 0 }),
    ],
  };
}

type Task = (made: TokenKey, one: Connecting) => Promise<boolean> | boolean;

const bySecret: Task = (made, { token, nonce, mac }) => {
  const secret = keyedMac(primitives, tokenSecret(made.mac, token));
  return (
    check(token, made, env.wallMs()).kind === 'ok' && equal(resumeMac(secret, { nonce, node, token }), mac)
  );
};
const bySignature: Task = async (made, { token, nonce, device, signature }) =>
  check(token, made, env.wallMs()).kind === 'ok' &&
  (await isProven(primitives, device, connecting({ nonce, node, token }), signature));
const byProof: Task = async (_, { root, path }) =>
  (await verifyChain(primitives, { root, path, atMs: env.wallMs() })).kind === 'ok';

export const resumeBench: Bench = {
  name: 'resume',
  async run({ quick }) {
    const made: TokenKey = {
      number: 1,
      mac: nativeKeyedMac(shardKey(primitives, env.random(32), 'bench', 1)),
    };
    const [count, runs] = quick ? [200, 3] : [1_000, 7];
    const all: Connecting[] = [];
    for (let n = 0; n < count; n++) all.push(await connectingOf(made, n));
    const tasks = { secret: bySecret, signature: bySignature, proof: byProof };
    const rates: Record<string, number[]> = { secret: [], signature: [], proof: [] };
    let cpuUs = 0;
    for (let run = -1; run < runs; run++) {
      for (const [name, task] of Object.entries(tasks)) {
        const before = process.cpuUsage();
        const beganMs = performance.now();
        for (const one of all) if (!(await task(made, one))) throw new Error(`a good ${name}`);
        const ms = performance.now() - beganMs;
        const { user, system } = process.cpuUsage(before);
        if (run < 0) continue;
        must(rates[name], name).push((count / ms) * 1000);
        if (name === 'secret') cpuUs += user + system;
      }
    }
    const of = (name: string): readonly number[] => must(rates[name], name);
    return [
      {
        name: 'a device that connects, checked by the secret of its token',
        unit: '/s',
        value: median(of('secret')),
        spread: spread(of('secret')),
        cpuPerOp: cpuUs / (count * runs),
        rivals: {
          'by its signature': median(of('signature')),
          'a proof of depth 3, cold': median(of('proof')),
        },
        rssMb: process.memoryUsage.rss() / 2 ** 20,
      },
    ];
  },
};
