/**
 * The feed of a member in Chromium with 100,000 messages on the device: from the beginning of the navigation until the
 * first post is painted, with the node at hand and without it. Messages of a public chat where its file lies beside
 * the checkout (`BENCH_CHAT` names another), otherwise drawn ones.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { must } from 'copse/internal/base/assert.ts';
import { concat } from 'copse/internal/base/bytes.ts';
import { homeName } from 'copse/internal/browser/peer/words.ts';
import { userKeysOf } from 'copse/internal/client/identity.ts';
import { askNodeKey } from 'copse/internal/client/node-key.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import { openNeighbourhood } from 'copse/neighbourhood';
import { secretOfPhrase } from 'copse/phrase';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { linesOf } from '../../server/src/peer/import/lines.ts';
import { buildWeb, startNode } from '../e2e/support/node.ts';
import type { Opening } from './browser/fill-worker.ts';
import { median, spread, type Bench, type BenchOptions, type Figure } from './figure.ts';
import { inDirectory } from './store-stage.ts';

const CHAT =
  process.env['BENCH_CHAT'] ?? join(import.meta.dirname, '../../../shared/data/irc/ubuntu-train.ndjson.gz');
/** Whom the member follows: those who have written first. */
const AUTHORS = 200;
const CHUNK = 4_000;
const MINUTE_MS = 60_000;
const primitives = nativePrimitives();

interface Said {
  readonly from: string;
  readonly text: string;
}

async function* said(count: number): AsyncGenerator<Said> {
  if (existsSync(CHAT)) {
    let number = 0;
    for await (const line of linesOf(CHAT)) {
      if (line.text.trim() !== '') yield line;
      if (++number >= count) return;
    }
  }
  for (let n = 0; n < count; n++) yield { from: `author ${n % AUTHORS}`, text: `${'word '.repeat(16)}${n}` };
}

/** Seeds of authors by their names; who comes late speaks with the voice of one of the first. */
class Voices {
  readonly #seeds = new Map<string, Uint8Array>();

  of(name: string): Uint8Array {
    const held = this.#seeds.get(name);
    if (held !== undefined) return held;
    const number = this.#seeds.size % AUTHORS;
    const seed = new Uint8Array(32).fill(3);
    new DataView(seed.buffer).setUint32(0, number);
    this.#seeds.set(name, seed);
    return seed;
  }

  keys(): Promise<readonly Uint8Array[]> {
    const seeds = Array.from({ length: AUTHORS }, (_, number) => {
      const seed = new Uint8Array(32).fill(3);
      new DataView(seed.buffer).setUint32(0, number);
      return seed;
    });
    return Promise.all(seeds.map((seed) => primitives.ed25519PublicKey(seed)));
  }
}

/** Signed messages, each with its length before it, the last one a minute old. */
async function* packed(count: number, voices: Voices): AsyncGenerator<Uint8Array> {
  const beginMs = Date.now() - count * MINUTE_MS;
  let parts: Uint8Array[] = [];
  let n = 0;
  for await (const { from, text } of said(count)) {
    const timeMs = beginMs + n++ * MINUTE_MS;
    const { bytes } = await signMessage(primitives, voices.of(from), { kind: KIND.post, timeMs, text });
    const size = new Uint8Array(4);
    new DataView(size.buffer).setUint32(0, bytes.length);
    parts.push(size, bytes);
    if (parts.length < 2 * CHUNK) continue;
    yield concat(...parts);
    parts = [];
  }
  if (parts.length > 0) yield concat(...parts);
}

/** Makes an account and opens the feed once, so that everything is on the device; answers the secret of the user. */
async function settle(context: BrowserContext, setup: string): Promise<Uint8Array> {
  const page = await context.newPage();
  await page.goto(setup);
  await page.getByLabel('Your name').fill('Ada');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Your 24 words' }).waitFor();
  const words = await page.locator('.word-grid li').allTextContents();
  await page.getByRole('button', { name: 'Later' }).click();
  await page.getByRole('link', { name: 'Neighbourhood' }).click();
  await page.getByRole('link', { name: 'Your page' }).click();
  await page.getByText('is on this device too').waitFor();
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  const phrase = words.map((word) => /[a-z]+/u.exec(word)?.[0] ?? '').join(' ');
  return must(secretOfPhrase(phrase), 'the words on the page are a secret');
}

