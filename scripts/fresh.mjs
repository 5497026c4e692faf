/** Whether built files are at least as new as everything they are made from. Runs on a bare Node 20. */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** @param {string} path @returns {number} */
function newestMs(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  let newest = stat.mtimeMs;
  for (const name of readdirSync(path)) {
    if (name === 'dist' || name === 'node_modules' || name.endsWith('.test.ts')) continue;
    newest = Math.max(newest, newestMs(join(path, name)));
  }
  return newest;
}

/**
 * `output` exists and nothing in `inputs` was touched after it. Folders count too: a deleted source is a change.
 * @param {string} output @param {readonly string[]} inputs
 */
export function isFresh(output, inputs) {
  if (!existsSync(output)) return false;
  const builtMs = newestMs(output);
  return inputs.every((input) => newestMs(input) <= builtMs);
}

/** @param {string} root */
export function webIsFresh(root) {
  const inputs = ['web', 'core/src', 'yjs/src', 'package-lock.json'].map((path) => join(root, path));
  return isFresh(join(root, 'web', 'dist'), inputs);
}

/**
 * The parts of `scripts/build.ts` among those that npm publishes whose files are older than what they are made
 * from.
 * @param {string} root @returns {readonly ('core' | 'server')[]}
 */
export function stalePackages(root) {
  /** @param {readonly string[]} paths */
  const at = (paths) => paths.map((path) => join(root, path));
  const both = ['core/src', 'core/package.json', 'package-lock.json', 'scripts/build', 'scripts/build.ts'];
  const isCoreFresh = isFresh(join(root, 'core', 'dist'), at([...both, 'scripts/core.tsconfig.json']));
  const ofServer = ['server/src', 'server/package.json', 'web/dist'];
  const isServerFresh = isFresh(join(root, 'server', 'dist'), at([...both, ...ofServer]));
  /** @type {('core' | 'server')[]} */
  const stale = [];
  if (!isCoreFresh) stale.push('core');
  if (!isServerFresh) stale.push('server');
  return stale;
}
