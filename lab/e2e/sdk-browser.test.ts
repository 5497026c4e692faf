/**
 * The built package in Chromium, without the app: the keep in IndexedDB passes the suite of all keeps, keys
 * cannot be taken out of it, and tabs share one connection that outlives a crash of the tab that has it.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import type * as SdkModule from 'copse';
import type { Copse, Site } from 'copse';
import type * as StreetModule from 'copse/internal/browser/neighbourhood.ts';
import type { Neighbourhood } from 'copse/neighbourhood';
import { chromium, type Browser, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { loadOf } from '../../scripts/build/load.ts';
import { scratch } from './support/garden.ts';
import type * as SuiteModule from './support/keep-in-page.ts';
import { run, startNode, type NodeChild } from './support/node.ts';

const root = join(import.meta.dirname, '../..');
/** What the benchmark of the bundle calls the first load. */
const ENTRY = 'browser/index.js';
const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
let launched: Browser | null = null;
/** The suite and the keep in one module, for the page. */
let suite = '';

before(async () => {
  if (!('path' in found)) return;
  await run([process.execPath, 'scripts/build.ts', 'core']);
  const built = await Bun.build({
    entrypoints: [join(import.meta.dirname, 'support/keep-in-page.ts')],
    target: 'browser',
    conditions: ['copse-source', 'browser'],
  });
  suite = await must(built.outputs[0], 'the suite was built').text();
  launched = await chromium.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
});
after(() => launched?.close());

interface Stage extends AsyncDisposable {
  readonly node: NodeChild;
  /** Open WebSockets of all tabs together. */
  readonly sockets: () => number;
  /** A tab with an empty page and the package at `/browser/index.js`. */
  open(): Promise<Page>;
}

/**
 * The package and an empty page, as an application of somebody else would be hosted. Not by intercepting
 * requests: Chromium takes a page that came from nowhere for a public one and keeps it from this machine.
 */
function host(): { readonly url: string } & Disposable {
  const type = { 'content-type': 'text/javascript' };
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === '/') {
        return new Response('<!doctype html><title>SDK</title>', {
          headers: { 'content-type': 'text/html' },
        });
      }
      if (pathname === '/suite.js') return new Response(suite, { headers: type });
      if (pathname === '/browser/peer/sqlite3.wasm')
        return new Response(Bun.file(join(root, 'core/dist', pathname)), {
          headers: { 'content-type': 'application/wasm' },
        });
      if (!pathname.endsWith('.js')) return new Response(null, { status: 404 });
      return new Response(Bun.file(join(root, 'core/dist', pathname)), { headers: type });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.dispose]: () => void server.stop(true) };
}

