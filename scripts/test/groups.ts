/** Which test files there are and how they run: unit tests side by side, then the pages of the app, then real processes three by three, and at last those that have deadlines two by two. */

import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { FileResult } from './file.ts';

export interface Group {
  readonly name: string;
  readonly paths: readonly string[];
  readonly parallel: number;
  readonly fileMsMax: number;
  readonly testMsMax: number;
  /**
   * A file that fails is run once more when nothing else runs: what others took from it is no mistake of ours. Not
   * where something is killed, see `hasKilled`.
   */
  readonly isTriedAlone?: boolean;
}

const FOLDERS = ['core', 'yjs', 'server', 'web', 'lab', 'scripts'];
/** What is killed at drawn moments, loses its network or has a deadline gets half of the machine for itself. */
const ALONE = /\/(crash|takeover|direct-networks|node-push|notified|[a-z-]*-kill)\.test\.ts$/;
/** Says so in the name of its file or in its title. */
const KILLED = /\b(kill|killed|crash|takeover)\b/;
const IGNORED = new Set(['node_modules', 'dist']);

/** Something that is killed failed: what is lost in one run of five would be found in one of 25 if it had a second try. */
export function hasKilled({ path, failures }: FileResult): boolean {
  return KILLED.test(path) || failures.some(({ name }) => KILLED.test(name));
}

/** Paths of all `*.test.ts` and `*.test.tsx`, sorted, relative to `root`. */
function testPaths(root: string): readonly string[] {
  return FOLDERS.flatMap((folder) => walk(root, folder)).filter((path) => /\.test\.tsx?$/.test(path));
}

function walk(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return IGNORED.has(entry.name) ? [] : walk(root, path);
  });
}

/** Files whose path contains one of `filters` (all, when there is none), in groups. */
export function groupsOf(root: string, filters: readonly string[]): readonly Group[] {
  const paths = testPaths(root).filter(
    (path) => filters.length === 0 || filters.some((part) => path.includes(part)),
  );
  // Rooms of the app in a browser, over people and a node that stand in.
  const isPage = (path: string): boolean => /^web\/e2e\/(?!node)/.test(path);
  const isReal = (path: string): boolean => path.includes('/e2e/') && !isPage(path);
  const isAlone = (path: string): boolean => isReal(path) && ALONE.test(path);
  return [
    {
      name: 'unit',
      paths: paths.filter((path) => !isReal(path) && !isPage(path)),
      parallel: Math.min(availableParallelism(), 4),
      fileMsMax: 120_000,
      testMsMax: 60_000,
    },
    {
      name: 'pages',
      paths: paths.filter(isPage),
      parallel: Math.min(availableParallelism(), 2),
      fileMsMax: 400_000,
      testMsMax: 120_000,
      isTriedAlone: true,
    },
    {
      name: 'end to end',
      paths: paths.filter((path) => isReal(path) && !isAlone(path)),
      // They wait for each other's processes for almost half of the time.
      parallel: Math.min(availableParallelism(), 2) + 1,
      fileMsMax: 300_000,
      testMsMax: 120_000,
      isTriedAlone: true,
    },
    {
      name: 'alone',
      paths: paths.filter(isAlone),
      parallel: Math.min(availableParallelism(), 2),
      fileMsMax: 300_000,
      testMsMax: 120_000,
      isTriedAlone: true,
    },
  ];
}
