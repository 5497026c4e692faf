/** Old entries in Chromium: a page of another origin fetches blobs from the node and from a bucket (SPEC B5, B6, B7). */

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import type * as SdkModule from 'copse';
import { chromium, type Browser, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { S3_BUCKET, S3_ID, S3_REGION, S3_SECRET, startS3 } from '../suites/s3-double.ts';
import { scratch } from './support/garden.ts';
import { run, startNode } from './support/node.ts';

type Sdk = typeof SdkModule;

const root = join(import.meta.dirname, '../..');
const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
/** Ten seconds on a quiet machine. */
const SLOW = { skip, timeout: 120_000 };
const HASTY = 'lab/e2e/support/hasty-node.ts';
const COUNT = 8_000;
let launched: Browser | null = null;

before(
  async () => {
    if (!('path' in found)) return;
    await run([process.execPath, 'scripts/build.ts', 'core']);
    launched = await chromium.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
  },
  { timeout: 60_000 },
);
after(() => launched?.close());

/** The package and an empty page, at an origin of its own. */
function host(): { readonly url: string } & Disposable {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      const isScript = pathname.endsWith('.js');
      const type = { 'content-type': isScript ? 'text/javascript' : 'text/html' };
      const body = isScript
        ? Bun.file(join(root, 'core/dist', pathname))
        : '<!doctype html><title>SDK</title>';
      return new Response(body, { headers: type });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.dispose]: () => void server.stop(true) };
}

function fill(page: Page, address: string): Promise<void> {
  return page.evaluate(
    async ({ link, count }) => {
      const path = '/browser/index.js';
      const { openCopse }: Sdk = await import(path);
      const copse = await openCopse(link, { name: 'Ada' });
      const chat = (await copse.found({ title: 'Garden' })).log('chat');
      for (let at = 1; at <= count; at += 500) {
        await Promise.all(
          Array.from({ length: 500 }, (_, i) => chat.append(`${at + i} ${'plum '.repeat(60)}`)),
        );
      }
      await copse.close();
    },
    { link: address, count: COUNT },
  );
}

/** Reads from the first entry on; answers how many came in order and could be read. */
function readThrough(page: Page, address: string): Promise<number> {
  return page.evaluate(
    async ({ node, count }) => {
      const path = '/browser/index.js';
      const { openCopse }: Sdk = await import(path);
      const copse = await openCopse(node);
      const [garden] = copse.sites.get();
      let next = 1;
      if (garden === undefined) return 0;
      for await (const { at, value, broken } of garden.log('chat').entries({ from: 1 })) {
        if (at !== next || broken !== null || !String(value).startsWith(`${next} `)) return next;
        if (next++ === count) break;
      }
      await copse.close();
      return next - 1;
    },
    { node: address, count: COUNT },
  );
}

async function movedBlobs(url: string): Promise<number> {
  for (let [before, left] = [-1, 60]; left > 0; left--) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const now = Number(/^copse_store_cold_moved_total (\d+)$/m.exec(text)?.[1]);
    if (now >= 3 && now === before) return now;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  throw new Error('nothing got cold');
}

for (const [place, rules] of [
  ['the node', '[B5, B6]'],
  ['a bucket', '[B5, B7]'],
] as const) {
  test(
    `${rules} a page of another origin fetches blobs from ${place}, opens and reads them`,
    SLOW,
    async () => {
      await using folder = await scratch();
      await using s3 = startS3();
      using pages = host();
      const data = join(folder.path, 'data');
      mkdirSync(data, { mode: 0o700 });
      writeFileSync(join(data, 'cold.key'), `${S3_ID}\n${S3_SECRET}\n`, { mode: 0o600 });
      const cold = place === 'the node' ? 'old' : `${s3.endpoint}/${S3_BUCKET}`;
      const flags = ['--cold', cold, '--cold-region', S3_REGION, '--cold-days', '0', '--origins', pages.url];
      await using node = await startNode(data, flags, HASTY);
      const context = await must(launched, 'there is a browser').newContext();
      try {
        const page = await context.newPage();
        await page.goto(pages.url);
        await fill(page, node.setup);
        const moved = await movedBlobs(node.url);
        const fetched: string[] = [];
        context.on('response', (response) => {
          const { pathname } = new URL(response.url());
          if (/\/[0-9a-f]{64}$/.test(pathname) && response.status() === 200) fetched.push(response.url());
        });
        await page.reload();
        assert.equal(await readThrough(page, node.url), COUNT);
        assert.ok(fetched.length >= moved - 2, `${fetched.length} of ${moved} blobs were fetched`);
        assert.ok(fetched.every((url) => url.startsWith(place === 'the node' ? node.url : s3.endpoint)));
      } finally {
        await context.close();
      }
    },
  );
}