async function stage(): Promise<Stage> {
  await using owners = new AsyncDisposableStack();
  const folder = owners.use(await scratch());
  const { url } = owners.use(host());
  const node = owners.use(await startNode(join(folder.path, 'data'), ['--origins', url]));
  const context = await must(launched, 'there is a browser').newContext();
  owners.defer(() => context.close());
  let sockets = 0;
  context.on('page', (page) => {
    page.on('websocket', (socket) => {
      sockets++;
      socket.on('close', () => sockets--);
    });
    // What a crashed tab had open is not reported as closed.
    page.on('crash', () => {
      sockets = 0;
    });
  });
  const kept = owners.move();
  return {
    node,
    sockets: () => sockets,
    async open() {
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

type Sdk = typeof SdkModule;
type Street = typeof StreetModule;
type Suite = typeof SuiteModule;

/** What the page's scripts keep between two calls. */
interface Held {
  copse: Copse;
  read: unknown[];
  positions: number[];
}
declare global {
  interface Window {
    held: Held;
    copse: Copse;
    place: Neighbourhood;
  }
}

/** Opens the SDK in a tab, with its log open and being read; answers the site. */
function openIn(page: Page, link: string, site: string | null): Promise<string> {
  return page.evaluate(
    async ({ address, wanted }) => {
      const path = '/browser/index.js';
      const { openCopse }: Sdk = await import(path);
      const copse = await openCopse(address, { name: 'Ada' });
      const find = (): Site | undefined => copse.sites.get().find((each) => each.id === wanted);
      if (wanted !== null) {
        for (let i = 0; i < 200 && find() === undefined; i++)
          await new Promise((done) => setTimeout(done, 25));
      }
      const garden = find() ?? (await copse.found({ title: 'Garden' }));
      const held: Held = { copse, read: [], positions: [] };
      window.held = held;
      void (async () => {
        for await (const entry of garden.log('chat').entries()) held.read.push(entry.value);
      })();
      return garden.id;
    },
    { address: link, wanted: site },
  );
}

function append(page: Page, site: string, words: readonly string[]): Promise<void> {
  return page.evaluate(
    async ({ id, texts }) => {
      const log = window.held.copse.sites
        .get()
        .find((each) => each.id === id)
        ?.log('chat');
      if (log === undefined) throw new Error('the site is not here');
      for (const text of texts) {
        log.append(text).then(
          ({ at }) => window.held.positions.push(at),
          (fault: unknown) => window.held.read.push(String(fault)),
        );
        await new Promise((done) => setTimeout(done, 5));
      }
    },
    { id: site, texts: words },
  );
}

async function readAll(page: Page, count: number): Promise<readonly string[]> {
  await page.waitForFunction((wanted) => window.held.read.length >= wanted, count, { timeout: 60_000 });
  return page.evaluate(() => window.held.read.map(String));
}

test(
  '[S8] the example of the README loads what the size of the SDK says, and nothing more',
  { skip },
  async () => {
    await using it = await stage();
    const page = await it.open();
    const loaded: string[] = [];
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.endsWith('.js')) loaded.push(pathname.slice(1));
    });
    const read = await page.evaluate(async (address) => {
      const path = '/browser/index.js';
      const { openCopse }: Sdk = await import(path);
      const copse = await openCopse(address, { name: 'Ada' });
      const site = copse.sites.get()[0] ?? (await copse.found({ title: 'Our garden' }));
      const chat = site.log('chat');
      await chat.append({ text: 'the plums are ripe' });
      for await (const entry of chat.entries()) return entry.value;
      return null;
    }, it.node.setup);
    assert.deepEqual(read, { text: 'the plums are ripe' });
    const files = readdirSync(join(root, 'core/dist'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.js') && !path.startsWith('native') && !path.includes('chunks/node-'))
      .map((path) => ({ path, text: readFileSync(join(root, 'core/dist', path), 'utf8'), map: '' }));
    const { first, soon } = loadOf(files, ENTRY);
    // The example founds a site, which few visits do.
    const expected = [...[...first, ...soon].map(({ path }) => path), 'browser/founding.js'];
    // The example need not wait for the second part, so the rest of that may still be on its way.
    const scripts = (count: number): boolean =>
      performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).length >= count;
    await page.waitForFunction(scripts, expected.length);
    assert.deepEqual(loaded.toSorted(), expected.toSorted());
  },
);

test('[S2, S10] the keep in IndexedDB passes the suite of all keeps', { skip }, async () => {
  await using it = await stage();
  const page = await it.open();
  const results = await page.evaluate(async () => {
    const path = '/suite.js';
    const { runKeepCases }: Suite = await import(path);
    return runKeepCases();
  });
  assert.ok(results.length >= 7);
  for (const { title, problem } of results) assert.equal(problem, null, title);
});

test('[S10] no script can take the keys out of the keep', { skip }, async () => {
  await using it = await stage();
  const page = await it.open();
  await openIn(page, it.node.setup, null);
  const seen = await page.evaluate(async () => {
    const secret = await window.held.copse.secret();
    const [name] = (await indexedDB.databases()).map((each) => each.name ?? '');
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name ?? '');
      request.addEventListener('success', () => resolve(request.result));
      request.addEventListener('error', () => reject(new Error('no database')));
    });
    const all = (store: string): Promise<unknown[]> =>
      new Promise((resolve, reject) => {
        const request = database.transaction(store).objectStore(store).getAll();
        request.addEventListener('success', () => resolve(request.result));
        request.addEventListener('error', () => reject(new Error('no rows')));
      });
    const [key] = await all('keys');
    if (!(key instanceof CryptoKey)) throw new Error('no wrapping key');
    const exported = await crypto.subtle.exportKey('raw', key).then(
      () => 'exported',
      () => 'refused',
    );
    const hexOf = (bytes: Uint8Array): string =>
      [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const bytesOf = (row: unknown): Uint8Array => {
      if (row instanceof Uint8Array) return row;
      const { sealed } = row as { readonly sealed: Uint8Array };
      return sealed;
    };
    const rows = (await all('rows')).map((row) => hexOf(bytesOf(row)));
    return { extractable: key.extractable, exported, secret: hexOf(secret), rows };
  });
  assert.equal(seen.extractable, false);
  assert.equal(seen.exported, 'refused');
  assert.equal(seen.secret.length, 64);
  assert.ok(seen.rows.length >= 4);
  for (const row of seen.rows) assert.equal(row.includes(seen.secret), false);
});

