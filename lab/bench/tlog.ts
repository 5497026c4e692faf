/**
 * The log of a node: durable appends of leaves that are signed already (the store), of leaves that it signs
 * (the whole), and proofs. The rivals of an append are what an operator would do without a tree: a row per leaf
 * in a plain SQLite table, in batches as large as ours, and each in a transaction of its own.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { key } from 'copse/internal/base/ids.ts';
import { leavesPendingMax, leavesPerBatchMax } from 'copse/internal/base/limits.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import {
  consistencyRanges,
  inclusionRanges,
  isConsistent,
  isIncluded,
  leafHash,
  type Range,
} from 'copse/internal/crypto/merkle.ts';
import { NodeLog } from '../../server/src/auth/node-log.ts';
import { openDatabase } from '../../server/src/store/sqlite.ts';
import { openSqliteTlog } from '../../server/src/store/tlog-sqlite.ts';
import type { NewLeaf } from '../../server/src/store/tlog.ts';
import { median, spread, type Bench, type BenchOptions, type Figure } from './figure.ts';

const primitives = nativePrimitives();
const env = realEnv();
/** A statement with its signature. */
const LEAF_BYTES = 330;
const BATCH = leavesPerBatchMax;
/** Statements that are waited for together: half of what may wait. */
const AT_ONCE = leavesPendingMax / 2;

