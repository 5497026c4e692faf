/**
 * Size of the SDK as a browser gets it: the files of the built package, each compressed by itself. What a
 * page loads before the first line runs is one figure; with what it loads of its own accord once it is
 * connected, another; what it may load when it is needed, a third; and what an ordinary bundler makes of the
 * built package for the same page, a fourth.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildBrowser, type BuiltFile } from '../../scripts/build/browser.ts';
import { gzipBytes, loadOf } from '../../scripts/build/load.ts';
import type { Bench, Figure } from './figure.ts';

const CORE = join(import.meta.dirname, '..', '..', 'core');
const ENTRY = 'browser/index.js';
const KIB = 1024;

/** The first load of an application that opens a node, made of the package by Bun's bundler. */
async function bundledAgain(files: readonly BuiltFile[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'copse-bundle-'));
  try {
    for (const { path, text } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const app = join(folder, 'app.js');
    writeFileSync(app, `import { openCopse } from './${ENTRY}'; globalThis.openCopse = openCopse;`);
    const { outputs } = await Bun.build({
      entrypoints: [app],
      target: 'browser',
      splitting: true,
      minify: true,
    });
    const built = await Promise.all(
      outputs.map(async (output) => ({
        path: output.path.replace(/^\.\//, ''),
        text: await output.text(),
        map: '',
      })),
    );
    return gzipBytes(loadOf(built, 'app.js').first);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function figure(name: string, bytes: number): Figure {
  const kib = bytes / KIB;
  return { name, unit: 'KiB', value: kib, spread: [kib, kib], cpuPerOp: null, rivals: {}, rssMb: null };
}

export const bundleBench: Bench = {
  name: 'bundle',
  async run() {
    const files = await buildBrowser({ core: CORE, sources: ['src/browser/index.ts', 'src/phrase.ts'] });
    const { first, soon, later } = loadOf(files, ENTRY);
    return [
      figure('SDK for browsers, gzip', gzipBytes(first)),
      figure(
        'SDK for browsers with what every page loads after connecting, gzip',
        gzipBytes([...first, ...soon]),
      ),
      figure('SDK for browsers, loaded when needed, gzip', gzipBytes(later)),
      figure('SDK in an application that was bundled, gzip', await bundledAgain(files)),
      figure('copse/phrase, gzip', gzipBytes(loadOf(files, 'phrase.js').first)),
    ];
  },
};
