/**
 * Runs one test file in a process of its own, so that a file which hangs, crashes or leaves servers behind
 * costs itself and no other. What cannot be counted is a failure: a crash, a time-out, a file without tests.
 */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseJunit } from './junit.ts';

export interface Failure {
  readonly name: string;
  readonly message: string;
}

export interface FileResult {
  readonly path: string;
  readonly passed: number;
  readonly failures: readonly Failure[];
  /** What failed beside others, when this is what it did alone afterwards. */
  readonly before?: readonly Failure[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly seconds: number;
  /** What the file printed; shown when something failed. */
  readonly output: string;
}

export interface FileRun {
  readonly root: string;
  readonly path: string;
  /** An existing folder for the report. */
  readonly scratch: string;
  /** The whole file; then its process group is killed. */
  readonly fileMsMax: number;
  /** One test that does not say otherwise itself. */
  readonly testMsMax: number;
  readonly signal: AbortSignal;
}

/** The end of a file's output that is kept: an endless loop that prints must not fill the memory. */
const OUTPUT_CHARS_MAX = 200_000;

export async function runFile(run: FileRun): Promise<FileResult> {
  const name = run.path.replaceAll(/[^\w.]+/g, '_');
  const report = join(run.scratch, `${name}.xml`);
  const skips = join(run.scratch, `${name}.skips`);
  const startedMs = performance.now();
  const ended = await runBunTest(run, report, skips);
  const cases = existsSync(report) ? parseJunit(readFileSync(report, 'utf8')) : [];
  const reasons = readReasons(skips);
  const failures: Failure[] = cases.filter((one) => one.outcome === 'failed');
  const lost = whyUncounted(ended, cases.length, failures.length);
  rmSync(report, { force: true });
  rmSync(skips, { force: true });
  return {
    path: run.path,
    passed: cases.filter((one) => one.outcome === 'passed').length,
    failures: lost === null ? failures : [...failures, { name: run.path, message: lost }],
    skipped: cases
      .filter((one) => one.outcome === 'skipped')
      .map((one) => ({ name: one.name, reason: reasonFor(one.name, reasons) })),
    seconds: (performance.now() - startedMs) / 1000,
    output: ended.output,
  };
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly output: string;
}

/** The sentence for what the report does not show, or null when it accounts for everything. */
function whyUncounted(ended: Ended, caseCount: number, failureCount: number): string | null {
  if (ended.timedOut) return 'the file did not end in time and was killed';
  if (ended.signal !== null) return `the process died of ${ended.signal}`;
  if (ended.code !== 0 && failureCount === 0)
    return `the process ended with code ${ended.code} outside of any test`;
  if (caseCount === 0) return 'the file reported no test';
  return null;
}

function runBunTest(run: FileRun, report: string, skips: string): Promise<Ended> {
  const reasons = join(import.meta.dirname, 'reasons.ts');
  const args = ['test', '--conditions=copse-source', `--preload=${reasons}`, `--timeout=${run.testMsMax}`];
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [...args, '--reporter=junit', `--reporter-outfile=${report}`, `./${run.path}`],
      {
        cwd: run.root,
        // A group of its own: whatever a test starts and forgets goes with it.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, TEST_SKIPS: skips, NO_COLOR: '1' },
      },
    );
    let output = '';
    const keep = (data: Buffer): void => {
      output = (output + data.toString('utf8')).slice(-OUTPUT_CHARS_MAX);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid);
    }, run.fileMsMax);
    const abort = (): void => killGroup(child.pid);
    run.signal.addEventListener('abort', abort, { once: true });
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ code: 1, signal: null, timedOut, output: `${error.message}\n` });
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      run.signal.removeEventListener('abort', abort);
      killGroup(child.pid);
      // The pipes close once the group is gone; a child that left the group may hold them open, so there is an end to it.
      const done = (): void => resolve({ code, signal, timedOut, output });
      const last = setTimeout(done, 1000);
      child.once('close', () => {
        clearTimeout(last);
        done();
      });
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

/** Reasons by title, as `reasons.ts` notes them. */
function readReasons(path: string): ReadonlyMap<string, string> {
  if (!existsSync(path)) return new Map();
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [title = '', reason = ''] = line.split('\t', 2);
      return [title, reason];
    }),
  );
}

function reasonFor(name: string, reasons: ReadonlyMap<string, string>): string {
  const found = [...reasons].find(([title]) => name === title || name.endsWith(` > ${title}`));
  return found?.[1] ?? 'no reason given';
}
