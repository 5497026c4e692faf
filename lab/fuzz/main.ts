/** `bun lab/fuzz/main.ts --seconds N [--only PART] [--from SEED]`: fuzzes every decoder in turn until the time is over. */

import { parseArgs } from 'node:util';

import { DECODERS } from './decoders.ts';
import { fuzz } from './fuzz.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    only: { type: 'string', default: '' },
    from: { type: 'string', default: '1' },
  },
});

const INPUTS_PER_TURN = 200;
const decoders = DECODERS.filter(({ name }) => name.includes(values.only));
const untilMs = performance.now() + Number(values.seconds) * 1000;
const broken = new Set<string>();
let inputs = 0;

for (let seed = Number(values.from); performance.now() < untilMs && broken.size < decoders.length; seed++) {
  for (const decoder of decoders) {
    if (broken.has(decoder.name)) continue;
    const finding = await fuzz(decoder, seed, INPUTS_PER_TURN);
    inputs += INPUTS_PER_TURN;
    if (finding === null) continue;
    broken.add(decoder.name);
    console.log(`${finding.decoder}, seed ${finding.seed}: ${finding.what}\n  input ${finding.input}`);
  }
}
console.log(`${decoders.length} decoders, ${inputs} inputs, ${broken.size} findings`);
if (broken.size > 0) process.exitCode = 1;
