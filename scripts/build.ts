/**
 * Builds what leaves the repository: `core` (the npm package: one ES module per entry and its types), `yjs` (the
 * one of documents, on it), `web` (the app that the node serves), `server` (the npm package of the node) and
 * `executable` (the node in one file); `all` is the five in this order.
 * A part whose sources do not exist is named and counts as a failure, never as done.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBrowser } from './build/browser.ts';
import { entriesOf, type Entry, type Manifest } from './build/entries.ts';
import { buildExecutable, buildPackage } from './build/program.ts';
import { buildYjs } from './build/yjs.ts';

const root = dirname(import.meta.dirname);
const core = join(root, 'core');

/** Beside the entries and of the same code: what judges import (decision 21). */
const INTERNALS = { node: 'src/native/internal.ts', browser: 'src/browser/internal.ts' } as const;

const PARTS = {
  core: buildCore,
  yjs: () => buildYjs(root),
  web: () => runBun('web/build.ts', []),
  server: () => buildPackage({ root, output: join(root, 'server', 'dist'), tell }),
  executable: () => buildExecutable({ root, output: join(root, 'dist', 'copse'), tell }),
} as const;

export async function buildCore(): Promise<boolean> {
  const manifest: Manifest = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8'));
  const entries = entriesOf(manifest);
  const missing = entries.filter((entry) => !existsSync(join(core, entry.source)));
  for (const entry of missing) console.error(`core: ${entry.source} does not exist`);
  const there = entries.filter((entry) => !missing.includes(entry));
  const next = join(root, 'node_modules', '.cache', `copse-core-${process.pid}`);
  const bundled = await bundle(there, next);
  const typed = run('node_modules/.bin/tsc', ['-p', 'scripts/core.tsconfig.json', '--outDir', next]);
  if (!existsSync(next)) return false;
  // Swapped at the end: whoever imports the package meanwhile sees the whole old or the whole new one.
  swap(next, join(core, 'dist'));
  return bundled && typed && missing.length === 0;
}

/** Puts a directory in the place of another, also beside others that do the same. */
function swap(next: string, place: string): void {
  const before = `${next}-before`;
  for (let turns = 0; existsSync(next); turns++) {
    try {
      if (existsSync(place)) renameSync(place, before);
      renameSync(next, place);
    } catch (thrown) {
      // Another build was faster between the two.
      if (turns === 10) throw thrown;
    } finally {
      rmSync(before, { recursive: true, force: true });
    }
  }
}

async function bundle(entries: readonly Entry[], outdir: string): Promise<boolean> {
  const sourcesFor = (target: Entry['target']): string[] =>
    entries.filter((entry) => entry.target === target).map(({ source }) => source);
  const [forNode, forBrowsers] = [sourcesFor('node'), sourcesFor('browser')];
  try {
    if (forNode.length > 0) await bundleNode([...forNode, INTERNALS.node], outdir);
    if (forBrowsers.length > 0) await writeBrowser(forBrowsers, outdir);
    await bundleWorkers(join(outdir, 'browser'));
    return true;
  } catch (thrown) {
    console.error(thrown);
    return false;
  }
}

/** In Node every dependency stays a dependency. */
async function bundleNode(sources: readonly string[], outdir: string): Promise<void> {
  await Bun.build({
    entrypoints: sources.map((source) => join(core, source)),
    target: 'node',
    root: join(core, 'src'),
    outdir,
    naming: { entry: '[dir]/[name].js', chunk: 'chunks/node-[hash].js' },
    splitting: true,
    sourcemap: 'linked',
    packages: 'external',
  });
}

/** Workers stand alone; that with the messages of a browser lies beside the SQLite that it runs on. */
async function bundleWorkers(outdir: string): Promise<void> {
  await Bun.build({
    entrypoints: ['peer/worker.ts', 'work-worker.ts'].map((path) => join(core, 'src/browser', path)),
    target: 'browser',
    root: join(core, 'src/browser'),
    outdir,
    minify: true,
    conditions: ['browser'],
    define: { SQLITE_FILE: 'undefined' },
  });
  const sqlite = Bun.resolveSync('@sqlite.org/sqlite-wasm/sqlite3.wasm', core);
  await Bun.write(join(outdir, 'peer', 'sqlite3.wasm'), Bun.file(sqlite));
}

/** A browser gets one closed set of files. */
async function writeBrowser(sources: readonly string[], outdir: string): Promise<void> {
  for (const { path, text, map } of await buildBrowser({ core, sources, internals: [INTERNALS.browser] })) {
    mkdirSync(dirname(join(outdir, path)), { recursive: true });
    writeFileSync(join(outdir, path), text);
    writeFileSync(join(outdir, `${path}.map`), map);
  }
}

function tell(line: string): void {
  console.error(line);
}

function runBun(script: string, args: readonly string[]): boolean {
  if (existsSync(join(root, script)))
    return run(process.execPath, ['--conditions=copse-source', script, ...args]);
  console.error(`${script} does not exist`);
  return false;
}

function run(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2] }).status === 0;
}

async function main(asked: readonly string[]): Promise<number> {
  const names = ['core', 'yjs', 'web', 'server', 'executable'] as const;
  const chosen =
    asked.includes('all') || asked.length === 0 ? names : names.filter((name) => asked.includes(name));
  const unknown = asked.filter((name) => name !== 'all' && !names.some((known) => known === name));
  if (unknown.length > 0) {
    console.error(`Unknown part "${unknown.join(' ')}". There are: ${names.join(', ')}, all.`);
    return 64;
  }
  let failures = 0;
  for (const name of chosen) {
    const startedMs = performance.now();
    const good = await PARTS[name]();
    if (!good) failures += 1;
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    console.log(`${good ? 'built ' : 'failed'} ${name} (${seconds} s)`);
  }
  return failures === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
