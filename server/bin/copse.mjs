#!/usr/bin/env node
/**
 * `copse` for Node: the program runs on Bun, which npm brings along. This shim finds it, hands over the
 * words, the streams and the signals, and ends as it ended.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
// A checkout has sources, and what was built from them may be older; a package has only what was built.
const source = join(here, '..', 'src', 'cli', 'main.ts');
const program = existsSync(source) ? source : join(here, '..', 'dist', 'main.js');

/** @returns {string | null} */
function findBun() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('bun/package.json')), 'bin', 'bun.exe');
  } catch {
    return null;
  }
}

/** @param {string} why */
function withoutBun(why) {
  process.stderr.write(`copse: Bun cannot be started (${why}).\n       Run \`npm install\` again.\n`);
  process.exitCode = 1;
}

/** @param {string} bun */
function run(bun) {
  const child = spawn(bun, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the whole group; a second copy would look like an impatient user.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => withoutBun(error.message));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
}

const bun = findBun();
if (bun === null) withoutBun('it is not installed');
else run(bun);
