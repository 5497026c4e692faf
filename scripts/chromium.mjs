/**
 * Finds a Chromium for the browser tests, and installs Debian's when that is possible: we are root and apt
 * is there. Otherwise it answers why not and what to type, which the tests print as the reason for a skip.
 * Runs on a bare Node 20.
 */

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Names under which distributions and Google install it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const MAC = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
/** A download of 100 MB on a slow line; beyond it the tests go on without a browser. */
const INSTALL_MS_MAX = 5 * 60_000;

/** What a browser in a container needs: no sandbox as root, no traffic of its own, no GPU. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @param {string} path */
function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @returns {string | undefined} */
function findChromium() {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen !== undefined && chosen !== '') return executable(chosen) ? chosen : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/bin');
  const candidates = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...candidates, ...MAC].find(executable);
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

/** @type {{ path: string } | { reason: string } | undefined} */
let answer;

/**
 * The path of a Chromium, or the reason why there is none and what to do. Asked twice, it answers the same.
 * @returns {{ path: string } | { reason: string }}
 */
export function ensureChromium() {
  answer ??= find();
  return answer;
}

/** @returns {{ path: string } | { reason: string }} */
function find() {
  const found = findChromium();
  if (found !== undefined) return { path: found };
  if (process.env.CHROMIUM_PATH) {
    return { reason: `CHROMIUM_PATH names ${process.env.CHROMIUM_PATH}, which is not a program` };
  }
  const hint = 'install it (Debian, Ubuntu: `sudo apt-get install chromium`) or set CHROMIUM_PATH';
  if (process.getuid?.() !== 0 || !executable('/usr/bin/apt-get'))
    return { reason: `no Chromium here; ${hint}` };
  console.error('Installing Chromium for the browser tests …');
  const install = ['install', '-y', '--no-install-recommends', 'chromium'];
  if (!apt(install)) {
    // A fresh container has no package lists.
    apt(['update']);
    apt(install);
  }
  const installed = findChromium();
  return installed === undefined
    ? { reason: `apt could not install Chromium; ${hint}` }
    : { path: installed };
}
