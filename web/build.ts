/**
 * Builds the app that the node serves into `web/dist`: the page, its hashed files, `manifest.json` (every
 * file with hash and size) and `assets.gen.ts` (for the executable, which carries the files inside). Prints
 * the sizes, with `--brief` their sums alone, and fails when the first load is over its budget.
 */

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle, firstLoadBytes, type Asset } from './build/bundle.ts';

const dist = join(import.meta.dirname, 'dist');

/** What a phone on a slow line loads before a newcomer sees the first room: about a second at 500 kbit/s. */
const FIRST_GZIP_BYTES_MAX = 54_000;

async function main(): Promise<number> {
  const assets = await bundle({ entry: 'src/main.tsx', minify: true });
  await mkdir(dist, { recursive: true });
  const kept = new Set([...assets.map(({ path }) => path), 'manifest.json', 'assets.gen.ts']);
  for (const { path, bytes } of assets.filter(({ path: name }) => name !== 'index.html')) {
    await writeFile(join(dist, path), bytes);
  }
  // The page and the manifest come last, so that whoever serves meanwhile names only files that exist.
  for (const { path, bytes } of assets.filter(({ path: name }) => name === 'index.html')) {
    await writeFile(join(dist, path), bytes);
  }
  await writeFile(join(dist, 'assets.gen.ts'), embedding(assets));
  await writeFile(join(dist, 'manifest.json'), manifest(assets));
  for (const name of await readdir(dist))
    if (!kept.has(name)) await rm(join(dist, name), { recursive: true });
  return report(assets, process.argv.includes('--brief'));
}

function manifest(assets: readonly Asset[]): string {
  const files = assets.map(({ path, type, sha256, bytes, gzipBytes, immutable, need, runsWasm }) => ({
    path,
    type,
    sha256,
    bytes: bytes.length,
    gzipBytes,
    immutable,
    need,
    runsWasm,
  }));
  return `${JSON.stringify({ files }, null, 2)}\n`;
}

/** `import … with { type: 'file' }` puts a file into an executable and answers its path there. */
function embedding(assets: readonly Asset[]): string {
  const names = [...assets.map(({ path }) => path), 'manifest.json'];
  const imports = names.map((name, at) => `import f${at} from './${name}' with { type: 'file' };`);
  const rows = names.map((name, at) => `  ${JSON.stringify(name)}: f${at},`);
  return [
    '// Made by web/build.ts: the files of the app, inside the executable.',
    '// @ts-nocheck -- a bundler gives these imports their meaning',
    ...imports,
    '',
    '/** Where each file of the app is, by the path under which it is served. */',
    'export const files: Readonly<Record<string, string>> = {',
    ...rows,
    '};',
    '',
  ].join('\n');
}

function report(assets: readonly Asset[], isBrief: boolean): number {
  const sorted = assets.toSorted((a, b) => order(a) - order(b) || b.gzipBytes - a.gzipBytes);
  for (const { gzipBytes, need, path } of isBrief ? [] : sorted) {
    console.log(`${kilobytes(gzipBytes).padStart(9)} gzip  ${need.padEnd(9)}  ${path}`);
  }
  const first = firstLoadBytes(assets, 'stranger');
  const words = `first load ${kilobytes(first)} gzip of ${kilobytes(FIRST_GZIP_BYTES_MAX)}`;
  const member = `a member's first room ${kilobytes(firstLoadBytes(assets, 'member'))}, then from the cache`;
  if (first <= FIRST_GZIP_BYTES_MAX) {
    console.log(`${words}; ${member}`);
    return 0;
  }
  console.error(`${words}: over budget`);
  return 1;
}

function order({ need }: Asset): number {
  return ['everybody', 'stranger', 'member', 'later'].indexOf(need);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

process.exitCode = await main();
