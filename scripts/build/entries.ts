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

/** The part of a package.json that is read. */
export interface Manifest {
  readonly exports: Readonly<Record<string, string | Conditions>>;
}

/** Path by condition, nested at most twice: by runtime, then types beside default. */
type Conditions = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** Entries whose source is told by the condition `copse-source`; plain files and `internal` are not built. */
export function entriesOf({ exports }: Manifest): readonly Entry[] {
  return Object.values(exports).flatMap((value) => {
    if (typeof value === 'string') return [];
    const { 'copse-source': source, ...built } = value;
    if (source === undefined) return [];
    return [...leaves(source)].map(([condition, path]) => {
      const branch = condition === '' ? built : (built[condition] ?? '');
      return {
        source: normalize(path),
        output: normalize(defaultOf(branch)),
        // Entries without a `browser` twin run everywhere and are built for the narrower runtime.
        target: condition === 'default' ? ('node' as const) : ('browser' as const),
      };
    });
  });
}

function defaultOf(branch: string | Conditions): string {
  if (typeof branch === 'string') return branch;
  return defaultOf(branch['default'] ?? '');
}

function leaves(value: Conditions[string]): ReadonlyMap<string, string> {
  if (typeof value === 'string') return new Map([['', value]]);
  return new Map(Object.entries(value));
}

function normalize(path: string): string {
  return path.replace(/^\.\//, '');
}
