/**
 * `npm run bench -- [--quick] [--only NAME] [--json FILE]`: every figure with its CPU per operation and
 * its rivals from the same run. Timings on a shared machine are noisy: read the ratios.
 */

import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { Bench, Figure } from './figure.ts';
import { benches } from './list.ts';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, json: { type: 'string' } },
});

const only = values.only;
const chosen = benches.filter((bench) => only === undefined || bench.name.includes(only));
if (chosen.length === 0) {
  console.error(
    `No benchmark is called ${only}. There are: ${benches.map((bench) => bench.name).join(', ')}.`,
  );
  process.exitCode = 2;
}

console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Bun ${Bun.version}`);
const figures: Figure[] = [];
for (const bench of chosen) figures.push(...(await runOne(bench)));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);

async function runOne(bench: Bench): Promise<readonly Figure[]> {
  console.log(`\n${bench.name}`);
  try {
    const measured = await bench.run({ quick: values.quick, note: (line) => console.log(`  … ${line}`) });
    for (const figure of measured) console.log(shown(figure));
    return measured;
  } catch (thrown) {
    // One benchmark that cannot run (a rival that is not installed) must not hide the others.
    console.log(`  did not run: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    process.exitCode = 1;
    return [];
  }
}

function shown(figure: Figure): string {
  const [low, high] = figure.spread;
  const cpu = figure.cpuPerOp === null ? '' : `, ${digits(figure.cpuPerOp)} µs CPU/op`;
  const memory = figure.rssMb === null ? '' : `, ${digits(figure.rssMb)} MB`;
  const rivals = Object.entries(figure.rivals).map(
    ([name, value]) => `\n      ${name}: ${digits(value)} ${figure.unit}`,
  );
  return `  ${figure.name}: ${digits(figure.value)} ${figure.unit} (${digits(low)}–${digits(high)}${cpu}${memory})${rivals.join('')}`;
}

function digits(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
