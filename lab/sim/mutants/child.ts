/** A process with a planted bug: runs seeds of one level until one of them finds it. */

import { isLevel, runSeed } from '../levels.ts';

const [level = '', seedsMax = ''] = process.argv.slice(2);
if (!isLevel(level)) throw new Error(`"${level}" is no level`);

let answer = `missed ${seedsMax}`;
for (let seed = 1; seed <= Number(seedsMax); seed++) {
  const { violation } = await runSeed(level, seed);
  if (violation === null) continue;
  console.log(violation.message.slice(0, 300));
  answer = `found ${seed}`;
  break;
}
console.log(answer);
