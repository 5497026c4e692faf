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
  const inputs = ['web', 'core/src', 'package-lock.json'].map((path) => join(root, path));
  return isFresh(join(root, 'web', 'dist'), inputs);
}
