#!/usr/bin/env node
/**
 * The way into every command of the repository (`npm start`, `npm test`, …). Runs on a bare Node 20:
 * installs the packages when they differ from the lock, then hands over to Bun with the arguments, signals
 * and exit code passed through.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bunPath, ensureInstalled } from './install.mjs';
import { webIsFresh } from './fresh.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Sources win over built files everywhere in the repository. */
const CONDITIONS = '--conditions=copse-source';

/** @type {Record<string, { script: string, before?: readonly string[], web?: boolean, what: string }>} */
const COMMANDS = {
  start: { script: 'server/src/cli/main.ts', before: ['serve'], web: true, what: 'run a node' },
  test: {
    script: 'scripts/test.ts',
    web: true,
    what: 'run every test; `npm test -- PART` runs files whose path contains PART',
  },
  check: { script: 'scripts/check.ts', what: 'format, lint, types, tidy, unit tests, 1,000 seeds' },
  attacks: {
    script: 'lab/suites/guards/main.ts',
    what: 'take the checks that refuse attacks out, one by one, and see a test turn red',
  },
  sim: { script: 'lab/sim/main.ts', what: 'run the simulator' },
  crash: { script: 'lab/crash/main.ts', what: 'kill real processes while they type, 500 times' },
  bench: { script: 'lab/bench/main.ts', web: true, what: 'run the benchmarks' },
  judge: {
    script: 'lab/judge/main.ts',
    web: true,
    what: 'run an independent suite: `npm run judge -- NAME`, or `all`',
  },
  docs: { script: 'scripts/docs.ts', what: 'write the generated documents' },
  build: {
    script: 'scripts/build.ts',
    before: ['all'],
    what: 'build the packages, the web app and the single executable',
  },
  weigh: { script: 'scripts/weigh.ts', what: 'say what of the sources the SDK in a browser is made of' },
};

/** @param {string} line */
function usage(line) {
  console.error(line);
  for (const [name, { what }] of Object.entries(COMMANDS)) console.error(`  ${name.padEnd(7)} ${what}`);
  return 64;
}

/**
 * Runs Bun and answers its exit code; a signal is 128 + its number, as shells have it.
 * @param {readonly string[]} args @returns {Promise<number>}
 */
function bun(args) {
  return new Promise((resolve) => {
    const child = spawn(bunPath(root), [CONDITIONS, ...args], { cwd: process.cwd(), stdio: 'inherit' });
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
      process.on(signal, () => {
        // A terminal sends Ctrl-C to the whole group; a second copy would look like an impatient user.
        if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
      });
    }
    child.once('error', (error) => {
      console.error(`Bun did not start: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** Builds the web app when its sources are newer than what was built. */
async function ensureWeb() {
  const build = join(root, 'web', 'build.ts');
  if (!existsSync(build) || webIsFresh(root)) return 0;
  console.error('Building the web app …');
  return bun([build, '--brief']);
}

/** @param {readonly string[]} args */
async function main([name = '', ...args]) {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) return usage(`Unknown command "${name}". There are:`);
  const { script } = command;
  if (!ensureInstalled(root)) return 1;
  if (!existsSync(join(root, script))) {
    console.error(`${script} does not exist.`);
    return 1;
  }
  if (command.web === true) {
    const code = await ensureWeb();
    // The runner of the tests reports the failure of the build itself and goes on.
    if (code !== 0 && name !== 'test') return code;
  }
  return bun([join(root, script), ...(command.before ?? []), ...args]);
}

process.exitCode = await main(process.argv.slice(2));
