/**
 * What is judged (SPEC G9): the files that npm would publish, in `core/dist` and `server/dist`, built anew when a
 * source is newer. Loaded before a judge (`--preload`), this takes every import of a source of the product to the
 * published file that has it; without it a judge speaks of the sources, as in tests.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { plugin, type BunPlugin } from 'bun';

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = join(ROOT, 'core/src');
const MAIN = join(ROOT, 'server/src/cli/main.ts');

/** What a judge runs on, and so which form of the package. */
export type Form = 'native' | 'browser';

/** Where an import leads: a path or a URL, which a bundler leaves alone when it is external. */
interface Place {
  readonly path: string;
  readonly external?: boolean;
}

export const published = {
  folder: join(ROOT, 'core/dist'),
  native: join(ROOT, 'core/dist/native/internal.js'),
  browser: join(ROOT, 'core/dist/browser/internal.js'),
  phrase: join(ROOT, 'core/dist/phrase.js'),
  node: join(ROOT, 'server/dist/internal.js'),
  program: join(ROOT, 'server/dist/main.js'),
} as const;

/** Vectors that are written beside what they are of; nothing in the product imports them. */
const DATA = /^copse\/internal\/crypto\/examples\//u;
const FIRST_HEX = 12;

/** Whether this process judges published files, and not the sources. */
export const isJudgingPublished = process.env['JUDGE_OF'] === 'published';

/** The node as a command, without its words. */
export const program: readonly string[] = isJudgingPublished
  ? [process.execPath, published.program]
  : [process.execPath, '--conditions=copse-source', MAIN];

/** Where the published form of `specifier` is, or null when a source of it is meant. */
export function publishedFor(specifier: string, form: Form): string | null {
  if (/\/server\/src\/.*\.ts$/u.test(specifier)) return published.node;
  if (!specifier.startsWith('copse/internal/') || DATA.test(specifier)) return null;
  if (specifier === 'copse/internal/phrase.ts') return published.phrase;
  return specifier.startsWith('copse/internal/browser/') ? published.browser : published[form];
}

/** For the runtime, and for the bundler, to which the files stay what they are, at the place that `at` says. */
export function publishedPlugin(form: Form, at: (file: string) => Place): BunPlugin {
  const placeOf = (specifier: string): Place | undefined => {
    const file = publishedFor(specifier, form);
    return file === null ? undefined : at(file);
  };
  return {
    name: 'published',
    setup(build) {
      build.onResolve({ filter: /^copse\/internal\/|\/server\/src\/.*\.ts$/u }, ({ path }) => placeOf(path));
      // Vectors import what they are checked with by paths among the sources.
      build.onResolve({ filter: /^\.\.?\/.*\.ts$/u }, ({ path, importer }) => {
        const source = relative(SOURCES, join(importer, '..', path)).replaceAll('\\', '/');
        return source.startsWith('..') ? undefined : placeOf(`copse/internal/${source}`);
      });
    },
  };
}

/** The files by their paths and the beginning of their SHA-256, as a judgement is about one state of them. */
export function named(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const sum = createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, FIRST_HEX);
      return `${relative(ROOT, path)} (${sum})`;
    })
    .join(', ');
}

if (isJudgingPublished) await plugin(publishedPlugin('native', (path) => ({ path })));
