/**
 * The package for browsers, as it is published and as its size is measured: modules that share chunks,
 * without the sentences of the contracts, made small by Bun and then by Terser, which takes off another
 * twentieth.
 */

import { join } from 'node:path';
import type { BunPlugin } from 'bun';
import { minify } from 'terser';
import { withoutSentences } from './sentences.ts';

export interface BrowserBuild {
  /** The folder `core`. */
  readonly core: string;
  /** Paths under it, as in `src/browser/index.ts`. */
  readonly sources: readonly string[];
}

export interface BuiltFile {
  /** Path under the folder of the build, as in `browser/index.js`. */
  readonly path: string;
  readonly text: string;
  /** Its source map. */
  readonly map: string;
}

/** Peers of the adapters: the application brings them, so that there is one copy of each in it. */
const PEERS = ['react', 'solid-js', 'solid-js/store'];

/** What few browsers load, and then by itself: it shares nothing, so that nobody else loads what only it needs. */
const ALONE = 'src/browser/curves.ts';

/** Entries share chunks, so that `Fault` is one class in an application, not one per entry. */
export async function buildBrowser({ core, sources }: BrowserBuild): Promise<readonly BuiltFile[]> {
  const built = [
    ...(await bundle(core, sources, [withoutSentences, leftAlone])),
    ...(await bundle(core, [ALONE], [])),
  ];
  return Promise.all(built.map((file) => smaller(file)));
}

const leftAlone: BunPlugin = {
  name: 'left-alone',
  setup(build) {
    build.onResolve({ filter: /^\.\/curves\.ts$/ }, () => ({ path: '../browser/curves.js', external: true }));
  },
};

async function bundle(core: string, sources: readonly string[], plugins: BunPlugin[]): Promise<BuiltFile[]> {
  const { outputs } = await Bun.build({
    entrypoints: sources.map((source) => join(core, source)),
    // Bun loads modules for a page by a helper of a kilobyte when the target is a browser; the code is the same.
    target: 'node',
    conditions: ['browser'],
    root: join(core, 'src'),
    naming: { entry: '[dir]/[name].js', chunk: 'chunks/[name]-[hash].js' },
    splitting: true,
    minify: true,
    sourcemap: 'external',
    external: PEERS,
    plugins,
  });
  const mapByPath = new Map(
    outputs.filter(({ kind }) => kind === 'sourcemap').map((output) => [output.path, output]),
  );
  const scripts = outputs.filter(({ kind }) => kind === 'entry-point' || kind === 'chunk');
  return Promise.all(
    scripts.map(async (script) => {
      const map = mapByPath.get(`${script.path}.map`);
      if (map === undefined) throw new Error(`${script.path} has no source map`);
      return { path: script.path.replace(/^\.\//, ''), text: await script.text(), map: await map.text() };
    }),
  );
}

async function smaller({ path, text, map }: BuiltFile): Promise<BuiltFile> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const made = await minify(
    { [name]: text },
    {
      module: true,
      ecma: 2020,
      compress: { ecma: 2020, passes: 2 },
      sourceMap: { content: map, url: `${name}.map` },
    },
  );
  if (made.code === undefined || typeof made.map !== 'string') throw new Error(`${path} cannot be minified`);
  return { path, text: made.code, map: made.map };
}
