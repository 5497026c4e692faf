/** What the SDK weighs in a browser, file by file, and the sources that its first load is made of. */

import { dirname, join } from 'node:path';
import { buildBrowser, type BuiltFile } from './build/browser.ts';
import { gzipBytes, loadOf } from './build/load.ts';
import { weightsOf } from './build/weights.ts';

const ENTRY = 'browser/index.js';
const core = join(dirname(import.meta.dirname), 'core');

function line(bytes: number, name: string): string {
  return `${String(bytes).padStart(7)} ${name}\n`;
}

function section(title: string, files: readonly BuiltFile[]): string {
  return `${title}, ${gzipBytes(files)} bytes\n${files.map((file) => line(gzipBytes([file]), file.path)).join('')}\n`;
}

const files = await buildBrowser({ core, sources: ['src/browser/index.ts'] });
const { first, soon, later } = loadOf(files, ENTRY);
process.stdout.write(section('At once', first));
process.stdout.write(section('Once connected', soon));
process.stdout.write(section('When needed', later));
process.stdout.write('What the first load is lighter without, by source\n');
for (const file of first) {
  for (const { gzipBytes: bytes, source } of weightsOf(file)) {
    if (source !== '') process.stdout.write(line(bytes, source));
  }
}
