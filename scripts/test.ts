/**
 * `npm test`: builds the package that some tests import, then runs the checks, with unused code, and every test file. The last
 * line is `N passed, N failed`. With arguments it runs the files whose path contains one of them, alone.
 */

import { dirname } from 'node:path';
import { ensureChromium } from './chromium.mjs';
import { ensureFirefox } from './firefox.mjs';
import { BUILD_CORE, FORMAT, LINT, TYPES, UNUSED } from './test/checks.ts';
import { groupsOf } from './test/groups.ts';
import { summaryOf, totalOf } from './test/report.ts';
import { runAll } from './test/runner.ts';

/** Messages of Web Push from end to end. */
const NEEDS_FIREFOX = /e2e\/[\w-]*(webpush|notified)\.test\.ts$/;

const root = dirname(import.meta.dirname);
const filters = process.argv.slice(2);
const groups = groupsOf(root, filters);
const abort = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => abort.abort());

// Installed once before the files need it, because two files would wait for apt's lock.
if (groups.some((group) => group.name !== 'unit' && group.paths.length > 0)) ensureChromium();
if (groups.some((group) => group.paths.some((path) => NEEDS_FIREFOX.test(path)))) ensureFirefox();

const results = await runAll({
  root,
  checks: filters.length === 0 ? [FORMAT, LINT, TYPES, UNUSED, BUILD_CORE] : [],
  groups,
  msMax: 17.5 * 60_000,
  signal: abort.signal,
  print: (line) => console.log(line),
});

console.log(summaryOf(results));
const { passed, failed } = totalOf(results);
// A filter that matches nothing is a mistake, not a success.
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