async function fill(
  context: BrowserContext,
  opening: Opening,
  chunks: AsyncIterable<Uint8Array>,
): Promise<number> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dirname, 'browser/fill-worker.ts')],
    target: 'browser',
    conditions: ['copse-source', 'browser'],
  });
  const code = await must(built.outputs[0], 'the worker was built').text();
  const page = await context.newPage();
  await page.goto(new URL('/healthz', opening.sqlite).href);
  await page.evaluate((source) => {
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), {
      type: 'module',
    });
    const told = (word: unknown): Promise<number> =>
      new Promise((resolve, reject) => {
        const once = { once: true };
        const hear = ({ data }: MessageEvent<{ readonly messages: number; readonly why?: string }>): void =>
          data.why === undefined ? resolve(data.messages) : reject(new Error(data.why));
        worker.addEventListener('message', hear, once);
        worker.addEventListener('error', ({ message }) => reject(new Error(message)), once);
        worker.postMessage(word, []);
      });
    Reflect.set(globalThis, 'fill', told);
  }, code);
  const tell = (word: Opening | string): Promise<number> =>
    page.evaluate((each) => {
      const told: (word: unknown) => Promise<number> = Reflect.get(globalThis, 'fill');
      if (typeof each !== 'string') return told(each);
      const text = atob(each);
      return told(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
    }, word);
  await tell(opening);
  for await (const chunk of chunks) await tell(Buffer.from(chunk).toString('base64'));
  return tell('');
}

interface Painted {
  /** From the beginning of the navigation until the first post was painted. */
  readonly ms: number;
  /** Of the processor, by the thread of the page until then. */
  readonly cpuMs: number;
}

async function painted(context: BrowserContext, url: string): Promise<Painted> {
  const page: Page = await context.newPage();
  await page.addInitScript(() => {
    const seen = (): void => {
      if (document.querySelector('article.post .post-text') === null) return;
      watch.disconnect();
      // The frame that shows it has been made when the task behind it runs.
      requestAnimationFrame(() =>
        setTimeout(() => Reflect.set(globalThis, 'paintedMs', performance.now()), 0),
      );
    };
    const watch = new MutationObserver(seen);
    watch.observe(document, { childList: true, subtree: true });
  });
  const devtools = await context.newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(`${url}/#/feed`, { waitUntil: 'commit' });
  const found = await page.waitForFunction(() => Reflect.get(globalThis, 'paintedMs'));
  const { metrics } = await devtools.send('Performance.getMetrics');
  const cpuMs = 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0);
  const ms = Number(await found.jsonValue());
  await page.close();
  return { ms, cpuMs };
}

/** Until the browser has heard of its node what it knows already, as it has where somebody reads every day. */
const SETTLE_MS = 15_000;

async function settled(context: BrowserContext, url: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${url}/#/feed`);
  await page.locator('article.post').first().waitFor();
  await page.waitForTimeout(SETTLE_MS);
  await page.close();
}

async function runs(context: BrowserContext, url: string, count: number): Promise<readonly Painted[]> {
  // The first one fills the caches of the browser.
  await painted(context, url);
  const each: Painted[] = [];
  for (let run = 0; run < count; run++) each.push(await painted(context, url));
  return each;
}

async function measure(directory: string, options: BenchOptions): Promise<readonly Figure[]> {
  const { quick } = options;
  const found = ensureChromium();
  if ('reason' in found) throw new Error(found.reason);
  const launch = (bypassCSP: boolean): Promise<BrowserContext> =>
    chromium.launchPersistentContext(join(directory, 'profile'), {
      executablePath: found.path,
      args: [...CHROMIUM_ARGS],
      bypassCSP,
    });
  await buildWeb();
  await using node = await startNode(join(directory, 'data'));
  const first = await launch(false);
  const secret = await settle(first, node.setup);
  await first.close();

  const key = await askNodeKey(node.url);
  const voices = new Voices();
  {
    using place = await openNeighbourhood({ url: node.url, node: key, secret });
    await place.publish({ kind: KIND.follows, content: concat(...(await voices.keys())) });
  }
  const { sign } = await userKeysOf(primitives, secret);
  const sqlite = /sqlite3-[\da-f]+\.wasm/u.exec(await Bun.file('web/dist/manifest.json').text())?.[0] ?? '';
  const opening = {
    sqlite: `${node.url}/${sqlite}`,
    name: homeName(key, sign.publicKey),
    user: [...sign.publicKey],
  };
  const filling = await launch(true);
  const messages = await fill(filling, opening, packed(quick ? 10_000 : 100_000, voices));
  await filling.close();
  options.note(
    `${messages.toLocaleString('en')} messages on the device, ${existsSync(CHAT) ? 'of a chat' : 'drawn'}`,
  );

  const context = await launch(false);
  await settled(context, node.url);
  const there = await runs(context, node.url, quick ? 3 : 9);
  await node.kill();
  const away = await runs(context, node.url, quick ? 3 : 9);
  await context.close();
  const figure = (name: string, each: readonly Painted[]): Figure => ({
    name,
    unit: 'ms',
    value: median(each.map(({ ms }) => ms)),
    spread: spread(each.map(({ ms }) => ms)),
    cpuPerOp: 1_000 * median(each.map(({ cpuMs }) => cpuMs)),
    rivals: {},
    rssMb: null,
  });
  return [
    figure('navigation until the first post is painted, the node at hand', there),
    figure('the same without the node', away),
  ];
}

export const peerBrowserBench: Bench = {
  name: 'peer-browser',
  run: (options) => inDirectory((directory) => measure(directory, options)),
};
