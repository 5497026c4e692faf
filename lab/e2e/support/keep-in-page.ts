/** Runs inside a page: the suite of all keeps over IndexedDB, each case in a database of its own. */

import { IndexedKeep } from 'copse/internal/browser/indexed-keep.ts';
import { keepCases } from '../../suites/keep.suite.ts';

export interface CaseResult {
  readonly title: string;
  readonly problem: string | null;
}

export async function runKeepCases(): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const [i, each] of keepCases.entries()) {
    const name = `keep-suite-${i}`;
    try {
      await each.run({ open: () => IndexedKeep.open(name) });
      results.push({ title: each.title, problem: null });
    } catch (thrown) {
      results.push({ title: each.title, problem: String(thrown) });
    }
    indexedDB.deleteDatabase(name);
  }
  return results;
}
