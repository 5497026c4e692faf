/**
 * The entries of a package, read from the `exports` of its package.json: which source makes which file for
 * which runtime. The manifest is the one list; the build and the size test follow it.
 */

export interface Entry {
  /** Path under the package, as in `src/browser/index.ts`. */
  readonly source: string;
  /** Path under the package, as in `dist/browser/index.js`. */
  readonly output: string;
  readonly target: 'browser' | 'node';
}

type Json = string | { readonly [name: string]: Json };

/** Entries whose source is told by the condition `copse-source`; plain files and `internal` are not built. */
export function entriesOf(manifest: unknown): readonly Entry[] {
  const exports = (manifest as { readonly exports: Record<string, Json> }).exports;
  return Object.values(exports).flatMap((value) => {
    if (typeof value === 'string') return [];
    const { 'copse-source': source, ...built } = value;
    if (source === undefined) return [];
    return [...leaves(source)].map(([condition, path]) => {
      const branch = condition === '' ? built : (built[condition] ?? '');
      return {
        source: normalize(path),
        output: normalize(typeof branch === 'string' ? branch : String(branch['default'])),
        // Entries without a `browser` twin run everywhere and are built for the narrower runtime.
        target: condition === 'default' ? ('node' as const) : ('browser' as const),
      };
    });
  });
}

function leaves(value: Json): ReadonlyMap<string, string> {
  if (typeof value === 'string') return new Map([['', value]]);
  const paths = Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return new Map(paths);
}

function normalize(path: string): string {
  return path.replace(/^\.\//, '');
}
