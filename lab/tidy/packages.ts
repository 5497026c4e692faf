/**
 * Dependencies and what a public repository must not say (SPEC G8): versions are exact, each dependency is
 * named in a decision, no file names a machine or a registry.
 */

import type { Finding } from './source.ts';

export interface Manifest {
  readonly path: string;
  readonly name: string;
  /** Version by package name, runtime and development together. */
  readonly versions: ReadonlyMap<string, string>;
}

interface Parsed {
  readonly name: string;
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly optionalDependencies?: Versions;
}

type Versions = Readonly<Record<string, string>>;

const EXACT = /^\d+\.\d+\.\d+(-[\w.-]+)?$/;
const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

export function readManifest(path: string, json: string): Manifest {
  const parsed: Parsed = JSON.parse(json);
  const versions = new Map(GROUPS.flatMap((group) => Object.entries(parsed[group] ?? {})));
  return { path, name: parsed.name, versions };
}

export function checkVersions(manifests: readonly Manifest[]): readonly Finding[] {
  return manifests.flatMap(({ path, versions }) =>
    [...versions]
      .filter(([, version]) => !EXACT.test(version))
      .map(([name, version]) => `${path} ${name} ${version} is not exact`),
  );
}

/** Dependencies that no decision names in code quotes. `@types/x` goes with `x`; workspaces need none. */
export function checkDecisions(manifests: readonly Manifest[], decisions: string): readonly Finding[] {
  const own = new Set(manifests.map((manifest) => manifest.name));
  return manifests.flatMap(({ path, versions }) =>
    [...versions.keys()]
      .filter((name) => !own.has(name) && !decisions.includes(`\`${name}\``))
      .map((name) => `${path} ${name} has no decision in docs/decisions`),
  );
}

/** What a lock file says of its packages, as far as it is checked. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly optionalDependencies?: Versions;
  /** Nothing fails without it, so nothing fails without its binaries. */
  readonly optional?: boolean;
}

/**
 * Binaries for other platforms that the lock does not hold. npm leaves out, without a word, what a registry did
 * not have at that moment, and `npm ci` then fails on every machine.
 */
export function checkLock(lock: Lock): readonly Finding[] {
  return Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {}, optional = false }]) =>
    Object.keys(optional ? {} : optionalDependencies)
      .filter((name) => !placesOf(path, name).some((place) => lock.packages[place] !== undefined))
      .map((name) => `package-lock.json ${path} wants ${name}, which is not locked`),
  );
}

/** Where Node looks for `name` from the package at `path`, the nearest first. */
function placesOf(path: string, name: string): readonly string[] {
  const parts = path.split('/node_modules/');
  const above = parts.map(
    (_, index) => `${parts.slice(0, index + 1).join('/node_modules/')}/node_modules/${name}`,
  );
  return [...above.toReversed(), `node_modules/${name}`];
}

/** The workplace of whoever wrote a file, and the host that npm or apt happened to use. */
const LEAKS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/(?:^|[^\w.])\/(?:work|tmp\/brief)\//m, 'names a path of one machine'],
  [/https?:\/\/(?:registry|deb|archive|security)\.[\w.-]+/m, 'names the host of a registry'],
];

export function checkLeaks(path: string, text: string): readonly Finding[] {
  return LEAKS.flatMap(([pattern, what]) => {
    const at = text.search(pattern);
    return at < 0 ? [] : [`${path}:${text.slice(0, at + 1).split('\n').length} ${what}`];
  });
}
