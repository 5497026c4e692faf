/** The seeds that once failed, kept for ever in `seeds.txt`: `level seed why`, one a line. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { isLevel, type Level } from './levels.ts';

export interface KeptSeed {
  readonly level: Level;
  readonly seed: number;
}

export function keptSeeds(): readonly KeptSeed[] {
  const text = readFileSync(join(import.meta.dirname, 'seeds.txt'), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [level = '', seed = ''] = line.split(' ');
    if (!isLevel(level) || !/^\d+$/.test(seed)) throw new Error(`not a kept seed: ${line}`);
    return { level, seed: Number(seed) };
  });
}
