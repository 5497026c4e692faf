/**
 * The program `copse` as it is published and as one file. Both are bundles of `server/src/cli/main.ts`
 * and of every worker beside it; a bundler does not follow `new Worker(new URL(…))`, so workers are entry
 * points of their own and the paths to them are rewritten to where they end up.
 */

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BunPlugin } from 'bun';

/** Where sources start workers, under the sources of the server. */
const SOURCES = 'server/src';
const FOLDERS = ['store', 'notify/push'] as const;
/** What the package loads when it is there; a node has no use for it. */
const LEFT_OUT = ['node-datachannel'] as const;
const WORKER_URL = /new URL\('\.\/([\w-]+-worker)\.ts', import\.meta\.url\)/g;

export interface Program {
  /** Of the repository. */
  readonly root: string;
  /** The directory of the package, or the file that is the executable. */
  readonly output: string;
  /** Says what went wrong. */
  readonly tell: (line: string) => void;
}

/** What npm publishes in `server/dist`, with the web app beside it. Its dependencies stay dependencies. */
export async function buildPackage({ root, output, tell }: Program): Promise<boolean> {
  const next = join(root, 'node_modules', '.cache', `copse-server-${process.pid}`);
  const web = join(root, 'web', 'dist');
  if (!existsSync(join(web, 'manifest.json'))) {
    tell('server: the web app is not built');
    return false;
  }
  const result = await Bun.build({
    // The last one is what judges import (decision 21).
    entrypoints: [...entrypoints(root), join(root, 'server/src/node/internal.ts')],
    outdir: next,
    target: 'bun',
    naming: { entry: '[name].js', chunk: 'chunk-[hash].js' },
    splitting: true,
    sourcemap: 'linked',
    conditions: ['copse-source'],
    external: [...dependenciesOf(join(root, 'server')), ...LEFT_OUT],
    plugins: [workersAt((_folder, name) => `./${name}.js`)],
    throw: false,
  });
  for (const log of result.logs) tell(log.message);
  if (!result.success) return false;
  cpSync(web, join(next, 'web'), { recursive: true, filter: (path) => !path.endsWith('.gen.ts') });
  // Swapped at the end: whoever starts the program meanwhile has the whole old or the whole new one.
  rmSync(output, { recursive: true, force: true });
  renameSync(next, output);
  return true;
}

/** The runtime, the program and the web app in one file. */
export async function buildExecutable({ root, output, tell }: Program): Promise<boolean> {
  const files = join(root, 'web', 'dist', 'assets.gen.ts');
  if (!existsSync(files)) {
    tell('executable: the web app is not built');
    return false;
  }
  mkdirSync(dirname(output), { recursive: true });
  const result = await Bun.build({
    entrypoints: entrypoints(root),
    root: join(root, 'server', 'src'),
    compile: { outfile: output },
    target: 'bun',
    external: [...LEFT_OUT],
    format: 'esm',
    // Parsed at build time: a third of the time to the first answer.
    bytecode: true,
    splitting: true,
    // Names stay, so that a stack in a log says something without a map.
    minify: { whitespace: true, syntax: true, identifiers: false },
    conditions: ['copse-source'],
    plugins: [workersAt((folder, name) => `./${folder}/${name}.ts`), webInside(files)],
    throw: false,
  });
  for (const log of result.logs) tell(log.message);
  return result.success;
}

/** The program first, which the others stand beside; then every worker that a source starts. */
function entrypoints(root: string): string[] {
  const workers = FOLDERS.flatMap((name) => workersOf(join(root, SOURCES, name)));
  return [join(root, 'server/src/cli/main.ts'), ...new Set(workers)];
}

function workersOf(folder: string): string[] {
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  return sources.flatMap((source) =>
    [...readFileSync(join(folder, source), 'utf8').matchAll(WORKER_URL)].map(([, name]) =>
      join(folder, `${name}.ts`),
    ),
  );
}

function workersAt(place: (folder: string, name: string) => string): BunPlugin {
  return {
    name: 'workers',
    setup(build) {
      for (const folder of FOLDERS) {
        const filter = new RegExp(`server/src/${folder}/[\\w-]+\\.ts$`.replaceAll('/', '[\\\\/]'));
        build.onLoad({ filter }, async ({ path }) => {
          const source = await Bun.file(path).text();
          const contents = source.replaceAll(
            WORKER_URL,
            (_found, name: string) => `new URL('${place(folder, name)}', import.meta.url)`,
          );
          return { contents, loader: 'ts' };
        });
      }
    },
  };
}

/** Puts the list of embedded files in the place of `server/src/node/embedded.ts`. */
function webInside(files: string): BunPlugin {
  return {
    name: 'web-inside',
    setup(build) {
      build.onLoad({ filter: /server[\\/]src[\\/]node[\\/]embedded\.ts$/ }, () => ({
        contents: `export { files } from ${JSON.stringify(files)};`,
        loader: 'ts',
      }));
    },
  };
}

function dependenciesOf(folder: string): string[] {
  const manifest: { readonly dependencies: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  // The sources of `copse` are part of the program: what it uses of them is not what the package exports. What stands on
  // them is too, because another copy of them would not know the faults of this one.
  return Object.keys(manifest.dependencies).filter((name) => name !== 'copse' && name !== 'copse-yjs');
}
