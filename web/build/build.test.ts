import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundle, firstLoadBytes } from './bundle.ts';

const assets = await bundle({ entry: 'src/main.tsx', minify: true });
const textOf = (path: string): string =>
  new TextDecoder().decode(assets.find((asset) => asset.path === path)?.bytes);
const page = textOf('index.html');

test('[U8] a newcomer sees the first room after at most 54 kB gzipped', () => {
  const bytes = firstLoadBytes(assets, 'stranger');
  assert.ok(bytes <= 54_000, `${bytes} bytes`);
  // The room of a newcomer, the style and the entry are in the sum; the SDK is not.
  const needed = assets
    .filter(({ need }) => need === 'everybody' || need === 'stranger')
    .map(({ path }) => path);
  for (const part of [/^app-.*js$/u, /^index-.*css$/u, /^welcome-.*js$/u, /^index.html$/u]) {
    assert.ok(
      needed.some((path) => part.test(path)),
      String(part),
    );
  }
  assert.ok(assets.some(({ path, need }) => path.startsWith('member-part-') && need === 'member'));
});

test('[U8] the entry itself asks for what the first room of a member needs, and for the worker of her messages', () => {
  const entry = assets.find(({ path }) => path.startsWith('app-'))?.path ?? '';
  const source = textOf(entry);
  for (const part of [/^member-part-/u, /^street-part-/u, /^peer-/u]) {
    const named = assets.filter(({ path }) => part.test(path) && source.includes(path));
    assert.ok(named.length > 0, String(part));
  }
});

test('[U8] a browser takes the files of the app from its cache without asking the worker', () => {
  assert.match(textOf('service-worker.js'), /addRoutes/u);
});

test('[U11] the product contains nothing of the fake node', () => {
  const scripts = assets.filter(({ path }) => path.endsWith('.js'));
  assert.ok(scripts.length > 3);
  for (const { path } of scripts) {
    const source = textOf(path);
    assert.ok(!source.includes('Oak Lane') && !source.includes('copseFake'), path);
  }
});

test('[N4] the page has no inline script or style and names only files of the build', () => {
  assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=|javascript:/iu);
  for (const [, attributes = '', body = ''] of page.matchAll(/<script([^>]*)>([^<]*)<\/script>/gu)) {
    assert.match(attributes, /src="/u);
    assert.equal(body, '');
  }
  const named = [...page.matchAll(/(?:src|href)="([^"]+)"/gu)].map(([, path = '']) => path);
  assert.ok(named.length >= 5);
  for (const path of named)
    assert.ok(
      assets.some((asset) => asset.path === path),
      path,
    );
});

test('[I21] the worker starts without the script for pushes, which is no file of the shell', () => {
  const worker = assets.find(({ path }) => path === 'service-worker.js');
  // Half of it is the list of the app's files.
  assert.ok((worker?.gzipBytes ?? Infinity) <= 3_500, `${worker?.gzipBytes} bytes`);
  const news = assets.find(({ path }) => path.startsWith('news-'));
  assert.ok(news !== undefined && news.immutable && news.need === 'later');
  assert.ok(news.gzipBytes <= 140_000, `${news.gzipBytes} bytes`);
  const files = /\[("[^\]]*")\]/u.exec(textOf('service-worker.js'))?.[1] ?? '';
  assert.ok(files.includes('app-') && !files.includes(news.path));
  assert.ok(textOf('service-worker.js').includes(news.path));
  // What nobody does while a notification is shown is left out of it.
  assert.ok(textOf(news.path).includes('left out: email-self.ts'));
});
