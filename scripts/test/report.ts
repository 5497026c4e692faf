/**
 * What the runner prints: a line per file as it ends, then skipped and failed tests by name, how many files were tried
 * again, and the count.
 */

import type { Failure, FileResult } from './file.ts';

/** Lines of a failing file's output that are shown; the whole of it appears when the file is run alone. */
const SHOWN_LINES_MAX = 200;

export function lineOf(result: FileResult): string {
  const state = result.failures.length === 0 ? 'ok    ' : 'FAILED';
  const skipped = result.skipped.length === 0 ? '' : `, ${result.skipped.length} skipped`;
  const seconds = result.seconds.toFixed(1);
  return `${state} ${result.path}: ${result.passed} passed, ${result.failures.length} failed${skipped} (${seconds} s)`;
}

/** The output of a failing file, without the lines about what passed. */
export function detailOf(result: FileResult): string {
  if (result.failures.length === 0) return '';
  const lines = result.output.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('(pass)'));
  const cut = lines.length - SHOWN_LINES_MAX;
  if (cut > 0) lines.splice(0, cut, `    … ${cut} lines before`);
  return lines.map((line) => `    ${line}`).join('\n');
}

export interface Total {
  readonly passed: number;
  readonly failed: number;
}

export function totalOf(results: readonly FileResult[]): Total {
  let passed = 0;
  let failed = 0;
  for (const result of results) {
    passed += result.passed;
    failed += result.failures.length;
  }
  return { passed, failed };
}

/**
 * Skipped tests with their reasons, those that failed beside others and failed ones by name, how many files were tried
 * again, and the last line `N passed, N failed`.
 */
export function summaryOf(results: readonly FileResult[]): string {
  const lines: string[] = [];
  for (const { path, skipped } of results) {
    for (const { name, reason } of skipped) lines.push(`skipped: ${label(path, name)}: ${reason}`);
  }
  const list = (what: string, path: string, failures: readonly Failure[]): void => {
    for (const { name, message } of failures)
      lines.push(`${what}: ${label(path, name)}${message === '' ? '' : `: ${message}`}`);
  };
  for (const { path, before = [] } of results) list('failed beside others', path, before);
  for (const { path, failures } of results) list('failed', path, failures);
  const again = results.filter(({ before }) => before !== undefined);
  const lost = again.filter(({ failures }) => failures.length > 0);
  lines.push(`files tried again alone: ${again.length}, failed again: ${lost.length}`);
  const { passed, failed } = totalOf(results);
  return [...lines, `${passed} passed, ${failed} failed`].join('\n');
}

function label(path: string, name: string): string {
  return name === path ? path : `${path} > ${name}`;
}
