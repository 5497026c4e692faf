/**
 * `npm run attacks`: takes each guard out, one at a time, and says which test turned red without it; `npm run
 * attacks -- WORDS` takes those whose names contain the words.
 */

import { turnsRed } from './guard.ts';
import { GUARDS } from './table.ts';

const words = process.argv.slice(2).join(' ');
const chosen = GUARDS.filter(({ name }) => name.includes(words));
let found = 0;
for (const guard of chosen) {
  const isFound = !turnsRed(guard, null) && turnsRed(guard, guard);
  if (isFound) found++;
  console.log(`${isFound ? 'found ' : 'MISSED'} ${guard.name}`);
  console.log(`       ${guard.test}${guard.title === '' ? '' : `, ${guard.title}`}`);
}
console.log(`${found} of ${chosen.length} turn a test red when they are taken out`);
process.exitCode = found === chosen.length && chosen.length > 0 ? 0 : 1;
