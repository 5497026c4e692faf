import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { runJobs, Worker, type Job, type Verdict } from './crew.ts';

const JOBS: readonly Job[] = [7, 1, 5, 2, 6, 3].map((seed) => ({ level: 'machines', seed }));

async function verdictsOf(workers: number): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  await runJobs(JOBS, { workers, onVerdict: (verdict) => verdicts.push(verdict) > 0 });
  return verdicts;
}

test('[X1] verdicts come in the order of the jobs and are the same with any number of processes', async () => {
  const [one, three] = [await verdictsOf(1), await verdictsOf(3)];
  assert.deepEqual(
    one.map(({ seed }) => seed),
    JOBS.map(({ seed }) => seed),
  );
  assert.deepEqual(one, three);
});

test('[X1] nothing is told after the one who listens has heard enough', async () => {
  const seeds: number[] = [];
  await runJobs(JOBS, { workers: 2, onVerdict: ({ seed }) => seeds.push(seed) < 2 });
  assert.deepEqual(seeds, [7, 1]);
});

test('[X2] a run without an end is a violation of its seed, and a violation brings its trace along', async () => {
  const slow = new Worker({ seedMsMax: 1 });
  assert.match((await slow.run({ level: 'system', seed: 1 })).violation ?? '', /^\[endless\]/);
  slow[Symbol.dispose]();
  const preload = join(import.meta.dirname, 'mutants/preload.ts');
  using broken = new Worker({
    args: [`--preload=${preload}`],
    env: { COPSE_MUTANT: 'sequencer: a repeated entry is acknowledged one position late' },
  });
  let found: Verdict | null = null;
  for (let seed = 1; seed <= 30 && found === null; seed++) {
    const verdict = await broken.run({ level: 'machines', seed });
    if (verdict.violation !== null) found = verdict;
  }
  assert.match(found?.violation ?? '', /^\[/);
  assert.ok(found !== null && found.trace.length > 0);
});

test('[X2] a worker that does not start is nobody else’s fault', async () => {
  using worker = new Worker({ args: ['--preload=./there-is-no-such-file.ts'] });
  await assert.rejects(worker.run({ level: 'machines', seed: 1 }), /does not start/);
});
