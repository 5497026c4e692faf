/** Streams in Chromium, from a page of another origin: what it needs of CORS is there (SPEC F9). */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { chromium, type Browser } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { scratch } from './support/garden.ts';
import { startNode } from './support/node.ts';
import type * as InPage from './support/streams-in-page.ts';

const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
let launched: Browser | null = null;
let script = '';

before(async () => {
  if (!('path' in found)) return;
  const entrypoints = [join(import.meta.dirname, 'support/streams-in-page.ts')];
  const built = await Bun.build({ entrypoints, target: 'browser' });
  script = await must(built.outputs[0], 'the script was built').text();
  launched = await chromium.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
});
after(() => launched?.close());

/** A page that has nothing to do with the node. */
function host(): { readonly url: string } & Disposable {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const isScript = new URL(request.url).pathname === '/use.js';
      const type = isScript ? 'text/javascript' : 'text/html';
      return new Response(isScript ? script : '<!doctype html><title>Else</title>', {
        headers: { 'content-type': type },
      });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.dispose]: () => void server.stop(true) };
}

test(
  '[F9] the client of the protocol works in a page of another origin',
  { skip, timeout: 60_000 },
  async () => {
    await using folder = await scratch();
    using elsewhere = host();
    await using node = await startNode(join(folder.path, 'data'), [
      '--streams',
      'open',
      '--stream-rate',
      '0',
    ]);
    const page = await must(launched, 'there is a browser').newPage();
    await page.goto(elsewhere.url);
    const url = `${node.url}/v1/stream/pages/one`;
    const seen = await page.evaluate(async (address) => {
      const path = '/use.js';
      const { useStream }: typeof InPage = await import(path);
      return useStream(address, 200);
    }, url);
    assert.deepEqual(
      seen,
      Array.from({ length: 200 }, (_, at) => at + 1),
    );
    const statuses = await page.evaluate(async (address) => {
      const path = '/use.js';
      const { askTwice }: typeof InPage = await import(path);
      return askTwice(address);
    }, url);
    assert.deepEqual(statuses, [200, 304]);
    await page.close();
  },
);
