/**
 * The messages of a user in the tabs of Chromium: one worker has them, all tabs read and write, also without a node;
 * when its tab closes another one goes on; what the browser does not lend is said, and nothing breaks.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import type * as PageModule from './support/peer-tab-in-page.ts';
import type { PageTab, TabTerms } from './support/peer-tab-in-page.ts';

const root = join(import.meta.dirname, '../..');
const WASM = 'node_modules/@sqlite.org/sqlite-wasm/dist/sqlite3.wasm';
const ENTRIES = {
  '/peer-worker.js': 'core/src/browser/peer/worker.ts',
  '/tab.js': 'lab/e2e/support/peer-tab-in-page.ts',
};
const found = ensureChromium();
const SLOW = { skip: 'reason' in found ? found.reason : false, timeout: 120_000 };
const TERMS: TabTerms = {
  name: 'ada',
  seed: Array.from({ length: 32 }, () => 7),
  node: null,
  worker: '/peer-worker.js',
};
/** A browser that lends a worker no files, as in a private window of some. */
const NO_FILES =
  "StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException('none', 'SecurityError'));";
let launched: Browser | null = null;
let server: ReturnType<typeof Bun.serve> | null = null;

before(async () => {
  if (!('path' in found)) return;
  const texts = new Map<string, string>();
  for (const [path, entry] of Object.entries(ENTRIES)) {
    const built = await Bun.build({
      entrypoints: [join(root, entry)],
      target: 'browser',
      conditions: ['copse-source', 'browser'],
    });
    texts.set(path, await must(built.outputs[0], 'it was built').text());
  }
  texts.set('/no-files.js', `${NO_FILES}\n${must(texts.get('/peer-worker.js'), 'the worker')}`);
  launched = await chromium.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
  const type = (name: string) => ({ headers: { 'content-type': name } });
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      const text = texts.get(pathname);
      if (text !== undefined) return new Response(text, type('text/javascript'));
      if (pathname === '/sqlite3.wasm')
        return new Response(Bun.file(join(root, WASM)), type('application/wasm'));
      return new Response('<!doctype html><title>Tab</title>', type('text/html'));
    },
  });
});
after(async () => {
  await launched?.close();
  await server?.stop(true);
});

declare global {
  interface Window {
    tab: PageTab;
  }
}

async function open(context: BrowserContext, terms: TabTerms = TERMS): Promise<Page> {
  const page = await context.newPage();
  await page.goto(must(server, 'a server').url.href);
  await page.evaluate(async (each) => {
    const path = '/tab.js';
    const { openTab }: typeof PageModule = await import(path);
    window.tab = await openTab(each);
  }, terms);
  return page;
}

const texts = (page: Page): Promise<readonly string[]> => page.evaluate(() => window.tab.texts(100));
const post = (page: Page, text: string): Promise<string> =>
  page.evaluate((each) => window.tab.post(each), text);

test(
  '[Z52] one tab has the messages, the others a line; when it closes another one goes on',
  SLOW,
  async () => {
    await using context = await must(launched, 'a browser').newContext();
    const first = await open(context);
    assert.equal(await post(first, 'from the first'), 'stored');
    const [second, third] = [await open(context), await open(context)];
    assert.equal(await post(second, 'from the second'), 'stored');
    assert.deepEqual(await texts(third), ['from the second', 'from the first']);
    const ready = (page: Page) => page.evaluate(() => window.tab.ready());
    assert.deepEqual([await ready(first), await ready(second)], [{ isKept: true, isNew: true }, null]);
    await first.close();
    for (const page of [second, third]) {
      await page.waitForFunction(() => window.tab.lines() > 1);
      assert.deepEqual(await texts(page), ['from the second', 'from the first']);
    }
    const leaders = [await ready(second), await ready(third)].filter((each) => each !== null);
    assert.deepEqual(leaders, [{ isKept: true, isNew: false }]);
    assert.equal(await post(third, 'after it'), 'stored');
    assert.equal((await texts(second)).length, 3);
  },
);

test('[Z52] a reload finds the handles that the page before still held', SLOW, async () => {
  await using context = await must(launched, 'a browser').newContext();
  let page = await open(context);
  await post(page, 'before');
  for (let round = 0; round < 3; round++) {
    const next = open(context);
    await page.close();
    page = await next;
    assert.deepEqual(await texts(page), ['before']);
  }
});

test('[Z58] a tab that does not let go of the messages is waited for in bounds, and said', SLOW, async () => {
  await using context = await must(launched, 'a browser').newContext();
  const asleep = await open(context, { ...TERMS, name: 'asleep' });
  const within = (page: Page, act: 'sleepOn' | 'forgetSoon', name: string) =>
    page.evaluate(
      async ([what, each]) => {
        const path = '/tab.js';
        const module: typeof PageModule = await import(path);
        return module[what](each);
      },
      [act, name] as const,
    );
  await within(asleep, 'sleepOn', 'mine');
  const leaving = await open(context, { ...TERMS, name: 'another' });
  assert.equal(await within(leaving, 'forgetSoon', 'mine'), 'locked');
});

test('[Z51] where the browser lends no files messages lie in memory, and that is said', SLOW, async () => {
  await using context = await must(launched, 'a browser').newContext();
  const page = await open(context, { ...TERMS, worker: '/no-files.js' });
  assert.equal(await post(page, 'words'), 'stored');
  assert.deepEqual(await texts(page), ['words']);
  assert.deepEqual(await page.evaluate(() => window.tab.ready()), { isKept: false, isNew: true });
});

test('[Z51] when the storage is full that is the answer, and what is there is still read', SLOW, async () => {
  await using context = await must(launched, 'a browser').newContext();
  const page = await open(context);
  await page.evaluate(() => window.tab.fill(200));
  const devtools = await context.newCDPSession(page);
  const { origin } = must(server, 'a server').url;
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 });
  const large = 'x'.repeat(30_000);
  const answers = new Set<string>();
  for (let n = 0; n < 200 && !answers.has('refused'); n++) answers.add(await post(page, `${n} ${large}`));
  assert.ok(answers.has('refused'), [...answers].join());
  assert.equal((await texts(page)).length > 0, true);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  assert.equal(await post(page, 'there is room again'), 'stored');
});

test('[Z54] what is here is shown and searched while the node does not answer', SLOW, async () => {
  await using context = await must(launched, 'a browser').newContext();
  const node = { url: 'http://127.0.0.1:9', key: Array.from({ length: 32 }, () => 1) };
  const page = await open(context, { ...TERMS, node });
  await page.evaluate(() => window.tab.fill(400));
  await page.close();
  const next = await open(context, { ...TERMS, node });
  assert.equal((await texts(next)).length, 100);
  await next.waitForFunction(async () => (await window.tab.search('number 399')).length === 1);
});
