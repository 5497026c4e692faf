/** The editing trace `automerge-paper` through a real node: three writer processes, two readers. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import type { Bench, Figure } from './figure.ts';

const ROOT = join(import.meta.dir, '..', '..');
const MAIN = join(ROOT, 'server', 'src', 'cli', 'main.ts');
const QUICK_LIMIT = 30_000;

interface Result {
  readonly perSecond: number;
  readonly same: boolean;
  readonly kills: number;
  readonly readers: readonly { readonly p50Ms: number; readonly p99Ms: number }[];
}

/** Folder of the traces: `COPSE_TRACES`, or beside the repository. */
export function tracesFolder(): string {
  return process.env['COPSE_TRACES'] ?? join(ROOT, '..', 'shared', 'data', 'editing-traces');
}

async function replay(file: string, flags: readonly string[]): Promise<Result> {
  const child = Bun.spawn([process.execPath, MAIN, '--json', 'replay', file, ...flags], {
    stdout: 'pipe',
    stderr: 'inherit',
    cwd: tmpdir(),
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`replay failed: ${text.slice(0, 300)}`);
  return JSON.parse(text) as Result;
}

function figures(name: string, result: Result): Figure[] {
  if (!result.same) throw new Error('a reader ended with another text');
  const row = (what: string, unit: string, values: readonly number[]): Figure => ({
    name: `${name}, ${what}`,
    unit,
    value: Math.max(...values),
    spread: [Math.min(...values), Math.max(...values)],
    cpuPerOp: null,
    rivals: {},
    rssMb: null,
  });
  return [
    row('entries', '1/s', [result.perSecond]),
    row(
      'append to reader p50',
      'ms',
      result.readers.map((reader) => reader.p50Ms),
    ),
    row(
      'append to reader p99',
      'ms',
      result.readers.map((reader) => reader.p99Ms),
    ),
  ];
}

export const replayBench: Bench = {
  name: 'replay',
  async run({ quick }) {
    const file = join(tracesFolder(), 'automerge-paper.json.gz');
    if (!existsSync(file)) throw new Error('no editing traces: set COPSE_TRACES to their folder');
    const limit = quick ? ['--limit', String(QUICK_LIMIT)] : [];
    const calm = await replay(file, limit);
    const chaos = await replay(file, [...limit, '--chaos']);
    return [
      ...figures('automerge-paper in turns of 500', calm),
      ...figures(
        'keystroke by keystroke, turns of 1',
        await replay(file, ['--limit', '2000', '--turn', '1']),
      ),
      ...figures(`automerge-paper under chaos (${chaos.kills} kills)`, chaos),
    ];
  },
};
