/** Matches over the line protocol: which programs there are, which sets they play with, and what must come out. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { differences, drawItems } from '../../suites/reconciling.ts';
import { isJudgingPublished } from '../published.ts';
import { check, compared } from '../tally.ts';
import { play, type Program } from './parties.ts';

/** Items, in thousands those that one of the two lacks, and the least frames of both. */
const SHAPES = [
  { count: 0, apart: 0 },
  { count: 1, apart: 1000 },
  { count: 40, apart: 100 },
  { count: 1_000, apart: 0 },
  { count: 1_000, apart: 1000 },
  { count: 10_000, apart: 10 },
  { count: 30_000, apart: 2 },
  { count: 30_000, apart: 300 },
] as const;
const FRAMES = [
  [262_144, 262_144],
  [4096, 262_144],
  [262_144, 4096],
  [5000, 60_000],
] as const;

/** Seconds, because the reference in JavaScript counts with 32 bits; and milliseconds for all others. */
const TIMES = {
  seconds: (n: number) => 1_677_970_534 + (n >> 2),
  milliseconds: (n: number) => 1_677_970_534_000 + 250 * (n >> 1),
};

export async function judgeMatches(): Promise<void> {
  const ours = our();
  const others = references();
  if (others.length === 0)
    console.log(
      'the reference is not asked: COPSE_NEGENTROPY names no copy of github.com/hoytech/negentropy',
    );
  await judgePair(ours, ours, 'milliseconds');
  for (const { program, times } of others) {
    await judgePair(ours, program, times);
    await judgePair(program, ours, times);
  }
}

async function judgePair(asking: Program, answering: Program, times: keyof typeof TIMES): Promise<void> {
  for (const [seed, { count, apart }] of SHAPES.entries()) {
    const items = drawItems(seed, count, TIMES[times]);
    // A run of neighbours at a time, or one here and there.
    const who = (n: number): number => Math.imul(seed % 2 === 0 ? n >> 5 : n, 0x9e3779b9) >>> 20;
    const isApart = (n: number): boolean => (who(n) * 1000) / 4096 < apart;
    const ours = items.filter((_, n) => !isApart(n) || who(n) % 2 === 0);
    const theirs = items.filter((_, n) => !isApart(n) || who(n) % 2 === 1);
    // Two programs begin for each match, so each shape takes two of the pairs of frames.
    for (const [askingFrame, answeringFrame] of FRAMES.filter((_, n) => n % 2 === seed % 2)) {
      const what = `${asking.name} asks ${answering.name}, ${count} items, frames ${askingFrame}, ${answeringFrame}`;
      try {
        const { have, need } = await play(
          { program: asking, items: ours, frameBytes: askingFrame },
          { program: answering, items: theirs, frameBytes: answeringFrame },
        );
        const wanted = differences(ours, theirs);
        // The reference may say one twice when its frame was full; ours never does.
        const once = (ids: readonly string[]) => (asking === answering ? ids : [...new Set(ids)]);
        const isRight = isSame(once(have), wanted.have) && isSame(once(need), wanted.need);
        check(
          isRight,
          `${what}: ${have.length} and ${need.length} found of ${wanted.have.length} and ${wanted.need.length}`,
        );
      } catch (thrown) {
        check(false, `${what}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      }
    }
  }
  compared(`${asking.name} asks ${answering.name}`);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, n) => id === b[n]);
}

function our(): Program {
  const preload = isJudgingPublished ? ['--preload', join(import.meta.dirname, '../published.ts')] : [];
  const harness = join(import.meta.dirname, 'harness.ts');
  return {
    name: 'copse',
    command: [process.execPath, '--conditions=copse-source', ...preload, harness, 'speak'],
  };
}

interface Reference {
  readonly program: Program;
  readonly times: keyof typeof TIMES;
}

function references(): readonly Reference[] {
  const folder = process.env['COPSE_NEGENTROPY'];
  if (folder === undefined || !existsSync(join(folder, 'js/Negentropy.js'))) return [];
  const js = {
    name: 'the reference in JavaScript',
    command: ['node', join(folder, 'test/js/harness.js')],
  };
  const cpp = compiled(folder);
  if (cpp === null) {
    console.log('the reference in C++ is not asked: it needs g++ and libssl-dev');
    return [{ program: js, times: 'seconds' }];
  }
  const program = { name: 'the reference in C++', command: [cpp] };
  return [
    { program: js, times: 'seconds' },
    { program, times: 'milliseconds' },
  ];
}

/** Its headers with a main of our own, or null where they cannot be compiled. */
function compiled(folder: string): string | null {
  const program = join(mkdtempSync(join(tmpdir(), 'copse-negentropy-')), 'harness');
  const source = join(import.meta.dirname, 'reference.cpp');
  const flags = ['-std=c++20', '-O2', '-I', join(folder, 'cpp'), source, '-lcrypto', '-o', program];
  return spawnSync('g++', flags, { stdio: 'ignore' }).status === 0 ? program : null;
}
