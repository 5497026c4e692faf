/**
 * Finds a browser for the tests, and installs Debian's when that is possible: we are root and apt is there. Otherwise it
 * answers why not and what to type, which the tests print as the reason for a skip. Runs on a bare Node 20.
 */

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A download of 100 MB on a slow line; beyond it the tests go on without a browser. */
const INSTALL_MS_MAX = 5 * 60_000;

/**
 * @typedef {object} Browser
 * @property {string} title
 * @property {readonly string[]} names Under which distributions install it.
 * @property {readonly string[]} elsewhere Whole paths.
 * @property {string} variable Of the environment, that names another one.
 * @property {string} debian Package.
 */

/** @param {string} path */
function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {Browser} browser */
function locate({ names, elsewhere, variable }) {
  const chosen = process.env[variable];
  if (chosen !== undefined && chosen !== '') return executable(chosen) ? chosen : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/bin');
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [...candidates, ...elsewhere].find(executable);
}

/** @param {readonly string[]} args */
function apt(args) {
  const run = spawnSync('apt-get', args, {
    stdio: ['ignore', 2, 2],
    timeout: INSTALL_MS_MAX,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return run.status === 0;
}

/**
 * The path of the browser, or the reason why there is none and what to do.
 * @param {Browser} browser
 * @returns {{ path: string } | { reason: string }}
 */
export function findOrInstall(browser) {
  const { title, variable, debian } = browser;
  const found = locate(browser);
  if (found !== undefined) return { path: found };
  if (process.env[variable]) {
    return { reason: `${variable} names ${process.env[variable]}, which is not a program` };
  }
  const hint = `install it (Debian, Ubuntu: \`sudo apt-get install ${debian}\`) or set ${variable}`;
  if (process.getuid?.() !== 0 || !executable('/usr/bin/apt-get'))
    return { reason: `no ${title} here; ${hint}` };
  console.error(`Installing ${title} for the browser tests …`);
  // Another program may be installing, too.
  const install = ['-o', 'DPkg::Lock::Timeout=120', 'install', '-y', '--no-install-recommends', debian];
  if (!apt(install)) {
    // A fresh container has no package lists.
    apt(['update']);
    apt(install);
  }
  const installed = locate(browser);
  return installed === undefined
    ? { reason: `apt could not install ${title}; ${hint}` }
    : { path: installed };
}
