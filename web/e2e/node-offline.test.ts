/**
 * The neighbourhood without its node: what is on the device is read, searched and written, in all tabs of a browser,
 * and goes out once; what the browser clears comes anew, and where it keeps nothing the app goes on without.
 */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { startNode, type NodeProcess } from './node.ts';

const found = ensureChromium();
const SLOW = { skip: 'reason' in found ? found.reason : false, timeout: 120_000 };
const data = await mkdtemp(join(tmpdir(), 'copse-offline-'));
const browser: Browser | null =
  'path' in found ? await chromium.launch({ executablePath: found.path, args: CHROMIUM_ARGS }) : null;
/** A browser that lends a page no files, as in a private window of some. */
const NO_FILES =
  "StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException('none', 'SecurityError'));";
let node: NodeProcess | null = null;
const complaints: string[] = [];

after(async () => {
  await browser?.close();
  await node?.kill();
  await rm(data, { recursive: true, force: true });
});

async function arrive(): Promise<BrowserContext> {
  assert.ok(browser !== null);
  const context = await browser.newContext({ viewport: { width: 1280, height: 820 } });
  context.setDefaultTimeout(30_000);
  context.on('weberror', (error) => complaints.push(error.error().message));
  context.on('console', (message) => {
    if (/Content Security Policy|TrustedScript/u.test(message.text())) complaints.push(message.text());
  });
  return context;
}

async function enter(page: Page, address: string, name: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel('Your name').fill(name);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Your 24 words' }).waitFor();
  await page.getByRole('button', { name: 'Later' }).click();
  await page.getByRole('link', { name: 'Neighbourhood' }).click();
}

async function post(page: Page, text: string): Promise<void> {
  await page.getByLabel('What is new?').fill(text);
  await page.keyboard.press('Control+Enter');
  await card(page, text).waitFor();
}

const card = (page: Page, text: string) => page.locator('article', { hasText: text });
const waiting = (page: Page, text: string) => card(page, text).getByText('waits for the connection');

/** Lines to the messages that the pages themselves have opened. */
function countLines(context: BrowserContext): () => number {
  let lines = 0;
  context.on('page', (page) =>
    page.on('websocket', (socket) => {
      if (new URL(socket.url()).pathname !== '/peer') return;
      lines += 1;
      socket.on('close', () => (lines -= 1));
    }),
  );
  return () => lines;
}

async function offlineReading(page: Page): Promise<void> {
  await page.reload();
  await card(page, 'The pump is broken').waitFor();
  await page.getByText('You are offline').waitFor();
  await page.goto(page.url().replace(/#.*/u, '#/search/pump'));
  await page.locator('mark', { hasText: 'pump' }).first().waitFor();
  await card(page, 'The pump is broken').locator('.post-time').click();
  await page.getByLabel('Your answer').waitFor();
  await page.getByRole('link', { name: 'Feed' }).click();
}

test(
  '[Z55, Z56, Z58, U20, U46, S5] without the node one reads, searches and writes in all tabs, and it goes out once',
  SLOW,
  async () => {
    node = await startNode(data, 0, ['--signup', 'open']);
    const port = Number(new URL(node.url).port);
    assert.ok(node.setupLink !== null);
    const context = await arrive();
    const lines = countLines(context);
    let first = await context.newPage();
    await enter(first, node.setupLink, 'Ada');
    await post(first, 'The pump is broken #water');
    await card(first, 'The pump is broken').locator('.post-name').click();
    const person = first.url().split('/').at(-1) ?? '';
    await first.getByText('is on this device too').waitFor();
    await first.getByRole('link', { name: 'Feed' }).click();
    await first.evaluate(async () => void (await navigator.serviceWorker.ready));
    assert.equal(lines(), 1, 'one line to the node');

    await node.kill();
    await offlineReading(first);
    await post(first, 'written without the node');
    await waiting(first, 'written without the node').waitFor();

    const second = await context.newPage();
    await second.goto(`${node.url}/#/feed`);
    await waiting(second, 'written without the node').waitFor();
    // The tab with the messages goes while something is being written there.
    await second.getByLabel('What is new?').fill('written while the other tab went');
    await Promise.all([first.close(), second.keyboard.press('Control+Enter')]);
    await waiting(second, 'written while the other tab went').waitFor();

    node = await startNode(data, port, ['--signup', 'open']);
    await second.getByText('waits for the connection').first().waitFor({ state: 'detached' });
    const visitor = await arrive();
    const there = await visitor.newPage();
    await there.goto(`${node.url}/u/${person}`);
    for (const text of ['The pump is broken', 'written without the node', 'written while the other tab went'])
      assert.equal(await there.locator('article', { hasText: text }).count(), 1, text);
    await visitor.close();

    first = await context.newPage();
    await first.goto(`${node.url}/#/feed`);
    await card(first, 'written without the node').waitFor();
    await post(second, 'seen in both');
    await card(first, 'seen in both').waitFor();
    assert.equal(lines(), 1, 'two tabs share one line');
    await first.close();

    await cleared(second);
    await signsOut(second);
    assert.deepEqual(complaints, []);
    await context.close();
  },
);

/** The browser clears its storage: what was here comes anew. */
async function cleared(page: Page): Promise<void> {
  const { origin } = new URL(page.url());
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'file_systems' });
  await page.reload();
  await card(page, 'The pump is broken').waitFor();
  await post(page, 'after it was cleared');
  await node?.kill();
  await page.reload();
  await card(page, 'after it was cleared').waitFor();
  await card(page, 'The pump is broken').waitFor();
}

/** Whether it is so that the browser keeps something of the neighbourhood, or nothing. */
async function keeps(something: boolean): Promise<boolean> {
  const names: string[] = [];
  for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
  return names.some((name) => name.startsWith('copse-peer')) === something;
}

async function signsOut(page: Page): Promise<void> {
  const other = await page.context().newPage();
  await other.goto(page.url());
  await card(other, 'after it was cleared').waitFor();
  assert.ok(await page.evaluate(keeps, true));
  await page.goto(page.url().replace(/#.*/u, '#/settings'));
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await page.waitForFunction(keeps, false);
  await other.getByText('A quiet place to write together').waitFor();
  assert.equal(await card(other, 'after it was cleared').count(), 0);
  assert.ok(await other.evaluate(keeps, false));
}

test(
  '[Z55, U46] where the browser lends no files, the node is asked as without, and the page says so',
  SLOW,
  async () => {
    node = await startNode(data, 0, ['--signup', 'open']);
    const context = await arrive();
    await context.addInitScript(NO_FILES);
    const page = await context.newPage();
    await enter(page, `${node.url}/#/signup`, 'Ben');
    await post(page, 'Straight to the node');
    await card(page, 'Straight to the node').locator('.post-name').click();
    await page.getByText('This browser keeps nothing of the neighbourhood').waitFor();
    await context.close();
  },
);
