/**
 * The checks that are not test files: builds, format, lint, types, unused code, seeds. Each is one program
 * and counts as one test under its name.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure, FileResult } from './file.ts';

export interface Check {
  readonly name: string;
  /** Relative to the root; `bun` is the runtime that runs this. */
  readonly program: string;
  readonly args: readonly string[];
  readonly msMax: number;
  /** The line that must end its output, when an exit code of 0 is not enough. */
  readonly lastLine?: RegExp;
}

const MINUTE_MS = 60_000;
const BIN = 'node_modules/.bin/';
const RUN = ['--conditions=copse-source'];

export const FORMAT: Check = {
  name: 'format',
  program: `${BIN}oxfmt`,
  args: ['--check', '.'],
  msMax: MINUTE_MS,
};
export const LINT: Check = { name: 'lint', program: `${BIN}oxlint`, args: ['.'], msMax: 2 * MINUTE_MS };
export const TYPES: Check = { name: 'types', program: `${BIN}tsc`, args: ['-p', '.'], msMax: 2 * MINUTE_MS };
export const UNUSED: Check = {
  name: 'unused',
  program: `${BIN}knip`,
  args: ['--no-progress'],
  msMax: 2 * MINUTE_MS,
};

export const BUILD_CORE: Check = {
  name: 'build core',
  program: 'bun',
  args: [...RUN, 'scripts/build.ts', 'core'],
  msMax: 2 * MINUTE_MS,
};

export const SEEDS: Check = {
  name: 'simulator, 1000 seeds',
  program: 'bun',
  args: [...RUN, 'lab/sim/main.ts', '--seeds', '1000'],
  msMax: 5 * MINUTE_MS,
  lastLine: /^1000 seeds, 0 violations$/,
};

/** Runs the check and gives it the form of a file's result, so that the report knows one kind of thing. */
export async function runCheck(root: string, check: Check): Promise<FileResult> {
  const startedMs = performance.now();
  const { code, output } = await execute(root, check);
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  const failures: Failure[] = [];
  if (code !== 0) failures.push({ name: check.name, message: `ended with ${code}` });
  else if (check.lastLine !== undefined && !check.lastLine.test(last)) {
    failures.push({ name: check.name, message: `its last line is "${last}"` });
  }
  const seconds = (performance.now() - startedMs) / 1000;
  return { path: check.name, passed: failures.length === 0 ? 1 : 0, failures, skipped: [], seconds, output };
}

function execute(
  root: string,
  check: Check,
): Promise<{ readonly code: number | string; readonly output: string }> {
  const program = check.program === 'bun' ? process.execPath : join(root, check.program);
  if (!existsSync(program))
    return Promise.resolve({ code: 'nothing', output: `${check.program} does not exist\n` });
  return new Promise((resolve) => {
    const child = spawn(program, check.args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: check.msMax,
      killSignal: 'SIGKILL',
      env: { ...process.env, NO_COLOR: '1' },
    });
    const parts: string[] = [];
    const keep = (data: Buffer): void => {
      parts.push(data.toString('utf8'));
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => resolve({ code: error.message, output: parts.join('') }));
    child.once('close', (code, signal) =>
      resolve({ code: code ?? signal ?? 'nothing', output: parts.join('') }),
    );
  });
}
