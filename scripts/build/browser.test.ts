import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildBrowser } from './browser.ts';
import { gzipBytes, loadOf } from './load.ts';
import { cutSentences } from './sentences.ts';

const core = join(import.meta.dirname, '../../core');
const files = await buildBrowser({
  core,
  sources: ['src/browser/index.ts', 'src/phrase.ts', 'src/sequencers.ts'],
  internals: ['src/browser/internal.ts'],
});

/** What the SDK weighs before its first line runs. The goal is 40 KiB (docs/decisions/0012). */
const FIRST_GZIP_BYTES_MAX = 50.8 * 1024;

test('[S8] what a page loads of the SDK to write and read is within its bound', () => {
  const { first, later } = loadOf(files, 'browser/index.js');
  assert.ok(gzipBytes(first) <= FIRST_GZIP_BYTES_MAX, `${gzipBytes(first)} bytes`);
  // The curves of @noble and the acts of inviting and joining are there, and not at once.
  const laterPaths = later.map(({ path }) => path);
  assert.ok(laterPaths.includes('browser/curves.js'), laterPaths.join());
  assert.ok(laterPaths.includes('browser/home-acts.js'), laterPaths.join());
  assert.equal(first.length, 1, 'the entry is one file');
});

/** What documents of JSON and maps weigh for whoever opens one. */
const SEQUENCERS_GZIP_BYTES_MAX = 6.5 * 1024;

test('[V15, S8] the ready rules are a file of their own, and none of it is in the first one', () => {
  const { first } = loadOf(files, 'sequencers.js');
  assert.ok(gzipBytes(first) <= SEQUENCERS_GZIP_BYTES_MAX, `${gzipBytes(first)} bytes`);
  const entry = files.find(({ path }) => path === 'browser/index.js');
  assert.doesNotMatch(entry?.text ?? '', /a value is not moved into itself/);
  assert.match(first[0]?.text ?? '', /a value is not moved into itself/);
});

test('[S8] the built package imports nothing but itself, and says nothing of what is for the protocol page', () => {
  for (const entry of ['browser/index.js', 'phrase.js', 'sequencers.js']) loadOf(files, entry);
  const text = files.map((file) => file.text).join('\n');
  assert.doesNotMatch(
    text,
    /Public one-time key: the id of the invitation|The sites have been pushed before the answer/,
  );
  // What people read when something goes wrong stays.
  assert.match(text, /Somebody may be in between|somebody may be in between/);
});

test('[G9] what the judges import of the browser package is the code that applications run, and no copy', () => {
  const internal = files.find(({ path }) => path === 'browser/internal.js');
  assert.match(
    internal?.text ?? '',
    /^(import\{[^}]+\}from"\.\.\/(browser\/index|chunks\/[\w-]+)\.js";)+export\{[^}]+\};/u,
  );
  const { first, soon, later } = loadOf(files, 'browser/index.js');
  for (const { path } of [...first, ...soon, ...later]) assert.notEqual(path, 'browser/internal.js');
});

test('[S8] each file of the built package has a source map', () => {
  for (const { path, text, map } of files) {
    const { version } = JSON.parse(map) as { readonly version: number };
    assert.equal(version, 3, path);
    assert.match(text, /\/\/# sourceMappingURL=[\w-]+\.js\.map$/);
  }
});

test('[W1] cutting sentences leaves the shapes', () => {
  const source = [
    "const a = uint(3).about('How many.');",
    "export const one = contract({ name: 'x', doc: 'All.', calls: { go: call(1, 'Goes.', a, list(a, 2).about(`Up to ${n}.`)) } });",
    "log.about(sentence); other('kept', 'kept');",
    "const flag = makeShape({ spec: { form: 'flag' }, bytesMax: 1, read });",
  ].join('\n');
  assert.equal(
    cutSentences('x.ts', source).replaceAll('/* @__PURE__ */ ', ''),
    [
      'const a = uint(3);',
      "export const one = contract({ name: 'x', doc: '', calls: { go: call(1, '', a, list(a, 2)) } });",
      "log.about(sentence); other('kept', 'kept');",
      'const flag = makeShape({ bytesMax: 1, read });',
    ].join('\n'),
  );
});

test('[S8] cutting sentences leaves what people read, and every check', () => {
  const source = [
    "assert(isOpen, 'a door is open'); const it = must(map.get('a'), `there is ${must(a, 'an a')}`);",
    "throw new Fault('malformed', 'truncated');",
    "throw new Fault('tooLarge', `at most ${max} bytes`);",
  ];
  const checks = "assert(isOpen); const it = must(map.get('a'));";
  assert.deepEqual(cutSentences('/core/src/wire/x.ts', source.join('\n')).split('\n'), [
    checks,
    "throw new Fault('malformed');",
    source[2],
  ]);
  // An application is told what was wrong with what it gave.
  assert.deepEqual(cutSentences('/core/src/client/x.ts', source.join('\n')).split('\n'), [
    checks,
    source[1],
    source[2],
  ]);
});

test('[W1] no sentence of a contract is left in a source, and nothing else is cut', () => {
  for (const folder of ['api', 'client']) {
    const names = readdirSync(join(core, 'src', folder), { encoding: 'utf8', recursive: true });
    for (const name of names.filter((each) => each.endsWith('.ts') && !each.endsWith('.test.ts'))) {
      const source = readFileSync(join(core, 'src', folder, name), 'utf8');
      const cut = cutSentences(name, source);
      assert.doesNotMatch(cut, /\.about\((['"`])/, name);
      assert.equal(
        cutSentences(name, cut).replaceAll('/* @__PURE__ */ ', ''),
        cut.replaceAll('/* @__PURE__ */ ', ''),
      );
    }
  }
});
