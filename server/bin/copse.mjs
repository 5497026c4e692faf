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
const bun = join(dirname(createRequire(import.meta.url).resolve('bun/package.json')), 'bin', 'bun.exe');

const child = spawn(bun, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  process.stderr.write(`copse: Bun cannot be started (${error.message}); run \`npm install\` again.\n`);
  process.exitCode = 1;
});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
});
