/**
 * What a recovery costs: two of three nodes on loopback, from the code and the PIN to the secret, with the
 * usual cost of a PIN and with the least; and the processor time of a realm for one evaluation, counted
 * durably, beside the bare evaluation.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { base64url, concat, hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { userId } from 'copse/internal/base/ids.ts';
import { stretchCostLogMin, stretchCostLogUsual } from 'copse/internal/base/limits.ts';
import { MemoryKeep, type Copse } from 'copse/internal/client/index.ts';
import { oprfBlind, oprfEvaluate, oprfKeyOf } from 'copse/internal/crypto/oprf.ts';
import { openCopse, recoverAccount } from 'copse/internal/native/index.ts';
import { composeNode, type RunningNode } from '../../server/src/node/compose.ts';
import { readSettings } from '../../server/src/node/settings.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import type { Bench, BenchOptions, Figure } from './figure.ts';
import { figure, timed } from './per-op.ts';

const PIN = '604823';
const RUNS = 5;
const EVALUATIONS = 200;

export const recoveryBench: Bench = {
  name: 'recovery',
  async run(options) {
    const scratch = mkdtempSync(join(tmpdir(), 'copse-bench-'));
    try {
      return [...(await wholeFigures(scratch)), ...(await realmFigures(scratch, options))];
    } finally {
      rmSync(scratch, { recursive: true });
    }
  },
};

/** Client and nodes share this process, so the processor time is that of all four. */
async function wholeFigures(scratch: string): Promise<readonly Figure[]> {
  await using owned = new AsyncDisposableStack();
  const nodes: RunningNode[] = [];
  const people: Copse[] = [];
  for (const name of ['one', 'two', 'three']) {
    const settings = readSettings({
      flags: { data: join(scratch, name), port: 0 },
      environment: {},
      file: {},
    });
    const node = owned.use(await composeNode(settings, realEnv()));
    nodes.push(node);
    people.push(owned.use(await openCopse(setupLink(node), { keep: new MemoryKeep(), name })));
  }
  const [ada, ...friends] = people;
  const grants = await Promise.all(friends.map((friend) => friend.recovery.grant()));
  const figures: Figure[] = [];
  let realms: readonly string[] = [must(nodes[0], 'a node').url, ...grants];
  for (const costLog of [stretchCostLogMin, stretchCostLogUsual]) {
    const { code } = await must(ada, 'Ada').recovery.setUp({ pin: PIN, realms, costLog });
    realms = nodes.map(({ url }) => url);
    const whole = await timed(RUNS, async () => {
      const answer = await recoverAccount({ code, pin: PIN });
      if (answer.kind !== 'ok') throw new Error(`not recovered: ${answer.kind}`);
      return 1000;
    });
    const name = `recovery, 2 of 3, scrypt 2^${costLog}`;
    figures.push(figure(name, 'ms', whole, { cpuPerOp: whole.cpuPerOp * 1000 }));
  }
  return figures;
}

function setupLink({ url, key, setupSecret }: RunningNode): string {
  return `${url}/#setup=${base64url(concat(key, must(setupSecret, 'a node without an admin')))}`;
}

/** One after the other, as one person would; counted with a commit each. */
async function realmFigures(scratch: string, { quick }: BenchOptions): Promise<readonly Figure[]> {
  const env = realEnv();
  const seed = env.random(32);
  const { blinded } = oprfBlind(env, env.random(32));
  const count = quick ? EVALUATIONS / 4 : EVALUATIONS;
  const evaluate = (): void => void must(oprfEvaluate(env, oprfKeyOf(seed), blinded), 'an element');
  const bare = await timed(RUNS, async () => {
    for (let n = 0; n < count; n++) evaluate();
    return count;
  });
  await using accounts = SqliteAccounts.open({ path: join(scratch, 'auth.sqlite') });
  const id = hex(env.random(16));
  await accounts.recoveries.register({
    id,
    owner: hex(env.random(32)),
    card: env.random(4124),
    secrets: { seed, tag: env.random(32), share: env.random(32) },
    madeMs: 0,
    triesMax: Number.MAX_SAFE_INTEGER,
    by: { kind: 'user', user: userId('aa'.repeat(8)) },
    atMs: 0,
    perUserMax: 1,
  });
  const counted = await timed(RUNS, async () => {
    for (let n = 0; n < count; n++) {
      await accounts.recoveries.guess({ id, atMs: n, decoyTriesMax: 10, decoysMax: 10 });
      evaluate();
    }
    return count;
  });
  return [
    figure('evaluation of a realm', 'µs', bare),
    figure('evaluation of a realm, counted durably', 'µs', counted),
  ];
}
