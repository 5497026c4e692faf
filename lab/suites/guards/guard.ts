/**
 * A guard is a check in a source that refuses an attack of `SECURITY.md`. Taken out of the source as it is loaded,
 * a test must turn red: then the test is worth something, and the check is needed (SPEC G10).
 */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Guard {
  readonly name: string;
  /** Words of the row of the table. */
  readonly attack: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Stands in it once. */
  readonly find: string;
  readonly replace: string;
  /** A file of tests, or a judge. */
  readonly test: string;
  /** Words of the titles of the tests that are run; empty for a judge. */
  readonly title: string;
}

export const ROOT = join(import.meta.dirname, '../../..');
const TEST_MS_MAX = 120_000;
const PRELOAD = join(import.meta.dirname, 'preload.ts');

/** The source without the guard; throws when its text does not stand there exactly once. */
export function unguarded({ name, file, find, replace }: Guard): string {
  const parts = readFileSync(join(ROOT, file), 'utf8').split(find);
  if (parts.length !== 2)
    throw new Error(`guard "${name}": its text stands ${parts.length - 1} times in ${file}`);
  return parts.join(replace);
}

/** Whether its test turns red without it; `null` without a guard, for the tests as they are. */
export function turnsRed({ test, title }: Guard, without: Guard | null): boolean {
  const isJudge = title === '';
  const flags = ['--conditions=copse-source', ...(without === null ? [] : ['--preload', PRELOAD])];
  const words = isJudge ? [...flags, test] : ['test', ...flags, test, '-t', title];
  const child = spawnSync(process.execPath, words, {
    cwd: ROOT,
    env: { ...process.env, UNGUARDED: without?.name ?? '' },
    encoding: 'utf8',
    timeout: TEST_MS_MAX,
  });
  // A judge that dies has not judged, which is a failure of its own (SPEC G9).
  if (isJudge) return child.status !== 0;
  const said = `${child.stdout}${child.stderr}`;
  const failed = /^\s*(\d+) fail$/mu.exec(said);
  // A file that does not load, or a title that no test has, is no test that turned red.
  if (failed === null) throw new Error(`${test}, "${title}": nothing was tested\n${said.slice(-2_000)}`);
  return Number(failed[1]) > 0;
}
