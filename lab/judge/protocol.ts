/**
 * `npm run judge -- protocol`: a second implementation, in Python and written from `docs/protocol.md`, against
 * everything that is written down of the first: every golden vector, thousands of spoilt messages on whose
 * fate both must agree, and a running node (SPEC W7, W2, W4). The last line is `N passed, N failed`.
 */

import { join } from 'node:path';
import { judgeLive } from './protocol-live.ts';
import { ask, findPython, PYTHON_HINT } from './protocol-python.ts';
import { spoiltCases, verdictOf } from './protocol-verdicts.ts';

const VECTORS = join(import.meta.dirname, '../vectors');

interface Total {
  passed: number;
  failed: number;
}

type Report = Readonly<Record<string, { readonly passed: number; readonly failures: readonly string[] }>>;

const total: Total = { passed: 0, failed: 0 };
const python = findPython();
if (python === null) {
  fail(PYTHON_HINT);
} else {
  judgeVectors(ask(python, ['vectors', VECTORS], null) as Report);
  await judgeVerdicts(python);
  await judgeNode(python);
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

function judgeVectors(report: Report): void {
  for (const [name, { passed, failures }] of Object.entries(report)) {
    console.log(`${name}.json: ${passed} of ${passed + failures.length} vectors`);
    total.passed += passed;
    for (const failure of failures) fail(failure);
  }
}

async function judgeVerdicts(by: string): Promise<void> {
  const cases = spoiltCases();
  const theirs = ask(by, ['verdicts', VECTORS], cases);
  if (!Array.isArray(theirs) || theirs.length !== cases.length) throw new Error('a verdict for each case');
  let accepted = 0;
  let agreed = 0;
  for (const [i, one] of cases.entries()) {
    // One after the other: there is one processor's worth of work, and the first that differs is named.
    const ours = await verdictOf(one);
    if (ours === null) accepted++;
    if (ours === theirs[i]) agreed++;
    else fail(`${one.kind} ${one.bytes}: ${ours ?? 'accepted'} here, ${theirs[i] ?? 'accepted'} there`);
  }
  total.passed += agreed;
  console.log(`spoilt bytes: the same verdict on ${agreed} of ${cases.length}, ${accepted} of them accepted`);
}

async function judgeNode(by: string): Promise<void> {
  try {
    const { passed, failures } = await judgeLive(by, VECTORS);
    console.log(`a running node: ${passed} of ${passed + failures.length} facts`);
    total.passed += passed;
    for (const failure of failures) fail(failure);
  } catch (thrown) {
    fail(`a running node: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

function fail(line: string): void {
  console.log(`FAILED ${line}`);
  total.failed++;
}
