/**
 * Makes the files of the app from its sources, in memory: scripts and styles by Bun, with names that hold
 * their content, and the page that loads them. `web/build.ts` writes them; `web/dev.ts` and the tests
 * serve them.
 */

import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BunPlugin } from 'bun';
import { leftOutPlugin } from './left-out.ts';
import { pageOf } from './page.ts';
import { solidPlugin } from './solid.ts';

const web = join(import.meta.dirname, '..');
const core = join(web, '..', 'core');
const SQLITE = '@sqlite.org/sqlite-wasm/sqlite3.wasm';

export interface Asset {
  /** Path under which it is served, without the leading slash. */
  readonly path: string;
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly gzipBytes: number;
  /** The name holds the content: it may be cached for good. */
  readonly immutable: boolean;
  /** Who loads it before the first room is there; later means that a room or an action asks for it. */
  readonly need: Need;
  /** A script that runs WebAssembly: it is served under a policy that lets it. */
  readonly runsWasm: boolean;
}

export type Need = 'everybody' | 'stranger' | 'member' | 'later';

/** Chunks, by the beginning of their names, that the first room of somebody needs besides the entry. */
const FIRST_OF: Readonly<Record<string, Need>> = { 'welcome-': 'stranger', 'member-part-': 'member' };

export interface BundleOptions {
  /** Entry script, relative to `web/`. */
  readonly entry: string;
  readonly minify: boolean;
}

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
} as const;

interface Script {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Imported as soon as it is loaded, other than by `import()`. */
  readonly imports: readonly string[];
  readonly isEntry: boolean;
}

export async function bundle(options: BundleOptions): Promise<readonly Asset[]> {
  // The neighbourhood has a style sheet of its own: nobody else waits for it (SPEC U8).
  const street = await buildOne('src/style/neighbourhood.css', options.minify, { need: 'later' });
  const [sqlite, peer] = await buildPeer(options.minify);
  const work = await buildOne('../core/src/browser/work-worker.ts', options.minify, {
    naming: 'work-[hash].[ext]',
    format: 'esm',
    need: 'later',
  });
  const scripts = await buildScripts(options, { street: street.path, peer: peer.path, work: work.path });
  const entry = scripts.find(({ isEntry, name }) => isEntry && name.endsWith('.js'));
  if (entry === undefined) throw new Error(`The build of ${options.entry} has no entry script`);
  const style = await buildOne('src/style/index.css', options.minify);
  const theme = await buildOne('src/theme-boot.ts', options.minify);
  const icon = asset('icon.svg', await readBytes('src/icon.svg'), 'later');
  const webManifest = asset('copse.webmanifest', await readBytes('src/copse.webmanifest'), 'later');
  const needs = needsOf(entry, scripts);
  const page = pageOf({
    script: entry.name,
    preloads: scripts
      .filter((each) => each !== entry && needs.get(each) === 'everybody')
      .map(({ name }) => name),
    style: style.path,
    theme: theme.path,
    icon: icon.path,
    webManifest: webManifest.path,
  });
  const news = await buildOne('src/worker/news.ts', options.minify, {
    need: 'later',
    plugins: [leftOutPlugin],
  });
  const files = [
    news,
    sqlite,
    peer,
    work,
    asset('index.html', new TextEncoder().encode(page), 'everybody'),
    style,
    street,
    theme,
    icon,
    webManifest,
    ...scripts.map((script) => asset(script.name, script.bytes, needs.get(script) ?? 'later')),
  ];
  return [...files, await buildWorker(files, news.path, options.minify)];
}

/** The worker with the messages of the neighbourhood, and the SQLite that it runs on. */
async function buildPeer(minify: boolean): Promise<readonly [sqlite: Asset, peer: Asset]> {
  const bytes = new Uint8Array(await Bun.file(Bun.resolveSync(SQLITE, core)).arrayBuffer());
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const sqlite = asset(`sqlite3-${hash}.wasm`, bytes, 'later');
  const peer = await buildOne('../core/src/browser/peer/worker.ts', minify, {
    naming: 'peer-[hash].[ext]',
    format: 'esm',
    need: 'later',
    define: { SQLITE_FILE: JSON.stringify(sqlite.path) },
  });
  return [sqlite, { ...peer, runsWasm: true }];
}

/** The worker knows the files by their names, and a new version of the app by the hash of all. */
async function buildWorker(files: readonly Asset[], news: string, minify: boolean): Promise<Asset> {
  const version = createHash('sha256');
  for (const { sha256 } of files) version.update(sha256);
  // The browser keeps the script for pushes with the worker, not with the files of the app.
  const paths = files.map(({ path }) => path).filter((path) => path !== 'index.html' && path !== news);
  return buildOne('src/service-worker.ts', minify, {
    naming: '[name].[ext]',
    define: {
      NEWS_FILE: JSON.stringify(news),
      SHELL_FILES: JSON.stringify(paths),
      SHELL_VERSION: JSON.stringify(version.digest('hex').slice(0, 16)),
    },
  });
}

