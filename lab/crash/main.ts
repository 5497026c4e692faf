/**
 * `npm run crash`: real processes are killed at drawn moments while they play traces of authors who type at once, until
 * there were `--kills` of them (500). Ends with one line of what was killed, lost and doubled; exit code 1 when a run
 * failed. `--tails` (the node is auth and two tails over PostgreSQL, which are killed too), `--seed`, `--limit` (transactions of each trace), `--mode` (direct,
 * open, relay or folds; otherwise each in turn), `--traces` (the folder, or COPSE_TRACES), `--mutant` (a
 * planted bug of the simulator, which has to be found).
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tracesFolder } from '../bench/replay.ts';
import { Chance } from '../sim/chance.ts';
import type { Kind } from './actor.ts';
import { planOf, readTrace, type Plan } from './plan.ts';
import { run } from './stage.ts';

const TRACES = ['friendsforever', 'clownschool'];
/** Led with direct connections, open, led through the node alone, and led with folds and snapshots. */
const MODES = ['direct', 'open', 'relay', 'folds'];
/** Of one run: as many as fit while the trace is typed. */
const RUN_KILLS_MAX = 60;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    limit: { type: 'string', default: '0' },
    traces: { type: 'string', default: tracesFolder() },
    mutant: { type: 'string' },
    mode: { type: 'string' },
    tails: { type: 'boolean', default: false },
  },
});
const [killsWanted, seed, limit] = [Number(values.kills), Number(values.seed), Number(values.limit)];

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const plans = new Map<string, Plan>();
function planFor(trace: string): Plan {
  const plan = plans.get(trace) ?? planOf(readTrace(join(values.traces, `${trace}.json.gz`)), limit);
  plans.set(trace, plan);
  return plan;
}

const killsByKind: Record<Kind, number> = { node: 0, tail: 0, leader: 0, writer: 0, reader: 0 };
const killsSoFar = (): number => Object.values(killsByKind).reduce((sum, count) => sum + count, 0);
let [runs, failed, entries, acked] = [0, 0, 0, 0];

while (killsSoFar() < killsWanted && failed === 0) {
  const trace = TRACES[runs % TRACES.length] ?? '';
  const mode = values.mode ?? MODES[Math.floor(runs / TRACES.length) % MODES.length];
  const options = {
    plan: planFor(trace),
    chance: new Chance(seed * 1_000 + runs),
    isLed: mode !== 'open',
    isDirect: mode === 'direct' || mode === 'folds',
    isFolding: mode === 'folds',
    hasTails: values.tails,
    stepMs: 0,
    mutant: values.mutant ?? null,
    signal: stop.signal,
    killsMax: Math.min(RUN_KILLS_MAX, killsWanted - killsSoFar()),
  };
  const name = `run ${++runs}: ${trace}, ${mode}`;
  try {
    const result = await run(options);
    for (const kind of ['node', 'tail', 'leader', 'writer', 'reader'] as const)
      killsByKind[kind] += result.killsByKind[kind];
    entries += result.entries;
    acked += result.acked;
    console.log(
      `${name}: ${result.entries} entries${result.parts === 0 ? '' : ` and ${result.parts} parts of snapshots`} in ${result.seconds.toFixed(0)} s, ${JSON.stringify(result.killsByKind)}`,
    );
  } catch (thrown) {
    failed++;
    console.log(
      `${name}, seed ${seed}, failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
}

const { node, tail, leader, writer, reader } = killsByKind;
const found = failed === 0 ? '0 lost, 0 doubled' : 'a run failed';
console.log(
  `${killsSoFar()} kills: node ${node}, tail ${tail}, leader ${leader}, writer ${writer}, reader ${reader}; ${found}, ${acked} acknowledged of ${entries} entries, ${runs} runs`,
);
process.exitCode = failed === 0 ? 0 : 1;
