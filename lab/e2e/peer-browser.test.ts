/**
 * The store of messages in Chromium, on SQLite in WebAssembly in a worker: it passes the suite of all stores, is
 * there after the browser has been closed, sound after its worker was killed, and says what the browser does not lend.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { scratch } from './support/garden.ts';
import type { Ask } from './support/peer-in-worker.ts';

const root = join(import.meta.dirname, '../..');
const WASM = 'node_modules/@sqlite.org/sqlite-wasm/dist/sqlite3.wasm';
const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
const SLOW = { skip, timeout: 120_000 };
let launched: Browser | null = null;
let server: ReturnType<typeof Bun.serve> | null = null;

before(async () => {
  if (!('path' in found)) return;
  const built = await Bun.build({
    entrypoints: [join(import.meta.dirname, 'support/peer-in-worker.ts')],
    target: 'browser',
    conditions: ['copse-source', 'browser'],
  });
  const worker = await must(built.outputs[0], 'the worker was built').text();
  launched = await chromium.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
  const type = (name: string) => ({ headers: { 'content-type': name } });
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === '/worker.js') return new Response(worker, type('text/javascript'));
      if (pathname === '/sqlite3.wasm')
        return new Response(Bun.file(join(root, WASM)), type('application/wasm'));
      return new Response('<!doctype html><title>Peer</title>', type('text/html'));
    },
  });
});
after(async () => {
  await launched?.close();
  await server?.stop(true);
});

declare global {
  interface Window {
    peerWorker: Worker;
    stored: string[];
    ask(ask: Ask): Promise<unknown>;
  }
}

/** A tab with a worker of its own, which it can ask. */
async function tab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(must(server, 'a server').url.href);
  await page.evaluate(() => {
    let count = 0;
    const waiting = new Map<number, { resolve(answer: unknown): void; reject(fault: Error): void }>();
    window.stored = [];
    window.peerWorker = new Worker('/worker.js', { type: 'module' });
    window.peerWorker.addEventListener('message', ({ data }) => {
      if (data.stored !== undefined) window.stored.push(...data.stored);
      else if (data.fault === undefined) waiting.get(data.id)?.resolve(data.answer);
      else waiting.get(data.id)?.reject(new Error(`${data.fault}: ${data.why}`));
    });
    window.ask = (ask) =>
      new Promise((resolve, reject) => {
        waiting.set(++count, { resolve, reject });
        window.peerWorker.postMessage({ id: count, ask }, []);
      });
  });
  return page;
}

async function ask<T>(page: Page, what: Ask): Promise<T> {
  return (await page.evaluate((each) => window.ask(each), what)) as T;
}

interface Opened {
  readonly isKept: boolean;
  readonly isNew: boolean;
  readonly epoch: string;
  readonly head: number;
}

test('[Z50] the store in a browser passes the suite of all stores', SLOW, async () => {
  await using context = await must(launched, 'a browser').newContext();
  const page = await tab(context);
  const results = await ask<readonly { name: string; problem: string | null }[]>(page, { kind: 'suite' });
  assert.ok(results.length > 10);
  assert.deepEqual(
    results.filter(({ problem }) => problem !== null),
    [],
  );
});

test('[Z50] messages are there after the browser was closed, without headers of the page', SLOW, async () => {
  await using folder = await scratch();
  const options = {
    executablePath: must('path' in found ? found.path : null, 'a browser'),
    args: [...CHROMIUM_ARGS],
  };
  const epochs = new Set<string>();
  for (const round of [0, 1]) {
    await using context = await chromium.launchPersistentContext(join(folder.path, 'profile'), options);
    const page = await tab(context);
    const opened = await ask<Opened>(page, { kind: 'open', name: 'kept' });
    assert.deepEqual([opened.isKept, opened.isNew, opened.head], [true, round === 0, 300 * round]);
    if (round === 0) await ask(page, { kind: 'put', count: 300, batch: 100, isTelling: false });
    epochs.add(opened.epoch);
  }
});

test(
  '[Z51] a worker that is killed while it writes leaves what it told, and a sound database',
  SLOW,
  async () => {
    await using context = await must(launched, 'a browser').newContext();
    for (let round = 0; round < 3; round++) {
      const page = await tab(context);
      const opened = await ask<Opened>(page, { kind: 'open', name: 'killed' });
      const told = await page.evaluate(async () => {
        void window.ask({ kind: 'put', count: 4_000, batch: 7, isTelling: true }).catch(() => {});
        while (window.stored.length < 200) await new Promise((resolve) => setTimeout(resolve, 1));
        window.peerWorker.terminate();
        return window.stored;
      });
      assert.ok(told.length >= 200 && told.length < 4_000, `${told.length} messages`);
      await page.close();
      const next = await tab(context);
      const again = await ask<Opened>(next, { kind: 'open', name: 'killed' });
      assert.equal(again.epoch, opened.epoch);
      const { known, sound } = await ask<{ known: number; sound: string }>(next, { kind: 'look', ids: told });
      assert.deepEqual([known, sound], [told.length, 'ok']);
      await next.close();
    }
  },
);
