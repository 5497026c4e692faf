/**
 * Modules that an entry imports when it needs them, with `import()`. They are built by themselves, and what
 * they share with the entry they take from it: own modules of the entry are replaced by imports of the
 * entry, which exports what is asked of it under the short names that it has there. So there is one
 * copy of each class, and the entry need not be cut into chunks. Packages, contracts, limits and signed
 * objects are copied instead: they have no identity and no state, and the entry is not to hold those parts of
 * them that only later modules use.
 */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BunPlugin } from 'bun';
import { parseSync } from 'oxc-parser';
import type { BuiltFile } from './browser.ts';

export interface Survey {
  /** Paths of the modules that are loaded with the entry. */
  readonly first: readonly string[];
  /** Paths of the modules that are imported later, by the entry or by one another. */
  readonly later: readonly string[];
}

const COPIED = /[\\/]src[\\/](api[\\/]|capability[\\/]|base[\\/]limits\.ts$)/;

/** What an entry imports at once, and what later. */
export async function survey(entry: string): Promise<Survey> {
  const scan = new Bun.Transpiler({ loader: 'ts' });
  const reach = (from: readonly string[], kinds: readonly string[]): Set<string> => {
    const seen = new Set(from);
    for (const path of seen) {
      for (const { path: target, kind } of scan.scanImports(readFileSync(path))) {
        if (target.startsWith('.') && kinds.includes(kind)) seen.add(join(dirname(path), target));
      }
    }
    return seen;
  };
  const first = reach([entry], ['import-statement']);
  const all = reach([entry], ['import-statement', 'dynamic-import']);
  const later = new Set<string>();
  for (const path of all) {
    for (const { path: target, kind } of scan.scanImports(readFileSync(path))) {
      if (kind === 'dynamic-import' && target.startsWith('.')) later.add(join(dirname(path), target));
    }
  }
  return {
    first: [...first].filter((path) => !COPIED.test(path)),
    later: [...later].filter((path) => !first.has(path)),
  };
}

/** An entry and the modules in it. */
export interface Own {
  /** Path of the built entry. */
  readonly entry: string;
  readonly first: readonly string[];
  /** What the built entry calls what it shares; empty while that is not known. */
  readonly localByShared: ReadonlyMap<string, string>;
}

/** The names of the modules of the entry, numbered through: the name that the entry exports one by. */
function sharedName({ first, localByShared }: Own, path: string, at: number): string {
  const before = first.slice(0, first.indexOf(path)).reduce((sum, each) => sum + namesOf(each).length, 0);
  const shared = `$${(before + at).toString(36)}`;
  return localByShared.get(shared) ?? shared;
}

function namesOf(path: string): readonly string[] {
  const known = namesByPath.get(path);
  if (known !== undefined) return known;
  const names = new Bun.Transpiler({ loader: 'ts' }).scan(readFileSync(path)).exports;
  namesByPath.set(path, names);
  return names;
}

/** A build reads each source once. */
const namesByPath = new Map<string, readonly string[]>();

/** A source with its imports of modules of the entry made imports of the entry. */
export function takenFromEntry(own: Own, path: string, source: string): string {
  const inEntry = new Set(own.first);
  if (inEntry.has(path)) return source;
  const imports = parseSync(path, source).program.body.flatMap((node) => {
    if (node.type !== 'ImportDeclaration' || node.importKind === 'type') return [];
    const target = join(dirname(path), node.source.value);
    if (!node.source.value.startsWith('.') || !inEntry.has(target)) return [];
    const names = namesOf(target);
    const taken = node.specifiers.flatMap((each) => {
      if (each.type !== 'ImportSpecifier' || each.importKind === 'type') return [];
      const name = source.slice(each.imported.start, each.imported.end);
      return [`${sharedName(own, target, names.indexOf(name))} as ${each.local.name}`];
    });
    return [{ ...node, text: `import { ${taken.join(', ')} } from '${ENTRY}';` }];
  });
  let changed = source;
  for (const { start, end, text } of imports.toReversed()) {
    changed = changed.slice(0, start) + text + changed.slice(end);
  }
  return changed;
}

const ENTRY = 'entry:own';
/** In the list of an import; a name of that form may stand elsewhere, and is then exported in vain. */
const SHARED = /(?<=[{,]\s*)\$[\da-z]+(?= as |[,}])/g;

export function entryAt(own: Own): BunPlugin {
  return {
    name: 'entry',
    setup(build) {
      build.onResolve({ filter: /^entry:own$/ }, () => ({ path: `../${own.entry}`, external: true }));
    },
  };
}

/** What the entry exports besides, because later files ask for it. */
export function exportsFor(own: Own, laterFiles: readonly BuiltFile[]): string {
  const asked = new Set(laterFiles.flatMap(({ text }) => text.match(SHARED) ?? []));
  const lines = own.first.flatMap((path) =>
    namesOf(path).flatMap((name, at) => {
      const shared = sharedName(own, path, at);
      return asked.has(shared) ? `export { ${name} as ${shared} } from ${JSON.stringify(path)};` : [];
    }),
  );
  return lines.join('\n');
}

/**
 * The text of a built entry that exports what it shares under the names that it has there: an alias for each
 * costs more than it says.
 */
export function withoutAliases(text: string): Pick<Own, 'localByShared'> & { readonly text: string } {
  const localByShared = new Map<string, string>();
  const [all = '', names = ''] = EXPORTS.exec(text) ?? [];
  const kept = names.split(',').map((each) => {
    const [, local, shared] = ALIAS.exec(each) ?? [];
    if (local === undefined || shared === undefined) return each;
    localByShared.set(shared, local);
    return local;
  });
  // Two names may have become one.
  return { text: text.replace(all, () => `export{${[...new Set(kept)].join(',')}}`), localByShared };
}

/** The last statement. */
const EXPORTS = /export\{([^{}]*)\}(?=[^{}]*$)/;
const ALIAS = /^([\w$]+) as (\$[\da-z]+)$/;
