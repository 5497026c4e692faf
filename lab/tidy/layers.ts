/**
 * The layers of the house (SPEC G1): a file imports its own folder or a lower layer, folders of one level
 * never import each other. A type is knowledge too, so type-only imports count. Tests stand outside of the
 * layers: they may drive what they test with anything.
 */

import { dirname, join } from 'node:path/posix';
import { child, type Finding, finding, type Node, type Source, stringHead, text, walk } from './source.ts';

interface Place {
  readonly workspace: string;
  /** First folder under `src`, or '' for a file directly in it and for workspaces without layers. */
  readonly folder: string;
  readonly level: number;
}

/** Workspaces from the ground up; `lab` and `scripts` see everything, each other too. */
const WORKSPACES: Readonly<Record<string, number>> = {
  core: 0,
  yjs: 1,
  server: 2,
  web: 3,
  lab: 4,
  scripts: 4,
};

/** Levels of the folders of a workspace; files directly in `src` are entries and stand above all. */
const LEVELS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  core: {
    base: 0,
    wire: 1,
    crypto: 1,
    capability: 2,
    api: 2,
    log: 3,
    social: 3,
    link: 3,
    transparency: 3,
    client: 4,
    documents: 5,
    browser: 5,
    native: 5,
    '': 6,
  },
  server: { net: 0, store: 0, auth: 1, tail: 1, notify: 1, peer: 1, node: 2, cli: 3, '': 4 },
};

/** Folders of core that import no package at all: what they hold must last (STYLE 24). */
const WITHOUT_PACKAGES = new Set(['base', 'wire', 'log', 'social', 'link', 'transparency']);

interface Import {
  readonly node: Node;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function importsOf(source: Source): readonly Import[] {
  const imports: Import[] = [];
  walk(source.program, (node) => {
    const from = child(node, 'source');
    const specifier = stringHead(from);
    if (specifier === undefined) return;
    const kind = text(node, 'importKind') ?? text(node, 'exportKind');
    imports.push({ node, specifier, typeOnly: kind === 'type' || node.type === 'TSImportType' });
  });
  return imports;
}

/** The file of the repository that an import means, or undefined for a package. */
function targetOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(path), specifier);
  if (specifier.startsWith('copse/internal/')) return `core/src/${specifier.slice('copse/internal/'.length)}`;
  if (specifier === 'copse') return 'core/src/native/index.ts';
  if (specifier.startsWith('copse/')) return `core/src/${specifier.slice('copse/'.length)}.ts`;
  if (specifier === 'copse-yjs') return 'yjs/src/index.ts';
  return specifier === 'copse-server' ? 'server/src/index.ts' : undefined;
}

function placeOf(path: string): Place | undefined {
  const [workspace = '', ...rest] = path.split('/');
  const levels = LEVELS[workspace];
  if (WORKSPACES[workspace] === undefined) return undefined;
  if (levels === undefined || rest[0] !== 'src') return { workspace, folder: '', level: 0 };
  const folder = rest.length > 2 ? (rest[1] ?? '') : '';
  return { workspace, folder, level: levels[folder] ?? Number.NaN };
}

export function checkLayers(source: Source): readonly Finding[] {
  const place = placeOf(source.path);
  if (place === undefined || source.isTest) return [];
  if (Number.isNaN(place.level)) return [`${source.path}:1 the folder ${place.folder} has no layer`];
  return importsOf(source).flatMap(({ node, specifier }) => {
    const wrong = whyNot(source.path, place, specifier);
    return wrong === undefined ? [] : [finding(source, node, `imports ${specifier}: ${wrong}`)];
  });
}

function whyNot(path: string, from: Place, specifier: string): string | undefined {
  const target = targetOf(path, specifier);
  if (target === undefined) return whyNotPackage(from, specifier);
  const to = placeOf(target);
  if (to === undefined) return undefined;
  // Published on its own, it has what every application has.
  if (from.workspace === 'yjs' && specifier.startsWith('copse/internal/')) return 'it is not published';
  if (to.workspace !== from.workspace) {
    const below = (WORKSPACES[to.workspace] ?? 0) <= (WORKSPACES[from.workspace] ?? 0);
    return below ? undefined : `${from.workspace} stands below ${to.workspace}`;
  }
  if (/\.test\.tsx?$/.test(target)) return 'it is a test';
  if (to.folder === from.folder || to.level < from.level) return undefined;
  return to.level === from.level
    ? `${from.folder} and ${to.folder} are of one level`
    : `${from.folder} stands below ${to.folder || 'the entries'}`;
}

function whyNotPackage(from: Place, specifier: string): string | undefined {
  if (from.workspace !== 'core') return undefined;
  if (specifier.startsWith('node:'))
    return from.folder === 'native' ? undefined : 'only native may import node:';
  return WITHOUT_PACKAGES.has(from.folder) ? `${from.folder} has no dependencies` : undefined;
}

/** Groups of files that import each other at run time, each as one finding. */
export function checkCycles(sources: readonly Source[]): readonly Finding[] {
  const known = new Set(sources.map((source) => source.path));
  const graph = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source)
        .filter((one) => !one.typeOnly)
        .map((one) => targetOf(source.path, one.specifier) ?? '')
        .filter((target) => known.has(target)),
    ]),
  );
  return components(graph).map((paths) => `${paths.join(' -> ')} -> ${paths[0]} import each other`);
}

/** Strongly connected components of more than one file, or of one that imports itself (Tarjan 1972). */
function components(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const indexByPath = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (path: string): number => {
    const index = indexByPath.size;
    let low = index;
    indexByPath.set(path, index);
    stack.push(path);
    for (const next of graph.get(path) ?? []) {
      if (!indexByPath.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, indexByPath.get(next) ?? low);
    }
    if (low === index) {
      const group = stack.splice(stack.indexOf(path));
      if (group.length > 1 || (graph.get(path) ?? []).includes(path)) found.push(group);
    }
    return low;
  };
  for (const path of graph.keys()) if (!indexByPath.has(path)) visit(path);
  return found;
}
