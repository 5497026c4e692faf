/**
 * `npm run judge -- durable-streams`: a node whose streams are open, as a process of its own, and the public suite
 * of the Durable Streams protocol, unchanged (SPEC F9). Each failing test is a line; the last one is
 * `N passed, N failed`. Tests of subscriptions, an extension that the suite asks for only when it is told to, are
 * counted apart.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scratch } from '../e2e/support/garden.ts';
import { must } from 'copse/internal/base/assert.ts';
import { run, startNode } from '../e2e/support/node.ts';
import { program } from './published.ts';

/** As far as it is read. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Short, so that the tests which wait for a timeout do not take long. */
const POLL_S = 2;

await using folder = await scratch();
const flags = ['--streams', 'open', '--stream-rate', '0', '--stream-poll-seconds', String(POLL_S)];
await using node = await startNode(join(folder.path, 'data'), flags, must(program.at(-1), 'a path'));
const { numPassedTests, numFailedTests, numPendingTests, testResults } = await judged();

for (const { message, assertionResults } of testResults) {
  if (message !== undefined && message !== '') console.log(`FAILED ${message}`);
  for (const { fullName, status, failureMessages } of assertionResults) {
    if (status === 'failed') console.log(`FAILED ${fullName}: ${failureMessages[0]?.split('\n')[0] ?? ''}`);
  }
}
console.log(`tests of subscriptions, which are not asked for: ${numPendingTests}`);
console.log(`${numPassedTests} passed, ${numFailedTests} failed`);
process.exitCode = numFailedTests === 0 && numPassedTests > 0 ? 0 : 1;

async function judged(): Promise<Report> {
  const report = join(folder.path, 'report.json');
  const runner = join(import.meta.dirname, 'durable-streams', 'runner.mjs');
  // The runner is made for Node; it ends with 1 when a test fails, and the report says which.
  await run(['node', runner, report], {
    env: { ...process.env, JUDGED_URL: node.url, JUDGED_POLL_MS: String(POLL_S * 1000) },
  }).catch(() => {});
  const read: Report = JSON.parse(await readFile(report, 'utf8'));
  return read;
}
