/**
 * The package for browsers, as it is published and as its size is measured: without the sentences of the
 * contracts, made small by Bun and then by Terser, which takes off another twentieth.
 *
 * An entry is one file with everything that it needs at once. What it imports later are files of their own
 * (`later.ts`) that take the modules of the entry from the entry, where a bundler's own splitting would cut
 * the entry into chunks by who else imports what: compressed one by one they weigh an eighth more.
 */

import { dirname, join } from 'node:path';
import type { BunPlugin } from 'bun';
import { minify } from 'terser';
import { entryAt, exportsFor, survey, takenFromEntry, withoutAliases, type Own } from './later.ts';
import { cutSentences } from './sentences.ts';

export interface BrowserBuild {
  /** The folder `core`. */
  readonly core: string;
  /** Paths under it, as in `src/browser/index.ts`. */
  readonly sources: readonly string[];
  /** Paths of modules that are built as if an entry imported them later, though none does; empty for none. */
  readonly internals?: readonly string[];
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

/** How every file is made. Bun adds a kilobyte of its own to load modules when the target is a browser. */
const OPTIONS = {
  target: 'node',
  conditions: ['browser'],
  minify: true,
  sourcemap: 'external',
  external: PEERS,
} as const;

export async function buildBrowser(build: BrowserBuild): Promise<readonly BuiltFile[]> {
  const { core, sources, internals = [] } = build;
  const built = await Promise.all(
    sources.map((source) => {
      const beside = internals.filter((path) => dirname(path) === dirname(source));
      return buildEntry(
        join(core, 'src'),
        join(core, source),
        beside.map((path) => join(core, path)),
      );
    }),
  );
  return built.flat();
}

async function buildEntry(
  src: string,
  entry: string,
  internals: readonly string[],
): Promise<readonly BuiltFile[]> {
  const found = await survey(entry);
  const { first } = found;
  const later = [...found.later, ...internals];
  const path = entry.slice(src.length + 1).replace(/\.tsx?$/, '.js');
  const folder = dirname(path);
  const own = { entry: path, first, localByShared: NO_LOCALS };
  const bundleLater = (taking: Own): Promise<readonly BuiltFile[]> =>
    bundle(later, folder, {
      src,
      change: (of, source) => takenFromEntry(taking, of, source),
      plugins: [entryAt(taking)],
    });
  // Twice: the entry must know what is asked of it, and those who ask what it calls that in the end.
  const asking = later.length === 0 ? [] : await bundleLater(own);
  const head = await bundle([entry], folder, {
    src,
    change: (of, source) => (of === entry ? `${source}\n${exportsFor(own, asking)}\n` : source),
    plugins: [awayFrom()],
  });
  const [file, ...others] = await Promise.all(head.map(smaller));
  if (file === undefined || others.length > 0) throw new Error(`${entry} is not one file`);
  const { text, localByShared } = withoutAliases(file.text);
  const taken = later.length === 0 ? [] : await bundleLater({ ...own, localByShared });
  return [{ ...file, text }, ...(await Promise.all(taken.map(smaller)))];
}

const NO_LOCALS: Own['localByShared'] = new Map();

/** What is imported later stays an import, of the file that is built for it. */
function awayFrom(): BunPlugin {
  return {
    name: 'away',
    setup(build) {
      build.onResolve({ filter: /^\..*\.ts$/ }, ({ kind, path }) => {
        if (kind !== 'dynamic-import') return undefined;
        const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.ts$/, '.js');
        return { path: `./${name}`, external: true };
      });
    },
  };
}

interface BundleOptions {
  readonly src: string;
  /** Changes a source before it is compiled. */
  readonly change: (path: string, source: string) => string;
  readonly plugins: readonly BunPlugin[];
}

async function bundle(
  entrypoints: readonly string[],
  folder: string,
  { src, change, plugins }: BundleOptions,
): Promise<BuiltFile[]> {
  const { outputs } = await Bun.build({
    ...OPTIONS,
    external: [...OPTIONS.external],
    conditions: [...OPTIONS.conditions],
    entrypoints: [...entrypoints],
    root: src,
    naming: { entry: `${folder}/[name].js`, chunk: 'chunks/[name]-[hash].js' },
    splitting: entrypoints.length > 1,
    plugins: [...plugins, sources(change)],
  });
  const mapByPath = new Map(
    outputs.filter(({ kind }) => kind === 'sourcemap').map((output) => [output.path, output]),
  );
  const scripts = outputs.filter(({ kind }) => kind === 'entry-point' || kind === 'chunk');
  return Promise.all(
    scripts.map(async (script) => {
      const map = mapByPath.get(`${script.path}.map`);
      if (map === undefined) throw new Error(`${script.path} has no source map`);
      return { path: script.path.replace(/^(\.\/)+/, ''), text: await script.text(), map: await map.text() };
    }),
  );
}

function sources(change: BundleOptions['change']): BunPlugin {
  return {
    name: 'sources',
    setup(build) {
      build.onLoad({ filter: /core[\\/]src[\\/].*\.ts$/ }, async ({ path }) => ({
        contents: cutSentences(path, change(path, await Bun.file(path).text())),
        loader: 'ts',
      }));
    },
  };
}

async function smaller({ path, text, map }: BuiltFile): Promise<BuiltFile> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const made = await minify(
    { [name]: text },
    {
      module: true,
      ecma: 2020,
      // `x === null` as it is written: turned around it compresses worse.
      compress: { ecma: 2020, passes: 2, lhs_constants: false },
      sourceMap: { content: map, url: `${name}.map` },
    },
  );
  if (made.code === undefined || typeof made.map !== 'string') throw new Error(`${path} cannot be minified`);
  return { path, text: made.code, map: made.map };
}
