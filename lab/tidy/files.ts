/** Which files the tidy checks read: everything that git tracks or would track, never what is built. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Paths relative to `root`, sorted. A file that is deleted but not yet committed is not there. */
export function repositoryFiles(root: string): readonly string[] {
  // A container often checks out as one user and tests as another, which git refuses unless told.
  const trust = ['-c', `safe.directory=${root}`];
  const git = spawnSync('git', [...trust, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (git.status !== 0) throw new Error(`git ls-files failed: ${git.stderr}`);
  const paths = new Set(git.stdout.split('\0').filter((path) => path !== '' && existsSync(join(root, path))));
  return [...paths].toSorted();
}

/** Sources that people write. Declarations and generated modules follow other files. */
export function isSource(path: string): boolean {
  return /\.(ts|tsx|mts|mjs|js|jsx)$/.test(path) && !/\.(gen|d)\.m?ts$/.test(path);
}
