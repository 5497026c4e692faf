/**
 * `npm run check`: what is green before and after every commit. Format, lint, types, unused code, tidy and
 * unit tests, and 1,000 seeds of the simulator; without the real processes and browsers of `npm test`.
 */

import { dirname } from 'node:path';
import { BUILD_CORE, FORMAT, LINT, SEEDS, TYPES, UNUSED } from './test/checks.ts';
import { groupsOf } from './test/groups.ts';
import { summaryOf, totalOf } from './test/report.ts';
import { runAll } from './test/runner.ts';

const root = dirname(import.meta.dirname);
const abort = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => abort.abort());

const results = await runAll({
  root,
  checks: [FORMAT, LINT, TYPES, UNUSED, BUILD_CORE, SEEDS],
  groups: groupsOf(root, []).filter((group) => group.name === 'unit'),
  msMax: 15 * 60_000,
  signal: abort.signal,
  print: (line) => console.log(line),
});

console.log(summaryOf(results));
process.exitCode = totalOf(results).failed === 0 ? 0 : 1;
