/** Size of the SDK as a browser gets it: one minified bundle, compressed. */

import { join } from 'node:path';
import type { Bench, Figure } from './figure.ts';

const ROOT = join(import.meta.dir, '..', '..');
const KIB = 1024;

async function gzipped(entry: string): Promise<number> {
  const built = await Bun.build({
    entrypoints: [join(ROOT, entry)],
    target: 'browser',
    minify: true,
    conditions: ['browser'],
  });
  const main = built.outputs.find((output) => output.kind === 'entry-point');
  if (main === undefined) throw new Error(`${entry} was not built`);
  return Bun.gzipSync(new Uint8Array(await main.arrayBuffer()), { level: 9 }).length;
}

export const bundleBench: Bench = {
  name: 'bundle',
  async run() {
    const figures: Figure[] = [];
    for (const [name, entry] of [
      ['SDK for browsers, gzip', 'core/src/browser/index.ts'],
      ['copse/phrase, gzip', 'core/src/phrase.ts'],
    ] as const) {
      const kib = (await gzipped(entry)) / KIB;
      figures.push({
        name,
        unit: 'KiB',
        value: kib,
        spread: [kib, kib],
        cpuPerOp: null,
        rivals: {},
        rssMb: null,
      });
    }
    return figures;
  },
};