/** Files that the scripts load by their names. */
interface Named {
  readonly street: string;
  readonly peer: string;
  readonly work: string;
}

async function buildScripts(
  { entry, minify }: BundleOptions,
  { street, peer, work }: Named,
): Promise<readonly Script[]> {
  const result = await Bun.build({
    entrypoints: [join(web, entry)],
    target: 'browser',
    format: 'esm',
    splitting: true,
    minify,
    conditions: ['copse-source', 'browser', 'production'],
    define: {
      'process.env.NODE_ENV': '"production"',
      STREET_STYLE: JSON.stringify(street),
      PEER_WORKER: JSON.stringify(peer),
      WORK_WORKER: JSON.stringify(work),
    },
    naming: { entry: 'app-[hash].js', chunk: '[name]-[hash].js' },
    plugins: [solidPlugin],
    metafile: true,
    throw: true,
  });
  const imports = new Map<string, readonly string[]>();
  for (const [path, output] of Object.entries(result.metafile?.outputs ?? {})) {
    const now = output.imports.filter(({ kind }) => kind === 'import-statement');
    imports.set(
      nameOf(path),
      now.map(({ path: imported }) => nameOf(imported)),
    );
  }
  return Promise.all(
    result.outputs.map(async (output) => ({
      name: nameOf(output.path),
      bytes: new Uint8Array(await output.arrayBuffer()),
      imports: imports.get(nameOf(output.path)) ?? [],
      isEntry: output.kind === 'entry-point',
    })),
  );
}

interface AloneOptions {
  readonly naming?: string;
  readonly format?: 'iife' | 'esm';
  readonly define?: Record<string, string>;
  readonly need?: Need;
  readonly plugins?: readonly BunPlugin[];
}

/** A file that stands alone: the style sheet with its parts, the classic scripts of theme and workers. */
async function buildOne(source: string, minify: boolean, options: AloneOptions = {}): Promise<Asset> {
  const result = await Bun.build({
    entrypoints: [join(web, source)],
    target: 'browser',
    // Classic scripts: that of the theme blocks the first paint for a moment, on purpose.
    format: options.format ?? 'iife',
    minify,
    naming: options.naming ?? '[name]-[hash].[ext]',
    conditions: ['copse-source', 'browser', 'production'],
    define: { 'process.env.NODE_ENV': '"production"', ...options.define },
    plugins: [...(options.plugins ?? [])],
    throw: true,
  });
  const output = result.outputs[0];
  if (output === undefined) throw new Error(`The build of ${source} has no output`);
  const name = nameOf(output.path);
  const need = options.need ?? (isHashed(name) ? 'everybody' : 'later');
  return asset(name, new Uint8Array(await output.arrayBuffer()), need);
}

function asset(path: string, bytes: Uint8Array, need: Need): Asset {
  const extension = path.slice(path.lastIndexOf('.'));
  const type = Object.entries(TYPES).find(([known]) => known === extension)?.[1];
  if (type === undefined) throw new Error(`No content type is known for ${path}`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    path,
    type,
    bytes,
    sha256,
    gzipBytes: gzipSync(bytes, { level: 9 }).length,
    immutable: isHashed(path),
    need,
    runsWasm: false,
  };
}

function isHashed(path: string): boolean {
  return /-[a-z0-9]{8,}\.(js|css|wasm)$/u.test(path);
}

function needsOf(entry: Script, scripts: readonly Script[]): ReadonlyMap<Script, Need> {
  const needs = new Map<Script, Need>();
  for (const script of withImports(entry, scripts)) needs.set(script, 'everybody');
  for (const [beginning, need] of Object.entries(FIRST_OF)) {
    const chunk = scripts.find(({ name }) => name.startsWith(beginning));
    if (chunk === undefined) continue;
    for (const script of withImports(chunk, scripts)) if (!needs.has(script)) needs.set(script, need);
  }
  return needs;
}

/** A script and all that it imports at once, directly or not. */
function withImports(script: Script, scripts: readonly Script[]): ReadonlySet<Script> {
  const found = new Set<Script>([script]);
  for (const { imports } of found) {
    for (const name of imports) {
      const imported = scripts.find((candidate) => candidate.name === name);
      if (imported !== undefined) found.add(imported);
    }
  }
  return found;
}

/** Gzipped bytes before the first room of somebody is there. */
export function firstLoadBytes(assets: readonly Asset[], who: 'stranger' | 'member'): number {
  return assets
    .filter(({ need }) => need === 'everybody' || need === who)
    .reduce((sum, { gzipBytes }) => sum + gzipBytes, 0);
}

function nameOf(path: string): string {
  return relative('.', path).split('/').at(-1) ?? path;
}

async function readBytes(path: string): Promise<Uint8Array> {
  return new Uint8Array(await Bun.file(join(web, path)).arrayBuffer());
}
