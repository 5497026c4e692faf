import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundle } from './bundle.ts';
import { contentSecurityPolicy } from './policy.ts';

const assets = await bundle({ entry: 'src/main.tsx', minify: true });
const textOf = (path: string): string =>
  new TextDecoder().decode(assets.find((asset) => asset.path === path)?.bytes);
const page = textOf('index.html');

test('[U8] the first load is at most 60 kB gzipped', () => {
  const bytes = assets.filter(({ first }) => first).reduce((sum, { gzipBytes }) => sum + gzipBytes, 0);
  assert.ok(bytes > 10_000);
  assert.ok(bytes <= 60_000, `${bytes} bytes`);
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

test('[N4] the policy allows no inline, evaluated or foreign code and one Trusted Types policy', () => {
  assert.doesNotMatch(contentSecurityPolicy, /unsafe-|https?:|\*/u);
  assert.match(contentSecurityPolicy, /default-src 'none'/u);
  assert.match(contentSecurityPolicy, /require-trusted-types-for 'script'; trusted-types solid$/u);
});
