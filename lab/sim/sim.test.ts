import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { Worker } from './crew.ts';
import { LEVELS, runSeed } from './levels.ts';
import { huntOne } from './mutants/hunt.ts';
import { mutated } from './mutants/mutant.ts';
import { MUTANTS } from './mutants/table.ts';
import { keptSeeds } from './seeds.ts';
import { REAL_EVERY } from './system/ciphers.ts';

/** Seeds of `npm test`; `npm run check` runs a thousand. */
const SEEDS = { machines: 40, shards: 20, news: 40, system: 12 } as const;

for (const level of LEVELS) {
  test(`[X1] the same seed gives the same run: ${level}`, async () => {
    for (const seed of [1, 2, 3]) {
      const [one, two] = [await runSeed(level, seed), await runSeed(level, seed)];
      assert.equal(one.hash, two.hash);
      assert.equal(one.steps, two.steps);
    }
    assert.notEqual((await runSeed(level, 1)).hash, (await runSeed(level, 2)).hash);
  });

  test(`[X1] another process, after other seeds, gives the same run: ${level}`, async () => {
    using worker = new Worker();
    for (const seed of [5, 3, REAL_EVERY]) {
      const there = await worker.run({ level, seed });
      const here = await runSeed(level, seed);
      assert.deepEqual([there.hash, there.steps, there.ms], [here.hash, here.steps, here.ms]);
    }
  });

  test(`[X3] work completes when faults stop: ${level}`, async () => {
    for (let seed = 1; seed <= SEEDS[level]; seed++) {
      const { violation } = await runSeed(level, seed);
      assert.equal(violation, null, `seed ${seed}: ${violation?.message}`);
    }
  });
}

/** Three seconds on a quiet machine. */
const SLOW = { timeout: 60_000 };

test('[X3] seeds that once failed hold', SLOW, async () => {
  const kept = keptSeeds();
  assert.ok(kept.length > 0);
  for (const { level, seed } of kept) {
    const { violation } = await runSeed(level, seed);
    assert.equal(violation, null, `${level} seed ${seed}: ${violation?.message}`);
  }
});

test('[X2] every planted bug fits its source', () => {
  assert.ok(MUTANTS.length >= 20);
  assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length);
  for (const mutant of MUTANTS) for (const source of mutated(mutant).values()) assert.notEqual(source, '');
});

test('[X2] the bugs that docs/simulator.md names are planted', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/simulator.md'), 'utf8');
  const named = [...page.matchAll(/`([a-z][a-z -]*: [^`]+)`/g)].map(([, name = '']) => name);
  assert.ok(named.length >= 10);
  const planted = new Set(MUTANTS.map(({ name }) => name));
  assert.deepEqual(
    named.filter((name) => !planted.has(name)),
    [],
  );
});

/** One of each part; `npm run sim -- --mutants` hunts them all. */
const HUNTED = [
  'sequencer: repeated entries are not recognised',
  'writer: drops what is in flight on disconnect',
  'log store: acknowledges before the record is synced',
  'attach: subscribes late',
  'takeover: the journal is not sealed',
  'takeover: a position is given again',
  'writer: a row is deleted before its entry is acknowledged',
  'folds: a snapshot passes without a look at its hash',
];

for (const name of HUNTED) {
  test(`[X2] a planted bug is found: ${name}`, async () => {
    const mutant = MUTANTS.find((one) => one.name === name);
    assert.ok(mutant !== undefined);
    assert.notEqual(await huntOne(mutant), null);
  });
}
