/**
 * `npm run judge -- NAME …` or `-- all`: the judges one after the other, each of the files that npm would publish
 * (SPEC G9), with what each compares, what it says and its count; the last line is the sum, `N passed, N failed`.
 * Without a name, the list of them.
 */

import { join } from 'node:path';
import { judgement } from './clerk.ts';
import { judges, type Judge } from './judges.ts';
import { named } from './published.ts';
import { ensurePublished } from './publish.ts';

const names = process.argv.slice(2);
const unknown = names.filter((name) => name !== 'all' && !judges.some((judge) => judge.name === name));
const chosen = names.includes('all') ? judges : judges.filter(({ name }) => names.includes(name));

if (chosen.length === 0 || unknown.length > 0) {
  for (const name of unknown) console.error(`There is no judge "${name}".`);
  console.error('Which judge? `npm run judge -- NAME` with one of these, or `all`:');
  for (const { name, compares } of judges) console.error(`  ${name.padEnd(9)} ${compares}`);
  process.exitCode = 64;
} else {
  process.exitCode = (await judgeAll(chosen)) === 0 ? 0 : 1;
}

/** How many comparisons failed. */
async function judgeAll(asked: readonly Judge[]): Promise<number> {
  const sum = { passed: 0, failed: 0 };
  const unpublished = asked.every(({ builds }) => builds !== undefined) ? null : ensurePublished();
  for (const judge of asked) {
    const { name, compares, asks, builds } = judge;
    console.log(`${name}: ${compares}`);
    const missing = builds === undefined ? unpublished : null;
    if (missing === null) console.log(`  judged: ${builds ?? named(asks)}`);
    const { passed, failed, why } =
      missing ?? (await judgement(commandOf(judge), (line) => console.log(`  ${line}`)));
    if (why !== null) console.log(`  FAILED ${name} did not judge: ${why}`);
    if (asked.length > 1) console.log(`  ${passed} passed, ${failed} failed`);
    sum.passed += passed;
    sum.failed += failed;
  }
  console.log(`${sum.passed} passed, ${sum.failed} failed`);
  return sum.failed;
}

/** What builds by itself builds sources; everybody else gets published files in their place. */
function commandOf({ name, builds }: Judge): readonly string[] {
  const how =
    builds === undefined
      ? ['--preload', join(import.meta.dirname, 'published.ts')]
      : ['--conditions=copse-source'];
  return [process.execPath, ...how, join(import.meta.dirname, `${name}.ts`)];
}