test(
  '[S5, S8, L9] tabs share one connection, and a crash of the one that has it loses and doubles nothing',
  { skip },
  async () => {
    await using it = await stage();
    const first = await it.open();
    const site = await openIn(first, it.node.setup, null);
    const [second, third] = [await it.open(), await it.open()];
    await openIn(second, it.node.setup, site);
    await openIn(third, it.node.setup, site);
    assert.equal(it.sockets(), 2, 'one to auth and one to the tail, for all tabs');
    const words = (tab: string, from: number): string[] =>
      Array.from({ length: 40 }, (_, i) => `${tab} ${from + i}`);
    await append(first, site, words('first', 1));
    await readAll(second, 40);
    const appending = [append(second, site, words('second', 1)), append(third, site, words('third', 1))];
    // The tab with the connection is gone in the middle of it, without a word.
    await Promise.all([crash(first), ...appending]);
    await append(second, site, words('second', 41));
    const expected = [
      ...words('first', 1),
      ...words('second', 1),
      ...words('third', 1),
      ...words('second', 41),
    ];
    const [inSecond, inThird] = [await readAll(second, 160), await readAll(third, 160)];
    assert.deepEqual(inSecond.toSorted(), expected.toSorted());
    assert.deepEqual(inThird, inSecond);
    const ownOrder = inSecond.filter((text) => text.startsWith('second'));
    assert.deepEqual(ownOrder, [...words('second', 1), ...words('second', 41)]);
    assert.equal(it.sockets(), 2);
  },
);

async function crash(page: Page): Promise<void> {
  const crashed = new Promise<void>((resolve) => {
    page.once('crash', () => resolve());
  });
  page.goto('chrome://crash').catch(() => {});
  await crashed;
}

/** Somebody without an account knocks at the user of the page; answers what became of it. */
async function knocks(): Promise<string> {
  const street = '/browser/neighbourhood.js';
  const { openNeighbourhood }: Street = await import(street);
  const { url, key } = window.copse.node;
  const secret = crypto.getRandomValues(new Uint8Array(32));
  using stranger = await openNeighbourhood({ url, node: key, secret, worker: null });
  const { me } = window.place;
  return me === null ? 'nobody' : (await stranger.doorstep.knock(me, { text: 'May I come in?' })).kind;
}

test(
  '[Z55, Z59, S8] the package brings its workers: what was posted is read without the node, and forgotten when asked',
  { skip },
  async () => {
    await using it = await stage();
    const page = await it.open();
    await page.evaluate(async (address) => {
      const [sdk, street] = ['/browser/index.js', '/browser/neighbourhood.js'];
      const { openCopse }: Sdk = await import(sdk);
      const { neighbourhoodOf }: Street = await import(street);
      const copse = await openCopse(address, { name: 'Ada' });
      const place = await neighbourhoodOf(copse);
      await place.post({ text: 'kept here' });
      Object.assign(window, { copse, place });
    }, it.node.setup);
    assert.equal(await page.evaluate(knocks), 'waiting');
    const worked = await page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => name),
    );
    assert.ok(
      worked.some((name) => name.endsWith('/browser/work-worker.js')),
      'the work was done beside the page',
    );
    await it.node.kill();
    await page.waitForFunction(() => {
      const now = window.place.storage.get();
      return now.kind === 'kept' && !now.isUp;
    });
    const told = await page.evaluate(async () => {
      await window.place.post({ text: 'written without the node' });
      const { posts } = await window.place.feed();
      return [posts.map(({ text }) => text), window.place.outgoing.get().map(({ refusal }) => refusal)];
    });
    assert.deepEqual(told, [['written without the node', 'kept here'], [null]]);
    const left = await page.evaluate(async () => {
      const street = '/browser/neighbourhood.js';
      const { forgetNeighbourhood }: Street = await import(street);
      await forgetNeighbourhood({ node: window.copse.node.key, secret: await window.copse.secret() });
      const names: string[] = [];
      for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
      return names;
    });
    assert.deepEqual(left, []);
  },
);
