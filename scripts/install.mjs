/**
 * Brings node_modules to what package-lock.json says, and only when it differs. npm keeps a record of
 * what it installed in `node_modules/.package-lock.json`; comparing the two costs a millisecond and needs
 * no stamp of our own. Runs on a bare Node 20.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ version?: string, resolved?: string, link?: boolean, optional?: boolean, peer?: boolean, extraneous?: boolean }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lock
 */

/**
 * The packages that are missing, of another version or not in the lock. Optional ones may be missing: they
 * are the binaries of other platforms.
 * @param {Lock} wanted @param {Lock} installed @returns {string[]}
 */
export function differences(wanted, installed) {
  const want = wanted.packages ?? {};
  const have = installed.packages ?? {};
  const missing = Object.keys(want).filter((path) => {
    if (!path.includes('node_modules/')) return false;
    const found = have[path];
    if (found === undefined) return want[path]?.optional !== true;
    return found.version !== want[path]?.version || found.link !== want[path]?.link;
  });
  const unknown = Object.keys(have).filter(
    (path) => path.includes('node_modules/') && want[path] === undefined,
  );
  return [...missing, ...unknown];
}

/** @param {string} path @returns {Lock} */
function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

/** @param {string} root */
export function bunPath(root) {
  return join(root, 'node_modules', 'bun', 'bin', 'bun.exe');
}

/** @param {string} root */
function bunWorks(root) {
  return spawnSync(bunPath(root), ['--version'], { stdio: 'ignore' }).status === 0;
}

/**
 * Installs when needed; answers whether the tools are ready, after saying why they are not.
 * @param {string} root @returns {boolean}
 */
export function ensureInstalled(root) {
  const changed = differences(
    readLock(join(root, 'package-lock.json')),
    readLock(join(root, 'node_modules', '.package-lock.json')),
  );
  if (changed.length > 0) {
    console.error(`Installing packages (${changed.length} differ from package-lock.json) …`);
    const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
    if (npm.status !== 0) {
      console.error(
        '\nnpm could not install the packages; its own message is above. copse needs them once, afterwards it works\n' +
          'offline: check the network or the registry that npm uses (`npm config get registry`), then run this again.',
      );
      return false;
    }
  }
  if (bunWorks(root)) return true;
  // A machine that forbids install scripts leaves a placeholder instead of the runtime.
  spawnSync(process.execPath, [join(root, 'node_modules', 'bun', 'install.js')], {
    cwd: join(root, 'node_modules', 'bun'),
    stdio: ['ignore', 2, 2],
  });
  if (bunWorks(root)) return true;
  console.error(
    'The Bun runtime did not install. Run `node node_modules/bun/install.js` and read what it says;\n' +
      'Bun needs Linux (glibc >= 2.17 or musl), macOS or Windows on x64 or arm64.',
  );
  return false;
}
