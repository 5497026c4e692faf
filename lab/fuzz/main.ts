/** `bun lab/fuzz/main.ts --seconds N [--only PART] [--from SEED]`: fuzzes every decoder in turn until the time is over. */

import { parseArgs } from 'node:util';

import { DECODERS } from './decoders.ts';
import { fuzz, type Decoder, type Finding } from './fuzz.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    only: { type: 'string', default: '' },
    from: { type: 'string', default: '1' },
  },
});

/** Decoders take turns of this length, so that a slow one does not take the time of the others. */
const TURN_MS = 50;
const INPUTS_PER_SEED = 20;

const decoders = DECODERS.filter(({ name }) => name.includes(values.only));
const untilMs = performance.now() + Number(values.seconds) * 1000;
const nextSeed = new Map(decoders.map((decoder) => [decoder, Number(values.from)]));
const broken: Finding[] = [];
let inputs = 0;

/** Fuzzes one decoder for a turn; one with a finding gets no more turns. */
async function turn(decoder: Decoder, seed: number): Promise<void> {
  const endMs = performance.now() + TURN_MS;
  for (let next = seed; performance.now() < endMs; next++) {
    const finding = await fuzz(decoder, next, INPUTS_PER_SEED);
    inputs += INPUTS_PER_SEED;
    nextSeed.set(decoder, next + 1);
    if (finding === null) continue;
    nextSeed.delete(decoder);
    broken.push(finding);
    console.log(`${finding.decoder}, seed ${finding.seed}: ${finding.what}\n  input ${finding.input}`);
    return;
  }
}

while (nextSeed.size > 0 && performance.now() < untilMs) {
  for (const [decoder, seed] of nextSeed) await turn(decoder, seed);
}
console.log(`${decoders.length} decoders, ${inputs} inputs, ${broken.length} findings`);
if (broken.length > 0 || decoders.length === 0) process.exitCode = 1;
