/**
 * Runs groups of test files within a budget of time. Files that are not reached count as failed, so that a
 * slow machine cannot make a green run out of half the tests.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Check, runCheck } from './checks.ts';
import { type FileResult, runFile } from './file.ts';
import { type Group, hasKilled } from './groups.ts';
import { detailOf, lineOf } from './report.ts';

export interface Run {
  readonly root: string;
  readonly checks: readonly Check[];
  readonly groups: readonly Group[];
  /** Everything together; CI gives up at twenty minutes. */
  readonly msMax: number;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

export async function runAll(run: Run): Promise<readonly FileResult[]> {
  const endMs = performance.now() + run.msMax;
  const scratch = mkdtempSync(join(tmpdir(), 'copse-test-'));
  const results: FileResult[] = [];
  /** What failed beside others that it shares the machine with. */
  const doubtful: { readonly group: Group; readonly at: number; readonly path: string }[] = [];
  const show = (result: FileResult, line: string): void => {
    run.print(line);
    const detail = detailOf(result);
    if (detail !== '') run.print(detail);
  };
  const add = (result: FileResult): void => {
    results.push(result);
    show(result, lineOf(result));
  };
  try {
    for (const check of run.checks) {
      if (!run.signal.aborted) add(await runCheck(run.root, check));
    }
    for (const group of run.groups) {
      const queue = [...group.paths];
      const work = async (): Promise<void> => {
        for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
          const leftMs = endMs - performance.now();
          if (leftMs <= 0 || run.signal.aborted) add(notRun(path, leftMs <= 0));
          else {
            const fileMsMax = Math.min(group.fileMsMax, leftMs);
            const result = await runFile({ ...run, ...group, path, scratch, fileMsMax });
            if (result.failures.length > 0 && group.isTriedAlone === true && !hasKilled(result))
              doubtful.push({ group, at: results.length, path });
            add(result);
          }
        }
      };
      await Promise.all(Array.from({ length: group.parallel }, work));
    }
    for (const { group, at, path } of doubtful) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0 || run.signal.aborted) break;
      const fileMsMax = Math.min(group.fileMsMax, leftMs);
      const alone = await runFile({ ...run, ...group, path, scratch, fileMsMax });
      show(alone, `${lineOf(alone)}, alone, after it had failed beside others`);
      results[at] = { ...alone, before: results[at]?.failures ?? [] };
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return results;
}

function notRun(path: string, late: boolean): FileResult {
  const message = late ? 'not run, the time was up' : 'not run, interrupted';
  return { path, passed: 0, failures: [{ name: path, message }], skipped: [], seconds: 0, output: '' };
}
