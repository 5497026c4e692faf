/**
 * What a page loads of a built package: what the entry imports as it is loaded, and what it may import
 * later. Sizes are those of the files, each compressed by itself, as they cross the wire.
 */

import { join } from 'node:path/posix';
import type { BuiltFile } from './browser.ts';

export interface Load {
  /** The entry and everything that it imports before it runs. */
  readonly first: readonly BuiltFile[];
  /** What every page imports of its own accord, after its first connection. */
  readonly soon: readonly BuiltFile[];
  /** What else is imported by `import()`, when it is needed. */
  readonly later: readonly BuiltFile[];
}

/**
 * Imported once the home is open and connected, whatever the application does: the watch on the node's log
 * (SPEC M9), the care for keys (SPEC K2), the secret by which it connects again (SPEC A17) and the line to
 * other tabs (SPEC S5), and the copies of logs once one is opened (SPEC S15).
 */
const SOON = [
  'browser/node-watch.js',
  'browser/key-care.js',
  'browser/resume.js',
  'browser/tab-line.js',
  'browser/copies.js',
];

/** The load of `entry` among files that import each other by relative paths. */
export function loadOf(files: readonly BuiltFile[], entry: string): Load {
  const fileByPath = new Map(files.map((file) => [file.path, file]));
  const reach = (paths: readonly string[], isFirst: boolean): Set<string> => {
    const seen = new Set(paths);
    for (const path of seen) {
      const file = fileByPath.get(path);
      if (file === undefined) throw new Error(`${path} is imported and was not built`);
      for (const { path: target, kind } of SCANNER.scanImports(file.text)) {
        if (kind === 'import-statement' || !isFirst) seen.add(join(path, '..', target));
      }
    }
    return seen;
  };
  const first = reach([entry], true);
  const soon = reach([...first, ...SOON.filter((path) => fileByPath.has(path))], true);
  const all = reach([entry], false);
  const named = (paths: Iterable<string>): BuiltFile[] =>
    [...paths].flatMap((path) => fileByPath.get(path) ?? []);
  return {
    first: named(first),
    soon: named([...soon].filter((path) => !first.has(path))),
    later: named([...all].filter((path) => !soon.has(path))),
  };
}

const SCANNER = new Bun.Transpiler({ loader: 'js' });

/** Bytes of the files on the wire. */
export function gzipBytes(files: readonly BuiltFile[]): number {
  return files.reduce(
    (sum, { text }) => sum + Bun.gzipSync(new TextEncoder().encode(text), { level: 9 }).length,
    0,
  );
}
