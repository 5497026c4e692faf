/**
 * The repository's own rules, checked like any other (SPEC G1, G3-G5, G7, G8). What each check means is said in
 * `tidy/`; that each can fail is proven in `tidy/checks.test.ts`.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { staleDocuments } from '../scripts/docs.ts';
import { checkAmbient, checkBanned } from './tidy/banned.ts';
import { isSource, repositoryFiles } from './tidy/files.ts';
import { checkCycles, checkLayers } from './tidy/layers.ts';
import {
  checkDecisions,
  checkLeaks,
  checkLock,
  checkVersions,
  type Lock,
  readManifest,
} from './tidy/packages.ts';
import { checkRules, checkTitles } from './tidy/rules.ts';
import { checkFileSize, checkFunctionSizes } from './tidy/sizes.ts';
import { type Finding, readSource } from './tidy/source.ts';

const root = dirname(import.meta.dirname);
const files = repositoryFiles(root);
const sources = files.filter(isSource).map((path) => readSource(root, path));
const manifests = files
  .filter((path) => /^(\w+\/)?package\.json$/.test(path))
  .map((path) => readManifest(path, read(path)));

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function isText(path: string): boolean {
  return !/\.(png|jpg|jpeg|webp|avif|ico|woff2?|gz|zst|bin|db)$/.test(path);
}

function nothing(findings: readonly Finding[]): void {
  if (findings.length > 0) assert.fail(findings.join('\n'));
}

test('[G1] every import goes to the same folder or a lower layer', () => {
  assert.ok(sources.length > 0);
  nothing(sources.flatMap(checkLayers));
});

test('[G1] no files import each other in a circle', () => {
  nothing(checkCycles(sources));
});

test('[G1] core names no clock, timer, chance, Buffer or process', () => {
  nothing(sources.flatMap(checkAmbient));
});

test('[G3] files are at most 400 lines, tests 600', () => {
  const written = files.filter((path) => isSource(path) || path.endsWith('.css'));
  nothing(written.flatMap((path) => checkFileSize(path, read(path))));
});

test('[G3] functions are at most 60 lines', () => {
  nothing(sources.flatMap(checkFunctionSizes));
});

test('[G4] every rule is cited by a test and every cited rule exists', () => {
  nothing(checkRules(read('SPEC.md'), sources));
});

test('[G4] every test title starts with its rule', () => {
  nothing(sources.flatMap(checkTitles));
});

test('[G5] generated documents are what the generator makes now', async () => {
  nothing(await staleDocuments());
});

test('[G7, G8] no source says what is banned everywhere', () => {
  nothing(sources.flatMap(checkBanned));
});

test('[G8] dependencies are exact and each has a decision', () => {
  const decisions = files.filter((path) => path.startsWith('docs/decisions/')).map(read);
  assert.equal(manifests.length, 6);
  nothing([...checkVersions(manifests), ...checkDecisions(manifests, decisions.join('\n'))]);
});

test('[N10] the lock file holds the binaries of every platform', () => {
  const lock: Lock = JSON.parse(read('package-lock.json'));
  nothing(checkLock(lock));
});

test('[G8] no file names a machine or a registry', () => {
  nothing(files.filter(isText).flatMap((path) => checkLeaks(path, read(path))));
});