export const tlogBench: Bench = {
  name: 'tlog',
  async run(options) {
    const directory = mkdtempSync(join(tmpdir(), 'copse-bench-tlog-'));
    try {
      return [
        await appends(options, directory),
        await signed(options, directory),
        ...(await proofs(options, join(directory, 'appends.sqlite'))),
      ];
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};

interface Timed {
  readonly us: readonly number[];
  readonly cpuPerOp: number;
}

/** Microseconds per operation of several runs; `work` answers how many it did. */
async function timed(runs: number, work: (run: number) => Promise<number> | number): Promise<Timed> {
  const us: number[] = [];
  let operations = 0;
  const before = process.cpuUsage();
  for (let run = 0; run < runs; run++) {
    const beganMs = performance.now();
    const count = await work(run);
    us.push(((performance.now() - beganMs) * 1000) / count);
    operations += count;
  }
  const { user, system } = process.cpuUsage(before);
  return { us, cpuPerOp: (user + system) / operations };
}

function figure(name: string, unit: string, { us, cpuPerOp }: Timed, rivals: Figure['rivals'] = {}): Figure {
  const values = unit === '/s' ? us.map((each) => 1e6 / each) : us;
  const rssMb = process.memoryUsage.rss() / 2 ** 20;
  return { name, unit, value: median(values), spread: spread(values), cpuPerOp, rivals, rssMb };
}

/** Leaves about as many users as there are leaves, and about a tenth as many addresses. */
function leavesOf(from: number, count: number): readonly NewLeaf[] {
  const bytes = env.random(count * LEAF_BYTES);
  return Array.from({ length: count }, (_, i) => ({
    bytes: bytes.subarray(i * LEAF_BYTES, (i + 1) * LEAF_BYTES),
    labels: [`user ${from + i}`, `address ${(from + i) % 20_000}`].map((name) => ({
      label: primitives.sha256(utf8(name)),
      count: 1,
    })),
    claim: null,
  }));
}

async function appends(options: BenchOptions, directory: string): Promise<Figure> {
  const { quick } = options;
  const runs = quick ? 3 : 7;
  const batches = quick ? 5 : 10;
  await using tlog = openSqliteTlog(join(directory, 'appends.sqlite'), primitives);
  const prepared = Array.from({ length: runs * batches }, (_, n) => leavesOf(n * BATCH, BATCH));
  const ours = await timed(runs, async (run) => {
    for (let n = 0; n < batches; n++) await tlog.append(must(prepared[run * batches + n], 'a batch'));
    return batches * BATCH;
  });
  options.note('rows without a tree');
  const rivals = {
    'one SQLite row per leaf, as large a batch, no tree': await plainRows(directory, prepared),
    'one SQLite transaction per leaf, no tree': await plainRows(
      directory,
      must(prepared[0], 'a batch')
        .slice(0, quick ? 200 : 1000)
        .map((leaf) => [leaf]),
    ),
  };
  return figure(`durable leaves, batches of ${BATCH}`, '/s', ours, rivals);
}

async function plainRows(directory: string, batches: readonly (readonly NewLeaf[])[]): Promise<number> {
  const path = join(directory, `plain-${batches.length}.sqlite`);
  using database = openDatabase(path);
  database.execute('CREATE TABLE leaf (idx INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT');
  const insert = database.prepare('INSERT INTO leaf (bytes) VALUES (?)');
  const { us } = await timed(1, () => {
    for (const batch of batches) database.transaction(() => batch.forEach(({ bytes }) => insert.run(bytes)));
    return batches.reduce((sum, batch) => sum + batch.length, 0);
  });
  return 1e6 / median(us);
}

/** From the call to the checkpoint over it, each leaf signed. */
async function signed({ quick }: BenchOptions, directory: string): Promise<Figure> {
  const runs = quick ? 3 : 7;
  const count = BATCH * (quick ? 1 : 3);
  const nodeSeed = env.random(32);
  const node = key(await primitives.ed25519PublicKey(nodeSeed));
  await using tlog = openSqliteTlog(join(directory, 'signed.sqlite'), primitives);
  await using log = await NodeLog.open({ tlog, primitives, env, nodeSeed, node });
  const device = key(env.random(32));
  const email = env.random(32);
  const ours = await timed(runs, async () => {
    for (let at = 0; at < count; at += AT_ONCE) {
      const users = Array.from({ length: Math.min(AT_ONCE, count - at) }, () => key(env.random(32)));
      await Promise.all(
        users.map((user) => log.add({ body: { kind: 'statement', user, device, method: 'oidc' }, email })),
      );
    }
    return count;
  });
  return figure('statements, signed, durable, under a checkpoint', '/s', ours);
}

async function proofs({ quick }: BenchOptions, path: string): Promise<readonly Figure[]> {
  const runs = quick ? 3 : 7;
  const count = quick ? 300 : 1000;
  const nodeSeed = env.random(32);
  const node = key(await primitives.ed25519PublicKey(nodeSeed));
  await using tlog = openSqliteTlog(path, primitives);
  await using log = await NodeLog.open({ tlog, primitives, env, nodeSeed, node });
  const { size } = tlog;
  const root = await log.root(size);
  const places = Array.from({ length: count }, () => Math.floor(Math.random() * size));
  const make = async (ranges: (at: number) => readonly Range[]): Promise<number> => {
    for (const at of places) await log.hashesOf(ranges(at));
    return count;
  };
  const inclusion = await timed(runs, () => make((at) => inclusionRanges(at, size)));
  const consistency = await timed(runs, () => make((at) => consistencyRanges(at + 1, size)));
  const claims = await Promise.all(
    places.map(async (index) => {
      const leaf = leafHash(primitives, must((await tlog.leaves([index]))[0], 'a leaf'));
      return { index, size, leaf, root, proof: await log.hashesOf(inclusionRanges(index, size)) };
    }),
  );
  const growths = await Promise.all(
    places.map(async (at) => {
      const old = at + 1;
      const oldRoot = await log.root(old);
      return { old, size, oldRoot, root, proof: await log.hashesOf(consistencyRanges(old, size)) };
    }),
  );
  const checked = await timed(runs, () => {
    for (const claim of claims) must(isIncluded(primitives, claim) || null, 'a proof that holds');
    return count;
  });
  const grown = await timed(runs, () => {
    for (const claim of growths) must(isConsistent(primitives, claim) || null, 'a proof that holds');
    return count;
  });
  const of = `of ${size.toLocaleString('en-US')} leaves`;
  return [
    figure(`inclusion proof ${of}, made`, 'µs', inclusion),
    figure(`inclusion proof ${of}, checked`, 'µs', checked),
    figure(`consistency proof ${of}, made`, 'µs', consistency),
    figure(`consistency proof ${of}, checked`, 'µs', grown),
  ];
}
