/**
 * `npm run judge -- crypto`: the large public suites against the primitives of copse in Bun, Node and
 * Chromium. Each failing case is a line; the last line is `N passed, N failed`. SPEC C1, C3, C4, C5, C7,
 * C8.
 */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case, Report } from './crypto-case.ts';
import { runtimes } from './crypto-runtimes.ts';
import { readCases, vectorsFolder } from './crypto-vectors.ts';

interface Total {
  passed: number;
  failed: number;
}

const total: Total = { passed: 0, failed: 0 };
const folder = vectorsFolder();
if (existsSync(folder)) {
  const scratch = mkdtempSync(join(tmpdir(), 'copse-judge-crypto-'));
  try {
    await judgeAll(readCases(folder), scratch);
  } finally {
    rmSync(scratch, { recursive: true });
  }
} else {
  fail(`The vectors are not in ${folder}; name their folder in COPSE_VECTORS.`);
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

async function judgeAll(cases: readonly Case[], scratch: string): Promise<void> {
  const casesFile = join(scratch, 'cases.json');
  writeFileSync(casesFile, JSON.stringify(cases));
  const expected = cases.filter((item) => item.suite === 'cctv' && item.result === 'valid');
  console.log(
    `${cases.length} cases from ${folder}; of the CCTV vectors our rule accepts ${expected.length}`,
  );
  for (const runtime of runtimes) {
    const startedAtMs = performance.now();
    try {
      const report = await runtime.run(casesFile, scratch);
      count(report, performance.now() - startedAtMs);
      compareAccepted(runtime.name, report, expected);
    } catch (thrown) {
      fail(`${runtime.name} did not run: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
}

function count(report: Report, ms: number): void {
  for (const failure of report.failures) console.log(`FAILED ${report.runtime}: ${failure}`);
  total.passed += report.passed;
  total.failed += report.failures.length;
  const outcome = `${report.passed} passed, ${report.failures.length} failed`;
  console.log(
    `${report.runtime}: ${outcome}, ${report.accepted.length} CCTV vectors accepted, ${Math.round(ms)} ms`,
  );
}

/** One rule on every runtime: the very set that the flags predict (SPEC C1). */
function compareAccepted(name: string, report: Report, expected: readonly Case[]): void {
  const isSame =
    report.accepted.length === expected.length &&
    expected.every((item, i) => item.name === report.accepted[i]);
  if (isSame) total.passed++;
  else fail(`${name} accepts another set of CCTV vectors than the rule`);
}

function fail(line: string): void {
  console.log(`FAILED ${line}`);
  total.failed++;
}
